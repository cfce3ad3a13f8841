"""The cast of the ledger's tests: fresh merchants and members, and the acts in one line each.

`NOON` is a fixed moment, because time is handed in; every reference and request hash is new unless a test names one.
"""

import hashlib
import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import MemberMerge, User
from hongmi.lib.shanghai import SHANGHAI
from merchants.models import Merchant
from points.ledger import functions
from points.models import Lot, Wallet
from points.types import Booking
from tests import factories

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = itertools.count()


def new_hash() -> bytes:
    return hashlib.sha256(uuid.uuid4().bytes).digest()[:16]


def award(points: int, **fields: Any) -> dict[str, Any]:
    """A candidate award as `awards.to_json` writes it: never-expiring base points for a purchase by default."""
    moments = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
    return as_written({"points": points, "rule": 1, "version": 1, "reason": "rate"} | moments)


def as_written(award: dict[str, Any]) -> dict[str, Any]:
    """The award without default values, because only then it takes the short path of the ledger function."""
    defaults = {"purse": "base", "kind": "spend", "transferable": False}
    return {name: value for name, value in award.items() if name not in defaults or value != defaults[name]}


def bonus(points: int, **fields: Any) -> dict[str, Any]:
    return award(points, kind="bonus", reason="bonus", **fields)


def green(points: int, **fields: Any) -> dict[str, Any]:
    return award(points, purse="green", kind="green", reason="green", transferable=True, **fields)


def cap(limit: int, *, key: str = "rule:1", window: str = "2026-11", member: bool = True) -> dict[str, Any]:
    return {"key": key, "window": window, "limit": limit, "member": member}


def item(member: User, *awards: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """One purchase of a batch."""
    values = {"reference": f"batch-{next(_numbers)}-{uuid.uuid4().hex[:8]}", "hash": new_hash().hex()}
    values |= {"occurred_at": NOON.isoformat(), "amount_fen": 100, "member": str(member.public_id)}
    return values | {"awards": list(awards), "breakdown": {}} | fields


def _request(at: datetime, fields: Mapping[str, Any]) -> dict[str, Any]:
    request = {"key": None, "reference": f"{next(_numbers)}-{uuid.uuid4().hex[:12]}", "request_hash": new_hash()}
    return request | {"moment": at} | dict(fields)


def buy(shop: Merchant, who: User, *awards: Mapping[str, Any], at: datetime = NOON, **fields: Any) -> Booking:
    values = {"kind": "purchase", "occurred_at": at, "amount_fen": 100, "breakdown": {}} | _request(at, fields)
    return functions.accrue(merchant_id=shop.pk, member=who.public_id, awards=awards, **values)


def redeem(
    shop: Merchant, who: User, points: int, *, at: datetime = NOON, purse: str = "base", **fields: Any
) -> Booking:
    return functions.redeem(
        merchant_id=shop.pk, member=who.public_id, purse=purse, points=points, **_request(at, fields)
    )


def hold(
    shop: Merchant,
    who: User,
    points: int,
    *,
    at: datetime = NOON,
    lasts: timedelta = DAY,
    purse: str = "base",
    **fields: Any,
) -> Booking:
    values = {"expires_at": at + lasts} | _request(at, fields)
    return functions.hold(merchant_id=shop.pk, member=who.public_id, purse=purse, points=points, **values)


def capture(
    shop: Merchant, held: int | None, points: int | None = None, *, at: datetime = NOON, **fields: Any
) -> Booking:
    return functions.end_hold(
        kind="capture", merchant_id=shop.pk, hold_id=held or 0, points=points, **_request(at, fields)
    )


def release(shop: Merchant, held: int | None, *, at: datetime = NOON, **fields: Any) -> Booking:
    return functions.end_hold(
        kind="release", merchant_id=shop.pk, hold_id=held or 0, points=None, **_request(at, fields)
    )


def refund(shop: Merchant, spend: int | None, points: int, *, at: datetime = NOON, **fields: Any) -> Booking:
    return functions.refund(merchant_id=shop.pk, parent_id=spend or 0, points=points, **_request(at, fields))


def give_back_goods(
    shop: Merchant, purchase: int | None, points: int, *, green: int = 0, seen: int = 0, policy: str = "forgive",
    at: datetime = NOON, **fields: Any,
) -> Booking:  # fmt: skip
    values = {"occurred_at": at, "amount_fen": 100} | _request(at, fields)
    return functions.return_purchase(
        merchant_id=shop.pk, parent_id=purchase or 0, seen_returns=seen, base_points=points, green_points=green,
        policy=policy, **values,
    )  # fmt: skip


def reverse(shop: Merchant, act: int | None, *, policy: str = "forgive", at: datetime = NOON, **fields: Any) -> Booking:
    request = _request(at, {"actor_id": 1, "breakdown": {}} | fields)
    del request["key"]
    return functions.reverse(merchant_id=shop.pk, parent_id=act or 0, policy=policy, **request)


def take_away(
    shop: Merchant, who: User, points: int, *, at: datetime = NOON, purse: str = "base", **fields: Any
) -> Booking:
    request = _request(at, {"actor_id": 1, "approved_by_id": 2, "breakdown": {}} | fields)
    del request["key"]
    return functions.take_away(merchant_id=shop.pk, member=who.public_id, purse=purse, points=points, **request)


def gift_caps(moment: datetime) -> list[dict[str, Any]]:
    """The caps under which every gift is booked, too high to matter."""
    day = moment.astimezone(SHANGHAI).date()
    windows = {"gift-day": day.isoformat(), "gift-year": str(day.year)}
    return [{"key": key, "window": window, "limit": 1_000_000} for key, window in windows.items()]


def give(
    giver: User, receiver: User, points: int, *, at: datetime = NOON, caps: Sequence[Any] = (), **fields: Any
) -> Booking:
    request = _request(at, fields)
    del request["key"]
    return functions.transfer(
        platform_id=factories.platform().pk,
        giver_id=giver.pk,
        receiver_id=receiver.pk,
        points=points,
        caps=caps,
        **request,
    )


def merge_order(duplicate: User, survivor: User, *, at: datetime = NOON) -> MemberMerge:
    """A merge that two people of support decided and that is not booked yet."""
    bob, charlie = factories.member("Bob"), factories.member("Charlie")
    return MemberMerge.objects.create(
        duplicate=duplicate, survivor=survivor, reason="the same person", proposed_by=bob, proposed_at=at,
        approved_by=charlie, approved_at=at,
    )  # fmt: skip


def merge(duplicate: User, survivor: User, *, at: datetime = NOON) -> Booking:
    factories.platform()
    order = merge_order(duplicate, survivor, at=at)
    booking = functions.merge(merge_id=order.pk, moment=at)
    User.objects.filter(merged_into=duplicate).update(merged_into=survivor)
    User.objects.filter(pk=duplicate.pk).update(merged_into=survivor, is_active=False)
    return booking


def wallet(who: User, purse: str = "base") -> Wallet:
    return Wallet.objects.get(member=who, purse=purse)


def lots(who: User, purse: str = "base") -> list[int]:
    """The remaining points of each lot, oldest first."""
    return list(Lot.objects.filter(member=who, purse=purse).order_by("id").values_list("remaining", flat=True))
