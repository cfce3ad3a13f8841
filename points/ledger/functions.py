"""The only Python that calls the ledger functions: each act of the books is one SQL function, one round trip.

Every function answers a Booking, or raises a DomainError and has written nothing. Points are whole numbers; `moment` is
now as the caller sees it; `request_hash` is 16 bytes that only equal requests share.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from points.ledger import call
from points.types import ActKind, BatchResult, Booking, Movement, Purse

# The order in which points/ledger/sql/batch/accrue_batch.sql reads an item.
_BATCH_ITEM = ("member", "reference", "hash", "occurred_at", "amount_fen", "store", "awards", "breakdown")


def accrue(
    *,
    kind: ActKind,
    merchant_id: int,
    member: UUID,
    key: str | None,
    reference: str,
    request_hash: bytes,
    occurred_at: datetime,
    moment: datetime,
    awards: Sequence[Mapping[str, Any]],
    breakdown: Mapping[str, Any],
    amount_fen: int | None = None,
    store_id: int | None = None,
    parent_id: int | None = None,
    actor_id: int | None = None,
    approved_by_id: int | None = None,
    publish: bool = True,
    dry_run: bool = False,
) -> Booking:
    """Grant what `awards` (in the form of `awards.to_json`) leave after caps and once-only keys; perhaps nothing."""
    return _booking(
        "accrue",
        kind=kind,
        merchant=merchant_id,
        member=member,
        key=key,
        reference=reference,
        hash=request_hash,
        occurred_at=occurred_at,
        moment=moment,
        awards=call.jsonb(awards),
        breakdown=call.jsonb(breakdown),
        amount_fen=amount_fen,
        store=store_id,
        parent=parent_id,
        actor=actor_id,
        approved_by=approved_by_id,
        publish=publish,
        dry_run=dry_run,
    )


def accrue_batch(
    *, merchant_id: int, items: Sequence[Mapping[str, Any]], moment: datetime, actor_id: int | None, publish: bool
) -> list[BatchResult]:
    """Book purchases {member, reference, hash, occurred_at, amount_fen, store, awards, breakdown}; answers in order."""
    batch = call.jsonb([[item.get(name) for name in _BATCH_ITEM] for item in items])
    rows = call.function(
        "accrue_batch", merchant=merchant_id, items=batch, moment=moment, actor=actor_id, publish=publish
    )
    return [
        BatchResult(reference or "", status, code, act_id, points, green_points)
        for reference, status, code, act_id, points, green_points in rows
    ]


def redeem(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    key: str | None,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    earmarks: Sequence[str] = (),
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
    publish: bool = True,
    granted_before: datetime | None = None,
) -> Booking:
    """Spend points at a merchant at once; lots kept for one of `earmarks` go first.

    With `granted_before` only lots recorded before then serve.
    """
    return _booking(
        "redeem",
        merchant=merchant_id,
        member=member,
        purse=purse,
        points=points,
        key=key,
        reference=reference,
        hash=request_hash,
        moment=moment,
        earmarks=list(earmarks),
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
        publish=publish,
        granted_before=granted_before,
    )


def hold(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    key: str | None,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    expires_at: datetime,
    earmarks: Sequence[str] = (),
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
    granted_before: datetime | None = None,
) -> Booking:
    """Set points aside until `expires_at`, at most 30 days. The booking's act is the hold's id.

    With `granted_before` only lots recorded before then serve.
    """
    return _booking(
        "hold",
        merchant=merchant_id,
        member=member,
        purse=purse,
        points=points,
        key=key,
        reference=reference,
        hash=request_hash,
        moment=moment,
        expires_at=expires_at,
        earmarks=list(earmarks),
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
        granted_before=granted_before,
    )


def end_hold(
    *,
    kind: ActKind,
    merchant_id: int,
    hold_id: int,
    points: int | None,
    key: str | None,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
) -> Booking:
    """Capture (`points` or all of it, the rest goes back) or release a hold."""
    return _booking(
        "end_hold",
        kind=kind,
        merchant=merchant_id,
        hold=hold_id,
        points=points,
        key=key,
        reference=reference,
        hash=request_hash,
        moment=moment,
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
    )


def refund(
    *,
    merchant_id: int,
    parent_id: int,
    points: int,
    key: str | None,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
    publish: bool = True,
) -> Booking:
    """Give points of a redemption or capture back to their lots, valid for at least six more months."""
    return _booking(
        "refund",
        merchant=merchant_id,
        parent=parent_id,
        points=points,
        key=key,
        reference=reference,
        hash=request_hash,
        moment=moment,
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
        publish=publish,
    )


def return_purchase(
    *,
    merchant_id: int,
    parent_id: int,
    seen_returns: int,
    base_points: int,
    green_points: int,
    key: str | None,
    reference: str,
    request_hash: bytes,
    occurred_at: datetime,
    moment: datetime,
    amount_fen: int,
    policy: str,
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
    publish: bool = True,
) -> Booking:
    """Claw back what a return takes; what was spent is forgiven or owed. StaleRead when another return came between."""
    return _booking(
        "return_purchase",
        merchant=merchant_id,
        parent=parent_id,
        seen_returns=seen_returns,
        base=base_points,
        green=green_points,
        key=key,
        reference=reference,
        hash=request_hash,
        occurred_at=occurred_at,
        moment=moment,
        amount_fen=amount_fen,
        policy=policy,
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
        publish=publish,
    )


def take_away(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    actor_id: int,
    approved_by_id: int,
    breakdown: Mapping[str, Any],
) -> Booking:
    """A correction that takes points; `points` is positive. One that gives them is `accrue` of the same kind."""
    return _booking(
        "take_away",
        merchant=merchant_id,
        member=member,
        purse=purse,
        points=points,
        reference=reference,
        hash=request_hash,
        moment=moment,
        actor=actor_id,
        approved_by=approved_by_id,
        breakdown=call.jsonb(breakdown),
    )


def reverse(
    *,
    merchant_id: int,
    parent_id: int,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    policy: str,
    actor_id: int | None,
    breakdown: Mapping[str, Any],
    publish: bool = True,
) -> Booking:
    """Answer an act by its opposite, once."""
    return _booking(
        "reverse",
        merchant=merchant_id,
        parent=parent_id,
        reference=reference,
        hash=request_hash,
        moment=moment,
        policy=policy,
        actor=actor_id,
        breakdown=call.jsonb(breakdown),
        publish=publish,
    )


def transfer(
    *,
    platform_id: int,
    giver_id: int,
    receiver_id: int,
    points: int,
    reference: str,
    request_hash: bytes,
    moment: datetime,
    caps: Sequence[Mapping[str, Any]],
    actor_id: int | None = None,
    breakdown: Mapping[str, Any] | None = None,
    publish: bool = True,
) -> Booking:
    """Give green points inside a family, within `caps` ({key, window, limit}, the giver's)."""
    return _booking(
        "transfer",
        platform=platform_id,
        giver=giver_id,
        receiver=receiver_id,
        points=points,
        reference=reference,
        hash=request_hash,
        moment=moment,
        caps=call.jsonb(caps),
        actor=actor_id,
        breakdown=call.jsonb(breakdown or {}),
        publish=publish,
    )


def merge(*, merge_id: int, moment: datetime) -> Booking:
    """Move all that a duplicate member has to the survivor, as an approved accounts.MemberMerge orders."""
    return _booking(
        "merge",
        merge=merge_id,
        moment=moment,
    )


def expire(*, member_ids: Sequence[int], moment: datetime, publish: bool = True) -> int:
    """End the due lots of these members; answers how many."""
    return int(call.function("expire", members=list(member_ids), moment=moment, publish=publish))


def lapse(*, limit: int, moment: datetime) -> int:
    """End up to `limit` holds that ran out of time; answers how many."""
    return int(call.function("lapse", limit=limit, moment=moment))


def _booking(function: str, **arguments: Any) -> Booking:
    answer = call.function(function, **arguments)
    return Booking(
        status=answer["status"],
        act_id=answer["id"],
        member_id=answer["member"],
        awards=answer["awards"],
        movements=[
            Movement(row["member"], Purse(row["purse"]), row["points"], row["balance_after"], row["owed"])
            for row in answer["wallets"]
        ],
    )
