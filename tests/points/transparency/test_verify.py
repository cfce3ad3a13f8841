"""A member's receipt, verified by `points/verify.py` and by a second, independent verifier.

Alice keeps receipts of her purchases at the Stationer; Charlie alters them, or alters the ledger without her knowledge.
"""

import copy
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from points import verify
from points.transparency import canonical, heads, merkle
from tests.points.transparency import second_verifier

ORIGIN = "hongmi.example/points"
MOMENT = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHARLIES_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VERIFIER = Path(verify.__file__)

Receipt = dict[str, Any]


def act(number: int) -> dict[str, Any]:
    return {
        "v": 1,
        "id": str(1000 + number),
        "kind": "purchase",
        "merchant": "7",
        "reference": f"单号-{number}",
        "occurred_at": canonical.instant(MOMENT + timedelta(minutes=number)),
        "journal": [{"member": "42", "purse": "base", "points": number}],
        "breakdown": {"rules": [{"rule": "3", "version": 1, "points": number}], "clamped": None, "dry_run": False},
    }


class Book:
    """A ledger in memory, with a sealer that signs a head over any beginning of it."""

    def __init__(self, acts: list[dict[str, Any]], key: Ed25519PrivateKey = KEY) -> None:
        self.acts = acts
        self.key = key
        self.levels: list[list[bytes]] = [[]]
        for gained in merkle.grow(self, 0, [merkle.leaf_hash(canonical.encode(each)) for each in acts]):
            self.levels[gained.level : gained.level + 1] = [gained.hashes]

    def hashes(self, level: int, start: int, count: int) -> list[bytes]:
        return self.levels[level][start : start + count]

    def receipt(self, leaf_index: int, *, size: int, since: int | None = None) -> Receipt:
        tree = merkle.Tree(self, size)
        head = heads.Head(
            origin=ORIGIN,
            tree_size=size,
            root_hash=tree.root(),
            timestamp=MOMENT,
            horizon=MOMENT - timedelta(seconds=5),
        )
        receipt: Receipt = {
            "format": "hongmi-receipt/1",
            "act": copy.deepcopy(self.acts[leaf_index]),
            "leaf_index": str(leaf_index),
            "tree_size": str(size),
            "inclusion": [each.hex() for each in tree.inclusion(leaf_index)],
            "head": heads.to_object(heads.sign(head, self.key)),
            "public_key": self.key.public_key().public_bytes_raw().hex(),
        }
        if since is not None:
            hashes = [each.hex() for each in tree.consistency(since)]
            receipt["consistency"] = {"old_tree_size": str(since), "new_tree_size": str(size), "hashes": hashes}
        return receipt


BOOK = Book([act(number) for number in range(300)])


def written(path: Path, receipt: Receipt | bytes | str) -> Path:
    if isinstance(receipt, dict):
        receipt = json.dumps(receipt, ensure_ascii=False)
    path.write_bytes(receipt if isinstance(receipt, bytes) else receipt.encode())
    return path


def accepts(folder: Path, receipt: bytes, *, old_receipt: bytes | None = None) -> bool:
    """The verdict of `points/verify.py` with the programme's published key."""
    key = written(folder / "seal.pub", f"{KEY.public_key().public_bytes_raw().hex()}\n")
    old = written(folder / "old.json", old_receipt) if old_receipt is not None else None
    try:
        return bool(verify.findings(written(folder / "receipt.json", receipt), key, old))
    except verify.Refused:
        return False


def both_accept(folder: Path, receipt: Receipt | bytes, old_receipt: Receipt | None = None) -> bool:
    """The verdict of both verifiers, which must agree."""
    new = receipt if isinstance(receipt, bytes) else json.dumps(receipt).encode()
    old = json.dumps(old_receipt).encode() if old_receipt is not None else None
    keys = [KEY.public_key().public_bytes_raw()]
    first = accepts(folder, new, old_receipt=old)
    assert first == second_verifier.accepts(new, keys=keys, old_receipt=old), "the two verifiers disagree"
    return first


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("receipts")


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The verifier as a member runs it: one file, copied away from the project, in an isolated interpreter."""
    alone = written(cwd / "verify.py", VERIFIER.read_bytes())
    command = [sys.executable, "-I", str(alone), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False)


def test_alice_verifies_her_receipt_with_one_file_and_no_network(tmp_path: Path) -> None:
    receipt = written(tmp_path / "receipt.json", BOOK.receipt(50, size=300))
    key = written(tmp_path / "seal.pub", heads.verifier_key(ORIGIN, KEY.public_key()))
    done = run(receipt, "--key", key, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "通过:purchase · 1050 · 单号-50" in done.stdout
    assert "leaf 50 of 300" in done.stdout
    assert "Beware" not in done.stdout


def test_it_runs_as_a_module_and_warns_when_the_key_came_with_the_receipt(tmp_path: Path) -> None:
    receipt = written(tmp_path / "receipt.json", BOOK.receipt(50, size=300))
    command = [sys.executable, "-m", "points.verify", str(receipt)]
    done = subprocess.run(command, cwd=VERIFIER.parents[1], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0
    assert "Beware" in done.stdout
    assert "注意" in done.stdout


def test_it_reports_an_altered_receipt_in_both_languages(tmp_path: Path) -> None:
    receipt = BOOK.receipt(50, size=300)
    receipt["act"]["journal"][0]["points"] = 5000
    done = run(written(tmp_path / "receipt.json", receipt), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "核验未通过" in done.stderr
    assert "altered" in done.stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "hongmi-receipt/1"}', "{" * 200_000, "\udcff"])
def test_it_answers_rubbish_with_a_sentence(tmp_path: Path, content: str) -> None:
    rubbish = written(tmp_path / "receipt.json", content.encode("utf-8", "surrogateescape"))
    done = run(rubbish, "--old-head", rubbish, cwd=tmp_path)
    assert done.returncode == 1
    assert "Not verified" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_refuses_a_receipt_that_charlie_signed(folder: Path) -> None:
    forged = Book([act(9999)], key=CHARLIES_KEY).receipt(0, size=1)
    assert not both_accept(folder, forged)
    forged["public_key"] = KEY.public_key().public_bytes_raw().hex()
    forged["head"]["key_id"] = heads.key_id(KEY.public_key())
    assert not both_accept(folder, forged)


def test_it_refuses_history_that_was_rewritten_and_signed_with_the_true_key(folder: Path) -> None:
    """The programme itself cheats: every signature and inclusion proof is good, and only Alice's old head shows it."""
    kept = BOOK.receipt(50, size=200)
    rewritten = Book([act(number if number != 100 else 5000) for number in range(300)])
    cheat = rewritten.receipt(50, size=300, since=200)
    assert both_accept(folder, cheat)
    assert not both_accept(folder, cheat, kept)
    assert both_accept(folder, BOOK.receipt(50, size=300, since=200), kept)


def test_it_refuses_two_trees_of_one_size(folder: Path) -> None:
    twin = Book([act(number if number != 100 else 5000) for number in range(300)])
    assert not both_accept(folder, twin.receipt(50, size=300), BOOK.receipt(50, size=300))


def test_it_refuses_another_size_or_key_beside_the_true_head(folder: Path) -> None:
    receipt = BOOK.receipt(50, size=300)
    assert not both_accept(folder, put(receipt, ("tree_size",), "299"))
    assert not both_accept(folder, put(receipt, ("head", "key_id"), heads.key_id(CHARLIES_KEY.public_key())))


def test_it_refuses_heads_of_two_logs(folder: Path) -> None:
    elsewhere = BOOK.receipt(50, size=300)
    moved = heads.Head(**(vars(heads.from_object(elsewhere["head"]).head) | {"origin": "elsewhere.example/points"}))
    elsewhere["head"] = heads.to_object(heads.sign(moved, KEY))
    assert both_accept(folder, elsewhere)
    assert not both_accept(folder, BOOK.receipt(50, size=300), elsewhere)


@pytest.mark.parametrize(("true_size", "claimed_size"), [(1, 2), (2, 1), (4, 7), (7, 4), (200, 300), (300, 200)])
def test_it_refuses_a_signed_head_that_lies_about_its_size(folder: Path, true_size: int, claimed_size: int) -> None:
    """A proof whose length does not fit the size proves nothing, even where its last hash is the signed root."""
    receipt = BOOK.receipt(0, size=true_size)
    lie = vars(heads.from_object(receipt["head"]).head) | {"tree_size": claimed_size}
    receipt["head"] = heads.to_object(heads.sign(heads.Head(**lie), KEY))
    receipt["tree_size"] = str(claimed_size)
    assert not both_accept(folder, receipt)


def test_it_refuses_a_proof_longer_than_the_tree_is_high(folder: Path) -> None:
    receipt = BOOK.receipt(1, size=2)
    lie = vars(heads.from_object(receipt["head"]).head) | {"tree_size": 1}
    receipt |= {"head": heads.to_object(heads.sign(heads.Head(**lie), KEY)), "tree_size": "1", "leaf_index": "0"}
    assert not both_accept(folder, receipt)


def test_it_sorts_keys_as_the_seal_does_beyond_the_basic_plane(folder: Path) -> None:
    assert both_accept(folder, Book([{"\U0001f600": 1, "\ufb33": 2, "名": 3}]).receipt(0, size=1))


def test_it_refuses_an_old_head_without_a_proof_from_it(folder: Path) -> None:
    kept = BOOK.receipt(50, size=200)
    assert not both_accept(folder, BOOK.receipt(50, size=300), kept)
    assert not both_accept(folder, BOOK.receipt(50, size=300, since=100), kept)


def test_a_later_head_proves_an_older_receipt(folder: Path) -> None:
    older = BOOK.receipt(50, size=200)
    older["consistency"] = BOOK.receipt(50, size=300, since=200)["consistency"]
    assert both_accept(folder, older, BOOK.receipt(50, size=300))


def test_an_old_head_may_be_the_note_published_outside(tmp_path: Path) -> None:
    kept = heads.from_object(BOOK.receipt(0, size=200)["head"])
    note = written(tmp_path / "checkpoint", heads.note(kept, KEY.public_key()))
    receipt = written(tmp_path / "receipt.json", BOOK.receipt(50, size=300, since=200))
    key = written(tmp_path / "seal.pub", heads.verifier_key(ORIGIN, KEY.public_key()))
    assert run(receipt, "--key", key, "--old-head", note, cwd=tmp_path).returncode == 0

    written(note, note.read_bytes().replace(b"\n200\n", b"\n201\n"))
    assert run(receipt, "--key", key, "--old-head", note, cwd=tmp_path).returncode == 1


def test_receipts_under_a_retired_key_still_verify(tmp_path: Path) -> None:
    kept = written(tmp_path / "old.json", BOOK.receipt(50, size=200))
    successor = Book(BOOK.acts, key=CHARLIES_KEY)
    receipt = written(tmp_path / "receipt.json", successor.receipt(50, size=300, since=200))
    keys = [key.public_key().public_bytes_raw().hex() for key in (KEY, CHARLIES_KEY)]
    both = written(tmp_path / "both.pub", "# seal keys\n{}\n{}\n".format(*keys))
    assert run(receipt, "--key", both, "--old-head", kept, cwd=tmp_path).returncode == 0
    only_new = written(tmp_path / "new.pub", keys[1])
    assert run(receipt, "--key", only_new, "--old-head", kept, cwd=tmp_path).returncode == 1


texts = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(
    acts=st.lists(st.dictionaries(texts, values, max_size=5), min_size=1, max_size=20),
    data=st.data(),
)
@settings(deadline=None)
def test_both_verifiers_accept_every_true_receipt(
    folder: Path, acts: list[dict[str, Any]], data: st.DataObject
) -> None:
    book = Book(acts)
    size = data.draw(st.integers(1, len(acts)))
    since = data.draw(st.integers(1, size))
    leaf_index = data.draw(st.integers(0, size - 1))
    earlier = book.receipt(data.draw(st.integers(0, since - 1)), size=since)
    assert both_accept(folder, book.receipt(leaf_index, size=size, since=since), earlier)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def put(receipt: Receipt, place: tuple[Any, ...], value: object) -> Receipt:
    changed = copy.deepcopy(receipt)
    holder: Any = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


def look(receipt: Receipt, place: tuple[Any, ...]) -> Any:
    found: Any = receipt
    for step in place:
        found = found[step]
    return found


def neighbours(value: object) -> list[Any]:
    """Values of the same shape as this one, the likeliest to slip through."""
    if isinstance(value, str) and value.isdecimal():
        return [str(int(value) + 1), str(abs(int(value) - 1))]
    if isinstance(value, str):
        return [value[:-1] + ("0" if value[-1:] != "0" else "1"), value[:-1], value.upper()]
    if isinstance(value, list):
        return [value[:-1], value[1:], value + value[-1:], value[::-1]]
    return [None]


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_both_verifiers_refuse_every_receipt_with_one_value_changed(folder: Path, data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    since = data.draw(st.integers(1, size - 1))
    receipt = BOOK.receipt(data.draw(st.integers(0, size - 1)), size=size, since=since)
    del receipt["public_key"]  # because it is there for information only
    place = data.draw(st.sampled_from(places(receipt)[1:]))
    before = look(receipt, place)
    elsewhere = [look(receipt, other) for other in places(receipt)[1:]]
    value = data.draw(values | st.sampled_from(elsewhere) | st.sampled_from(neighbours(before)))
    if (type(value), value) == (type(before), before):
        return
    assert not both_accept(folder, put(receipt, place, value), BOOK.receipt(0, size=since))


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_both_verifiers_agree_on_every_receipt_with_one_byte_changed(folder: Path, data: st.DataObject) -> None:
    """Some bytes may change without harm (a space outside the texts), so only the agreement is asserted."""
    content = bytearray(json.dumps(BOOK.receipt(17, size=40, since=8), ensure_ascii=False).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    both_accept(folder, bytes(content), BOOK.receipt(0, size=8))


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text.replace('"points": 17', '"points": 17.0'),
        lambda text: text.replace('"points": 17', '"points": 17e0'),
        lambda text: text.replace('"points": 17', '"points": NaN'),
        lambda text: text.replace('"v": 1', '"v": 2, "v": 1'),
        lambda text: text.replace('"tree_size": "40"', '"tree_size": "040"'),
        lambda text: text.replace('"tree_size": "40"', '"tree_size": 40'),
        lambda text: text.replace('"leaf_index": "17"', '"leaf_index": "1７"'),
        lambda text: text.replace('"format"', '"points": 5000, "format"'),
        lambda text: text.replace('"inclusion": ["', '"inclusion": [" '),
        lambda text: "\ufeff" + text,
    ],
)
def test_it_refuses_every_second_spelling(folder: Path, spelling: Any) -> None:
    text = json.dumps(BOOK.receipt(17, size=40), ensure_ascii=False)
    assert both_accept(folder, text.encode())
    assert spelling(text) != text
    assert not both_accept(folder, spelling(text).encode())


def test_a_receipt_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    sly = act(1) | {"reference": "\x1b[2J\u202e通过"}
    done = run(written(tmp_path / "receipt.json", Book([sly]).receipt(0, size=1)), cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_the_verifier_stands_alone() -> None:
    imports = re.findall(r"^ *(?:from|import) (\w+)", VERIFIER.read_text(), re.MULTILINE)
    assert set(imports) <= sys.stdlib_module_names | {"cryptography"}
