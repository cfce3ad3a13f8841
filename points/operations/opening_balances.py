"""Opening balances: points brought from an older programme."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hongmi.lib import idempotency
from points.ledger import functions
from points.types import ActKind, Booking, LotKind, Purse


def record(
    *,
    merchant_id: int,
    member: UUID,
    reference: str,
    points: int,
    expires_at: datetime | None,
    moment: datetime,
    purse: Purse = Purse.BASE,
    actor_id: int | None = None,
) -> Booking:
    """Grant points brought from an older programme, once per reference. Raises DomainError."""
    award: dict[str, Any] = {"purse": purse.value, "points": points, "kind": LotKind.OPENING.value, "reason": "opening"}
    if expires_at is not None:
        award["expires_at"] = expires_at.isoformat()
    request = {"member": member, "reference": reference, "award": award}
    return functions.accrue(
        kind=ActKind.OPENING,
        merchant_id=merchant_id,
        member=member,
        key=None,
        reference=reference,
        request_hash=idempotency.request_hash(act="opening", body=request),
        occurred_at=moment,
        moment=moment,
        awards=[award],
        breakdown={},
        actor_id=actor_id,
        publish=False,
    )
