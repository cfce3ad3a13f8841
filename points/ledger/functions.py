"""The only Python that calls the pen: each act of the books is one SQL function, one round trip.

Every function answers a Booking, or raises a DomainError and has written nothing. Points are whole numbers; `moment` is
now as the caller sees it; `request_hash` is 32 bytes that two requests share only when they ask for the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from points.ledger import call
from points.types import BatchResult, Booking, Movement

# The order in which points/ledger/sql/batch/accrue_batch.sql reads an item.
_BATCH_ITEM = ("member", "reference", "hash", "occurred_at", "amount_fen", "store", "awards", "breakdown")


def accrue(
    *,
    kind: int,
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
        "SELECT points.accrue(%s::smallint, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            kind,
            merchant_id,
            member,
            key,
            reference,
            request_hash,
            occurred_at,
            moment,
            call.jsonb(awards),
            call.jsonb(breakdown),
            amount_fen,
            store_id,
            parent_id,
            actor_id,
            approved_by_id,
            publish,
            dry_run,
        ],
    )


def accrue_batch(
    *, merchant_id: int, items: Sequence[Mapping[str, Any]], moment: datetime, actor_id: int | None, publish: bool
) -> list[BatchResult]:
    """Book purchases {member, reference, hash, occurred_at, amount_fen, store, awards, breakdown}; answers in order."""
    asked = call.jsonb([[item.get(name) for name in _BATCH_ITEM] for item in items])
    rows = call.call("SELECT points.accrue_batch(%s, %s, %s, %s, %s)", [merchant_id, asked, moment, actor_id, publish])
    return [
        BatchResult(reference or "", status, code, act_id, points, green_points)
        for reference, status, code, act_id, points, green_points in rows
    ]


def redeem(
    *,
    merchant_id: int,
    member: UUID,
    purse: int,
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
        "SELECT points.redeem(%s, %s, %s::smallint, %s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)",
        [
            merchant_id,
            member,
            purse,
            points,
            key,
            reference,
            request_hash,
            moment,
            list(earmarks),
            actor_id,
            call.jsonb(breakdown or {}),
            publish,
            granted_before,
        ],
    )


def hold(
    *,
    merchant_id: int,
    member: UUID,
    purse: int,
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
        "SELECT points.hold(%s, %s, %s::smallint, %s, %s, %s, %s, %s, %s, %s::text[], %s, %s, %s)",
        [
            merchant_id,
            member,
            purse,
            points,
            key,
            reference,
            request_hash,
            moment,
            expires_at,
            list(earmarks),
            actor_id,
            call.jsonb(breakdown or {}),
            granted_before,
        ],
    )


def end_hold(
    *,
    kind: int,
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
    """Capture (kind 5; `points` or all of it, the rest goes back) or release (kind 6) a hold."""
    about = call.jsonb(breakdown or {})
    return _booking(
        "SELECT points.end_hold(%s::smallint, %s, %s, %s::bigint, %s, %s, %s, %s, %s, %s)",
        [kind, merchant_id, hold_id, points, key, reference, request_hash, moment, actor_id, about],
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
        "SELECT points.refund(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            merchant_id,
            parent_id,
            points,
            key,
            reference,
            request_hash,
            moment,
            actor_id,
            call.jsonb(breakdown or {}),
            publish,
        ],
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
        "SELECT points.return_purchase(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            merchant_id,
            parent_id,
            seen_returns,
            base_points,
            green_points,
            key,
            reference,
            request_hash,
            occurred_at,
            moment,
            amount_fen,
            policy,
            actor_id,
            call.jsonb(breakdown or {}),
            publish,
        ],
    )


def take_away(
    *,
    merchant_id: int,
    member: UUID,
    purse: int,
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
        "SELECT points.take_away(%s, %s, %s::smallint, %s, %s, %s, %s, %s, %s, %s)",
        [
            merchant_id,
            member,
            purse,
            points,
            reference,
            request_hash,
            moment,
            actor_id,
            approved_by_id,
            call.jsonb(breakdown),
        ],
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
        "SELECT points.reverse(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [merchant_id, parent_id, reference, request_hash, moment, policy, actor_id, call.jsonb(breakdown), publish],
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
        "SELECT points.transfer(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            platform_id,
            giver_id,
            receiver_id,
            points,
            reference,
            request_hash,
            moment,
            call.jsonb(caps),
            actor_id,
            call.jsonb(breakdown or {}),
            publish,
        ],
    )


def merge(*, merge_id: int, moment: datetime) -> Booking:
    """Move all that a duplicate member has to the survivor, as an approved accounts.MemberMerge orders."""
    return _booking("SELECT points.merge(%s, %s)", [merge_id, moment])


def expire(*, member_ids: Sequence[int], moment: datetime, publish: bool = True) -> int:
    """End the due lots of these members; answers how many."""
    return int(call.call("SELECT points.expire(%s::bigint[], %s, %s)", [list(member_ids), moment, publish]))


def lapse(*, limit: int, moment: datetime) -> int:
    """End up to `limit` holds that ran out of time; answers how many."""
    return int(call.call("SELECT points.lapse(%s, %s)", [limit, moment]))


def _booking(statement: LiteralString, parameters: Sequence[Any]) -> Booking:
    answer = call.call(statement, parameters)
    return Booking(
        status=answer["status"],
        act_id=answer["id"],
        member_id=answer["member"],
        awards=answer["awards"],
        movements=[
            Movement(row["member"], row["purse"], row["points"], row["balance_after"], row["owed"])
            for row in answer["wallets"]
        ],
    )
