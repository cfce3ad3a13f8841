"""Booking the purchases of a file, batch by batch: members are made as they appear, and nobody is written a letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from merchants import operations as merchant_operations
from points.operations.purchases import PurchaseRequest, record_purchases
from points.purchase_file import Entry


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one entry: `status` booked, replayed (booked by an earlier run) or rejected with a `code`."""

    entry: Entry
    status: str
    code: str | None = None
    points: int = 0


def import_purchases(
    *, merchant_id: int, entries: Sequence[Entry], moment: datetime, actor_id: int | None = None
) -> list[Imported]:
    """Book up to some thousands of purchases in one round trip; answers in the order asked.

    Asked again after a crash it books what is missing and nothing twice. Who left the merchant is not enrolled again.
    Raises MerchantNotLive.
    """
    people = merchant_operations.enrol_by_reference(
        merchant_id=merchant_id, member_refs={entry.member_ref for entry in entries}, moment=moment
    )
    staying = [entry for entry in entries if not people[entry.member_ref].has_left]
    results = record_purchases(
        merchant_id=merchant_id,
        purchases=[
            PurchaseRequest(
                member=people[entry.member_ref].public_id,
                reference=entry.reference,
                occurred_at=entry.occurred_at,
                amount_fen=entry.amount_fen,
            )
            for entry in staying
        ],
        moment=moment,
        actor_id=actor_id,
        publish=False,
    )
    booked = {
        entry.line: Imported(entry, result.status, result.code, result.points)
        for entry, result in zip(staying, results, strict=True)
    }
    return [booked.get(entry.line) or Imported(entry, "rejected", "member_has_left") for entry in entries]
