"""Spends: at once or by a hold, and refunds of spent points."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hongmi.lib import idempotency
from points.ledger import functions
from points.types import ActKind, Booking, Purse

HOLD_LASTS = timedelta(minutes=30)


def redeem(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    reference: str,
    key: str | None,
    moment: datetime,
    earmarks: Sequence[str] = (),
    actor_id: int | None = None,
    about: Mapping[str, Any] | None = None,
    publish: bool = True,
    granted_before: datetime | None = None,
) -> Booking:
    """Spend points at a merchant. `about` (whole numbers and strings) describes what was bought; the act stores it.

    With `granted_before` only lots granted before then are spent, because older lots keep the older price (SPEC R35).
    """
    body = {"member": member, "purse": purse, "points": points, "reference": reference, "about": dict(about or {})}
    body |= {"granted_before": granted_before} if granted_before else {}
    return functions.redeem(
        merchant_id=merchant_id,
        member=member,
        purse=purse,
        points=points,
        key=key,
        reference=reference,
        request_hash=idempotency.request_hash(act="redemption", body=body),
        moment=moment,
        earmarks=earmarks,
        actor_id=actor_id,
        breakdown=about,
        publish=publish,
        granted_before=granted_before,
    )


def hold(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    reference: str,
    key: str | None,
    moment: datetime,
    expires_at: datetime | None = None,
    earmarks: Sequence[str] = (),
    actor_id: int | None = None,
    about: Mapping[str, Any] | None = None,
    granted_before: datetime | None = None,
) -> Booking:
    """Hold points until `expires_at` (at most 30 days away), or for 30 minutes.

    With `granted_before` only lots granted before then are drawn, as for `redeem`.
    """
    body = {
        "member": member,
        "purse": purse,
        "points": points,
        "reference": reference,
        # As requested and not as computed, because a retry a second later is the same request.
        "expires_at": expires_at,
        "about": dict(about or {}),
    }
    body |= {"granted_before": granted_before} if granted_before else {}
    return functions.hold(
        merchant_id=merchant_id,
        member=member,
        purse=purse,
        points=points,
        key=key,
        reference=reference,
        request_hash=idempotency.request_hash(act="hold", body=body),
        moment=moment,
        expires_at=expires_at or moment + HOLD_LASTS,
        earmarks=earmarks,
        actor_id=actor_id,
        breakdown=about,
        granted_before=granted_before,
    )


def capture(
    *,
    merchant_id: int,
    hold_id: int,
    points: int | None,
    key: str | None,
    moment: datetime,
    actor_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> Booking:
    """Spend all of a hold, or `points` of it; the rest goes back."""
    return functions.end_hold(
        kind=ActKind.CAPTURE,
        merchant_id=merchant_id,
        hold_id=hold_id,
        points=points,
        key=key,
        reference=f"capture-{hold_id}",
        request_hash=idempotency.request_hash(act="hold.capture", body={"hold": hold_id, "points": points}),
        moment=moment,
        actor_id=actor_id,
        breakdown=about,
    )


def release(
    *, merchant_id: int, hold_id: int, key: str | None, moment: datetime, actor_id: int | None = None
) -> Booking:
    """Give all points of a hold back."""
    return functions.end_hold(
        kind=ActKind.RELEASE,
        merchant_id=merchant_id,
        hold_id=hold_id,
        points=None,
        key=key,
        reference=f"release-{hold_id}",
        request_hash=idempotency.request_hash(act="hold.release", body={"hold": hold_id}),
        moment=moment,
        actor_id=actor_id,
    )


def refund(
    *,
    merchant_id: int,
    spend_id: int,
    points: int,
    reference: str,
    key: str | None,
    moment: datetime,
    actor_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> Booking:
    """Give points of a redemption or capture back to the lots they came from (SPEC D8)."""
    body = {"spend": spend_id, "points": points, "reference": reference}
    return functions.refund(
        merchant_id=merchant_id,
        parent_id=spend_id,
        points=points,
        key=key,
        reference=reference,
        request_hash=idempotency.request_hash(act="refund", body=body),
        moment=moment,
        actor_id=actor_id,
        breakdown=about,
    )
