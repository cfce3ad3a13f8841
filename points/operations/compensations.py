"""Compensations: points that make good a wrong."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hongmi.lib import idempotency
from points.ledger import functions
from points.types import ActKind, Booking, LotKind, Purse


def grant(
    *,
    merchant_id: int,
    member: UUID,
    points: int,
    cause: str,
    reason: str,
    moment: datetime,
    purse: Purse = Purse.BASE,
    expires_at: datetime | None = None,
    parent_id: int | None = None,
    actor_id: int | None = None,
) -> Booking:
    """Grant points to make good a wrong; once per `cause`, which names it (`flight-CA1234-…`)."""
    award: dict[str, Any] = {"purse": purse.value, "points": points, "kind": LotKind.COMPENSATION.value}
    if expires_at is not None:
        award["expires_at"] = expires_at.isoformat()
    return functions.accrue(
        kind=ActKind.COMPENSATION,
        merchant_id=merchant_id,
        member=member,
        key=None,
        reference=cause,
        request_hash=idempotency.request_hash(act="compensation", body={"member": member, "award": award}),
        occurred_at=moment,
        moment=moment,
        awards=[award | {"reason": "compensation"}],
        breakdown={"reason": reason},
        parent_id=parent_id,
        actor_id=actor_id,
    )
