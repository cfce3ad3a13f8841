"""Booking the purchases of a file, batch by batch: members are made as they appear, and nobody is written a letter.

In two steps, so that one batch can be prepared while the one before it is booked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hongmi.lib.retry import again
from merchants.operations import registrations
from points.operations import purchases
from points.operations.purchases import PurchaseRequest
from points.purchase_file import Entry


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one entry: `status` booked, replayed (booked by an earlier run) or rejected with a `code`."""

    entry: Entry
    status: str
    code: str | None = None
    points: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Entries whose members are found or made and whose points are worked out; nothing is booked yet."""

    merchant_id: int
    moment: datetime
    entries: Sequence[Entry]
    staying: Sequence[Entry]  # without those whose member left
    purchases: Sequence[PurchaseRequest]  # what each of `staying` asks for
    items: Sequence[Mapping[str, Any]]


def require_issuing(*, merchant_id: int, moment: datetime) -> None:
    """Raises what the books answer to any purchase of a merchant who may not issue, before anybody is enrolled."""
    purchases.book_batch(merchant_id=merchant_id, purchases=(), items=(), moment=moment, actor_id=None, publish=False)


def prepare(*, merchant_id: int, entries: Sequence[Entry], moment: datetime) -> Prepared:
    """Find or make the members and work out the points of up to some thousands of purchases.

    Who left the merchant is not enrolled again. Asked again (`hongmi.lib.retry`), which harms nothing: who was enrolled
    is found.
    """
    return again(lambda: _prepared(merchant_id, entries, moment))


def _prepared(merchant_id: int, entries: Sequence[Entry], moment: datetime) -> Prepared:
    people = registrations.enrol_by_reference(
        merchant_id=merchant_id, member_refs={entry.member_ref for entry in entries}, moment=moment
    )
    staying = [entry for entry in entries if not people[entry.member_ref].has_left]
    requests = [
        PurchaseRequest(
            member=people[entry.member_ref].public_id,
            reference=entry.reference,
            occurred_at=entry.occurred_at,
            amount_fen=entry.amount_fen,
        )
        for entry in staying
    ]
    items = purchases.evaluate_batch(merchant_id=merchant_id, purchases=requests, moment=moment)
    return Prepared(merchant_id, moment, entries, staying, requests, items)


def book(prepared: Prepared) -> list[Imported]:
    """Book prepared purchases in one round trip; answers in the order of their entries.

    Asked again after a crash it books what is missing and nothing twice. Raises MerchantNotLive.
    """
    results = purchases.book_batch(
        merchant_id=prepared.merchant_id,
        purchases=prepared.purchases,
        items=prepared.items,
        moment=prepared.moment,
        actor_id=None,
        publish=False,
    )
    booked = {
        entry.line: Imported(entry, result.status, result.code, result.points)
        for entry, result in zip(prepared.staying, results, strict=True)
    }
    return [booked.get(entry.line) or Imported(entry, "rejected", "member_has_left") for entry in prepared.entries]
