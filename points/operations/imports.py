"""Purchases of a file, booked batch by batch: members are made as they appear, and no message is sent.

In two steps, so that one batch can be prepared while the one before it is booked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hongmi.lib.retry import again
from merchants.operations import registrations
from points.operations import purchases
from points.purchase import PurchaseRequest
from points.purchase_file import Entry


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of one entry: `status` booked, replayed (booked by an earlier run) or rejected with a `code`."""

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
    purchases: Sequence[PurchaseRequest]  # one for each of `staying`
    items: Sequence[Mapping[str, Any]]


def require_issuing(*, merchant_id: int, moment: datetime) -> None:
    """Raises DomainError, before anybody is enrolled, where the merchant may not issue."""
    purchases.book_batch(merchant_id=merchant_id, purchases=(), items=(), moment=moment, actor_id=None, publish=False)


def prepare(*, merchant_id: int, entries: Sequence[Entry], moment: datetime) -> Prepared:
    """Find or make the members and work out the points of up to some thousands of purchases.

    Members who left the merchant are not enrolled again. Retried (`hongmi.lib.retry`) without harm: members who were
    enrolled are found.
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
    """Book prepared purchases in one round trip; results are in the order of their entries.

    A further run after a crash books what is missing and nothing twice. Raises MerchantNotLive.
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
