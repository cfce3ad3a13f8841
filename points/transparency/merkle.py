"""The Merkle tree of RFC 6962 §2.1 over SHA-256: roots, inclusion proofs, consistency proofs.

A tree of 10^8 acts cannot be hashed again for every receipt, so complete subtrees of 256, 256², 256³ … leaves keep
their root. *Level* 0 is the leaf hashes; hash `i` of level `L` is the root of leaves [i·256^L, (i+1)·256^L). A tree
of n leaves has n // 256^L hashes on level L, and none of them ever changes. A root or a proof reads two tiles (runs
of 256 hashes) a level at most: eight short reads for 10^8 leaves.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

TILE_WIDTH = 256
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Source(Protocol):
    """A store of hashes."""

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Hashes `start` … `start + count - 1` of the level, in order."""


class NewHashes(NamedTuple):
    """A run of hashes that a level gains: the first one's index, then the hashes."""

    level: int
    start: int
    hashes: list[bytes]


class MissingHashes(Exception):
    """The source holds fewer hashes than a tree of that size must have."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; or over roots of equal complete subtrees, of which the last may be smaller.

    Pairing neighbours and carrying an odd last one up gives RFC 6962's tree, because its split at the largest power
    of two below n never separates such a pair.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        carried = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + carried
    return row[0]


def grow(source: Source, size: int, leaf_hashes: Sequence[bytes]) -> list[NewHashes]:
    """The hashes that every level gains when `leaf_hashes` join a tree of `size` leaves, level 0 first."""
    gained: list[NewHashes] = []
    level, start, fresh = 0, size, list(leaf_hashes)
    while fresh:
        gained.append(NewHashes(level, start, fresh))
        pending_from = start - start % TILE_WIDTH
        row = _read(source, level, pending_from, start - pending_from) + fresh
        complete = len(row) - len(row) % TILE_WIDTH
        fresh = [root_of(row[i : i + TILE_WIDTH]) for i in range(0, complete, TILE_WIDTH)]
        level, start = level + 1, pending_from // TILE_WIDTH
    return gained


class Tree:
    """The tree of the first `size` leaves. It remembers the tiles it has read, so make a new one for each task."""

    def __init__(self, source: Source, size: int) -> None:
        self.size = size
        self._source = source
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def root(self) -> bytes:
        return self._range_root(0, self.size)

    def inclusion(self, leaf_index: int) -> list[bytes]:
        """PATH(m, D[n]) of RFC 6962 §2.1.1: the siblings from the leaf up. Raises IndexError outside the tree."""
        if not 0 <= leaf_index < self.size:
            raise IndexError(f"leaf {leaf_index} is not in a tree of {self.size}")
        proof: list[bytes] = []
        start, end = 0, self.size
        while end - start > 1:
            middle = start + _split(end - start)
            if leaf_index < middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, old_size: int) -> list[bytes]:
        """PROOF(m, D[n]) of RFC 6962 §2.1.2; empty from a tree of 0 or of this size. Raises IndexError if larger."""
        if not 0 <= old_size <= self.size:
            raise IndexError(f"a tree of {old_size} is no beginning of a tree of {self.size}")
        proof: list[bytes] = []
        start, end = 0, self.size
        while old_size not in (0, end):
            middle = start + _split(end - start)
            if old_size <= middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        if start > 0:  # because the old root is known to the verifier only when the old tree is a left edge
            proof.append(self._range_root(start, end))
        return proof[::-1]

    def _range_root(self, start: int, end: int) -> bytes:
        """The root over leaves [start, end), one of the subtrees that the splitting of RFC 6962 meets."""
        level, width = 0, 1
        while width * TILE_WIDTH <= end - start:
            level, width = level + 1, width * TILE_WIDTH
        whole = (end - start) // width
        hashes = self._hashes(level, start // width, whole)
        rest = start + whole * width
        if rest < end:
            hashes.append(self._range_root(rest, end))
        return root_of(hashes)

    def _hashes(self, level: int, start: int, count: int) -> list[bytes]:
        """A run inside one tile, because subtrees are aligned to their size."""
        if count == 0:
            return []
        tile, offset = divmod(start, TILE_WIDTH)
        if (level, tile) not in self._tiles:
            first = tile * TILE_WIDTH
            available = min(TILE_WIDTH, self.size // TILE_WIDTH**level - first)
            self._tiles[level, tile] = _read(self._source, level, first, available)
        return self._tiles[level, tile][offset : offset + count]


def included(leaf: bytes, *, leaf_index: int, tree_size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof lead from the leaf hash to the root? The algorithm of RFC 9162 §2.1.3.2."""
    if not 0 <= leaf_index < tree_size:
        return False
    position, last, reached = leaf_index, tree_size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position % 2 or position == last:
            reached = node_hash(sibling, reached)
            position, last = _climb_to_left_turn(position, last)
        else:
            reached = node_hash(reached, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and reached == root


def consistent(*, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Is the old tree the beginning of the new one? The algorithm of RFC 9162 §2.1.4.2."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    position, last = _climb_while_right(old_size - 1, new_size - 1)
    old_reached = new_reached = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            old_reached, new_reached = node_hash(sibling, old_reached), node_hash(sibling, new_reached)
            position, last = _climb_to_left_turn(position, last)
        else:
            new_reached = node_hash(new_reached, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_reached == old_root and new_reached == new_root


def _split(count: int) -> int:
    """The largest power of two below `count` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _climb_while_right(position: int, last: int) -> tuple[int, int]:
    while position % 2:
        position, last = position >> 1, last >> 1
    return position, last


def _climb_to_left_turn(position: int, last: int) -> tuple[int, int]:
    """Past the levels on which the last, lonely node was carried up without a sibling."""
    while position and not position % 2:
        position, last = position >> 1, last >> 1
    return position, last


def _read(source: Source, level: int, start: int, count: int) -> list[bytes]:
    hashes = [bytes(each) for each in source.hashes(level, start, count)] if count else []
    if len(hashes) != count:
        raise MissingHashes(f"level {level} has {len(hashes)} of {count} hashes from {start}")
    return hashes
