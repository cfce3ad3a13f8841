"""Receipts of a real ledger, checked by two independent verifiers."""

import copy
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from points import verify
from points.transparency import heads, log, publication, receipts
from tests.points.ledger import bookkeeping
from tests.points.ledger.bookkeeping import points
from tests.points.transparency import second_verifier
from tests.points.transparency.sealing import latest, query, seal_all, sealed_acts


def receipt_of(act_id: int, **more: Any) -> dict[str, Any]:
    receipt = receipts.receipt(act_id, **more)
    assert receipt is not None
    return receipt


def both_accept(
    folder: Path, receipt: dict[str, Any], *, old: dict[str, Any] | None = None, key: Path | None = None
) -> bool:
    """The verdict of both verifiers, which must agree."""
    file, old_file = folder / "receipt.json", folder / "old.json"
    file.write_bytes(receipts.to_text(receipt))
    arguments = [str(file)]
    if old is not None:
        old_file.write_bytes(receipts.to_text(old))
        arguments += ["--old-head", str(old_file)]
    if key is not None:
        arguments += ["--key", str(key)]
    first = verify.main(arguments) == 0
    keys = [verify.key_bytes(line) for line in key.read_text().split()] if key else None
    second = second_verifier.accepts(file.read_bytes(), keys=keys, old_receipt=old_file.read_bytes() if old else None)
    assert first == second
    return first


def test_there_is_no_receipt_until_the_act_is_sealed(book: bookkeeping.Cast) -> None:
    act_id = book.buys(book.alice, points(50))
    assert receipts.receipt(act_id) is None
    seal_all()
    assert receipt_of(act_id)["act"]["id"] == str(act_id)
    assert receipts.receipt(act_id + 1000) is None


def test_both_verifiers_accept_the_receipt_of_every_kind_of_act(book: bookkeeping.Cast, settings: Any) -> None:
    book.does_everything()
    seal_all()
    published_keys = settings.HEADS_DIRECTORY / publication.KEYS_FILE
    kinds = set()
    for act_id in sealed_acts():
        receipt = receipt_of(act_id)
        assert both_accept(settings.HEADS_DIRECTORY, receipt, key=published_keys)
        kinds.add(receipt["act"]["kind"])
    expected = "purchase redemption hold capture release expiry return reversal transfer adjustment refund"
    assert kinds == set(expected.split())


def test_a_receipt_proves_that_nothing_changed_since_an_earlier_one(book: bookkeeping.Cast, tmp_path: Path) -> None:
    act_id = book.buys(book.alice, points(50))
    seal_all()
    kept = receipt_of(act_id)
    book.buys_much(300)
    seal_all()
    assert both_accept(tmp_path, receipt_of(act_id, since=1), old=kept)
    assert not both_accept(tmp_path, receipt_of(act_id), old=kept)
    with log.cursor() as cursor:
        note = heads.note(latest().signed, log.keys().current.public_key())
        assert log.latest_head(cursor) is not None
    (tmp_path / "kept.note").write_text(note)
    (tmp_path / "receipt.json").write_bytes(receipts.to_text(receipt_of(act_id)))
    assert verify.main([str(tmp_path / "receipt.json"), "--old-head", str(tmp_path / "kept.note")]) == 0


@pytest.mark.parametrize("since", [-1, 2])
def test_an_unknown_tree_size_is_refused(book: bookkeeping.Cast, since: int) -> None:
    act_id = book.buys(book.alice, points(50))
    seal_all()
    with pytest.raises(receipts.UnknownTreeSize):
        receipts.receipt(act_id, since=since)


def test_a_receipt_shows_no_balance_and_nothing_personal(book: bookkeeping.Cast) -> None:
    book.buys(book.alice, points(777), at=book.garage)
    act_id = book.buys(book.alice, points(50))
    seal_all()
    text = receipts.to_text(receipt_of(act_id)).decode()
    for secret in ("balance", ":827", "Alice", str(book.alice.public_id), "xid"):
        assert secret not in text


def test_a_receipt_stays_the_same_when_the_validity_of_its_lot_is_extended(book: bookkeeping.Cast) -> None:
    book.does_everything()
    seal_all()
    [(act_id, before)] = query(
        "SELECT act_id, points.instant(first_expires_at) FROM points_lot WHERE first_expires_at < expires_at LIMIT 1"
    )
    [lot] = [lot for lot in receipt_of(act_id)["act"]["lots"] if lot["expires_at"]]
    assert lot["expires_at"] == before


def test_receipts_under_a_retired_key_still_verify_beside_new_ones(
    book: bookkeeping.Cast, settings: Any, tmp_path: Path
) -> None:
    act_id = book.buys(book.alice, points(50))
    seal_all()
    old = receipt_of(act_id)
    settings.HONGMI_SEAL_KEY = "5a" * 32
    book.buys(book.alice, points(50))
    seal_all()
    new = receipt_of(act_id, since=1)
    assert old["public_key"] != new["public_key"]
    published_keys = settings.HEADS_DIRECTORY / publication.KEYS_FILE
    assert both_accept(tmp_path, old, key=published_keys)
    assert both_accept(tmp_path, new, old=old, key=published_keys)


def test_no_receipt_is_given_for_an_act_that_was_altered(book: bookkeeping.Cast, owner_url: str) -> None:
    act_id, other_id = book.buys(book.alice, points(50)), book.buys(book.alice, points(50))
    seal_all()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE points_posting DISABLE TRIGGER USER")
        owner.execute("UPDATE points_posting SET amount = 51 WHERE act_id = %s", [act_id])
    with pytest.raises(receipts.Altered):
        receipts.receipt(act_id)
    assert receipt_of(other_id)


def test_both_verifiers_refuse_a_receipt_with_any_value_changed(book: bookkeeping.Cast, tmp_path: Path) -> None:
    act_id = book.buys(book.alice, points(50))
    book.buys_much(5)
    seal_all()
    receipt = receipt_of(act_id)
    changed = 0
    for path in _paths(receipt):
        altered = copy.deepcopy(receipt)
        _change(altered, path)
        if altered != receipt and path[0] not in ("public_key", "format"):
            assert not both_accept(tmp_path, altered), path
            changed += 1
    assert changed > 40


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path for key, inner in value.items() for path in _paths(inner, (*here, key))]
    if isinstance(value, list):
        return [path for i, inner in enumerate(value) for path in _paths(inner, (*here, i))]
    return [here]


def _change(receipt: dict[str, Any], path: tuple[Any, ...]) -> None:
    *way, last = path
    place: Any = receipt
    for step in way:
        place = place[step]
    value = place[last]
    if isinstance(value, bool) or value is None:
        place[last] = not value
    elif isinstance(value, int):
        place[last] = value + 1
    else:
        place[last] = ("1" if value[:1] != "1" else "2") + value[1:]


def test_the_text_of_a_leaf_never_changes(book: bookkeeping.Cast) -> None:
    """A sealed leaf must have the same text for ever, whatever the code becomes."""
    act_id = book.buys(book.alice, points(50, note={"fen": 5000}))
    seal_all()
    act = json.loads(receipts.to_text(receipt_of(act_id)))["act"]
    for mine in ("id", "merchant", "member", "occurred_at", "recorded_at", "request_hash", "reference"):
        assert isinstance(act.pop(mine), str)
    for row in (*act["journal"], *act["lots"], *act["postings"]):
        for mine in ("id", "member", "merchant", "issuer", "usable_from"):
            row.pop(mine, None)
    for posting in act["postings"]:
        for side in ("debit", "credit"):
            posting[side].pop("holder")
    award = points(50, note={"fen": 5000})
    assert act == {
        "kind": "purchase",
        "parent": None,
        "actor": None,
        "approved_by": None,
        "amount_fen": 5000,
        "store": None,
        "breakdown": {"lines": [{"sku": "本-1", "amount_fen": 5000}], "awards": [award]},
        "journal": [{"purse": "base", "points": 50, "owed": 0}],
        "postings": [
            {"line": 1, "purse": "base", "debit": {"kind": "issuance"}, "credit": {"kind": "member"}, "points": 50}
        ],
        "lots": [
            {
                "purse": "base",
                "kind": "spend",
                "points": 50,
                "value_fen": 5,
                "transferable": False,
                "earmark": None,
                "rule": "7",
                "source_lot": None,
                "expires_at": None,
            }
        ],
        "draws": [],
    }
