"""The tree against the published vectors of Certificate Transparency, and against RFC 6962's own definitions."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.transparency import merkle

# The reference entries and heads of github.com/google/certificate-transparency (MerkleTreeTest.cc), reused by every
# implementation since.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
LEAVES_2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
LEAVES_4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LEAVES_4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
LEAVES_6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"


class Shelf:
    """A source in memory, filled as the sealer fills its tables; it counts what is read."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = []
        self.hashes_read = 0

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        self.hashes_read += count
        return self.levels[level][start : start + count] if level < len(self.levels) else []

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        for gained in merkle.grow(self, self.size, leaf_hashes):
            if gained.level == len(self.levels):
                self.levels.append([])
            assert gained.start == len(self.levels[gained.level])
            self.levels[gained.level].extend(gained.hashes)

    @property
    def size(self) -> int:
        return len(self.levels[0]) if self.levels else 0

    def tree(self, size: int | None = None) -> merkle.Tree:
        return merkle.Tree(self, self.size if size is None else size)


def shelf_of(count: int) -> Shelf:
    shelf = Shelf()
    shelf.add([merkle.leaf_hash(b"act %d" % index) for index in range(count)])
    return shelf


def vectors() -> Shelf:
    shelf = Shelf()
    shelf.add([merkle.leaf_hash(entry) for entry in ENTRIES])
    return shelf


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH, literally from RFC 6962 §2.1."""
    if len(leaves) == 0:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_it_has_the_published_roots(size: int) -> None:
    assert vectors().tree(size).root().hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("leaf_index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [LEAF_1, LEAVES_2_3, LEAVES_4_7]),
        (5, 8, [LEAF_4, LEAVES_6_7, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], LEAVES_2_3, LEAF_4]),
    ],
)
def test_it_has_the_published_inclusion_proofs(leaf_index: int, size: int, path: list[str]) -> None:
    assert [each.hex() for each in vectors().tree(size).inclusion(leaf_index)] == path


@pytest.mark.parametrize(
    ("old_size", "size", "path"),
    [
        (1, 1, []),
        (1, 8, [LEAF_1, LEAVES_2_3, LEAVES_4_7]),
        (6, 8, [LEAVES_4_5, LEAVES_6_7, ROOTS[4]]),
        (2, 5, [LEAVES_2_3, LEAF_4]),
    ],
)
def test_it_has_the_published_consistency_proofs(old_size: int, size: int, path: list[str]) -> None:
    assert [each.hex() for each in vectors().tree(size).consistency(old_size)] == path


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537, 66_049, 66_050])
def test_reading_by_tiles_gives_the_root_of_the_definition(size: int) -> None:
    leaves = BIG.levels[0][:size]
    assert BIG.tree(size).root() == mth(leaves)


@given(data=st.data())
def test_every_leaf_proves_itself_in_every_tree_and_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, BIG.size))
    leaf_index = data.draw(st.integers(0, size - 1))
    tree, leaf = BIG.tree(size), BIG.levels[0][leaf_index]
    root, proof = tree.root(), tree.inclusion(leaf_index)
    assert merkle.included(leaf, leaf_index=leaf_index, tree_size=size, proof=proof, root=root)

    other = merkle.leaf_hash(b"another leaf")
    other_index = data.draw(st.integers(-1, size + 1).filter(lambda index: index != leaf_index))
    assert not merkle.included(other, leaf_index=leaf_index, tree_size=size, proof=proof, root=root)
    assert not merkle.included(leaf, leaf_index=other_index, tree_size=size, proof=proof, root=root)
    assert not merkle.included(leaf, leaf_index=leaf_index, tree_size=size, proof=[*proof, other], root=root)
    assert not merkle.included(leaf, leaf_index=leaf_index, tree_size=size, proof=[other, *proof], root=root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:place], other, *proof[place + 1 :]]
        assert not merkle.included(leaf, leaf_index=leaf_index, tree_size=size, proof=forged, root=root)
        assert not merkle.included(leaf, leaf_index=leaf_index, tree_size=size, proof=proof[:-1], root=root)


@given(data=st.data())
def test_every_tree_proves_its_beginnings_and_nothing_else(data: st.DataObject) -> None:
    new_size = data.draw(st.integers(1, BIG.size))
    old_size = data.draw(st.integers(0, new_size))
    tree = BIG.tree(new_size)
    roots = {"old_root": BIG.tree(old_size).root(), "new_root": tree.root()}
    sizes = {"old_size": old_size, "new_size": new_size}
    proof = tree.consistency(old_size)
    assert merkle.consistent(**sizes, **roots, proof=proof)

    other = merkle.leaf_hash(b"another leaf")
    assert not merkle.consistent(**sizes, **roots, proof=[*proof, other])
    assert not merkle.consistent(**sizes, **(roots | {"old_root": other}), proof=proof)
    assert not merkle.consistent(**sizes, **(roots | {"new_root": other}), proof=proof) or old_size == 0
    for place in range(len(proof)):
        forged = [*proof[:place], other, *proof[place + 1 :]]
        assert not merkle.consistent(**sizes, **roots, proof=forged)
    if proof:
        assert not merkle.consistent(**sizes, **roots, proof=proof[:-1])


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_it_grows_to_the_same_levels_however_the_leaves_arrive(portions: list[int]) -> None:
    leaves, shelf = BIG.levels[0][: sum(portions)], Shelf()
    for portion in portions:
        shelf.add(leaves[shelf.size : shelf.size + portion])
    whole = Shelf()
    whole.add(leaves)
    assert shelf.levels == whole.levels


def test_growing_reads_no_more_than_one_unfinished_tile_a_level() -> None:
    shelf = shelf_of(66_000)
    shelf.hashes_read = 0
    shelf.add([merkle.leaf_hash(b"one more")])
    assert shelf.hashes_read < merkle.TILE_WIDTH


class Endless:
    """A source of made-up hashes, to count what a very large tree reads."""

    def __init__(self) -> None:
        self.reads: list[int] = []

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        self.reads.append(count)
        return [hashlib.sha256(b"%d %d" % (level, start + place)).digest() for place in range(count)]


@pytest.mark.parametrize("size", [100_000_000, 2**27 - 1, 99_999_999])
def test_a_tree_of_a_hundred_million_acts_reads_two_tiles_a_level(size: int) -> None:
    for ask in (merkle.Tree.root, lambda tree: tree.inclusion(size // 3), lambda tree: tree.consistency(size // 7)):
        source = Endless()
        ask(merkle.Tree(source, size))
        assert len(source.reads) <= 8
        assert max(source.reads) <= merkle.TILE_WIDTH


def test_a_proof_of_the_wrong_length_proves_nothing() -> None:
    """A forger who makes up the root too can make the hashes match; only the length shows it."""
    leaf = merkle.leaf_hash(b"act 0")
    assert not merkle.included(leaf, leaf_index=0, tree_size=2, proof=[], root=leaf)
    above = merkle.node_hash(leaf, leaf)
    assert not merkle.included(leaf, leaf_index=0, tree_size=1, proof=[leaf], root=above)
    assert not merkle.consistent(old_size=1, old_root=leaf, new_size=2, new_root=leaf, proof=[])


def test_it_refuses_a_source_that_lost_a_hash() -> None:
    shelf = shelf_of(600)
    del shelf.levels[1][1]
    with pytest.raises(merkle.MissingHashes):
        shelf.tree(600).root()


def test_it_refuses_leaves_outside_the_tree() -> None:
    tree = shelf_of(5).tree()
    for leaf_index in (-1, 5):
        with pytest.raises(IndexError):
            tree.inclusion(leaf_index)
    for old_size in (-1, 6):
        with pytest.raises(IndexError):
            tree.consistency(old_size)


BIG = shelf_of(66_100)
