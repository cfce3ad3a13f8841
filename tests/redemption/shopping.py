"""Members, merchants, orders and payments for the tests of redemption."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from merchants.authorisations import AuthorisationRefused
from merchants.models import Authorisation, Merchant, SpendingAct
from redemption.models import Order, PayeeAccount, Payment, Reward, RewardPrice
from redemption.operations import orders, payments
from redemption.operations.orders import OrderRequest, PlacedOrder
from redemption.payments import sandbox
from tests import factories
from tests.points import cast
from tests.redemption import sample_rewards

NOON = cast.NOON
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
__all__ = ["AuthorisationRefused"]
OPENING = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def shop(code: str = "stationer", *, takes_cash: bool = False, **fields: Any) -> Merchant:
    merchant = factories.merchant(code, **fields)
    if takes_cash:
        PayeeAccount.objects.create(merchant=merchant, provider="sandbox", account=f"mch-{merchant.pk}")
    return merchant


def buyer(name: str, *merchants: Merchant, points: int = 0, **award: Any) -> User:
    who = factories.member(name, *merchants)
    if points:
        cast.buy(merchants[0], who, cast.award(points, **award), at=NOON - DAY)
    return who


def reward(merchant: Merchant, points: int = 500, *, cash_fen: int = 0, **fields: Any) -> Reward:
    """On sale since the opening: notebooks for points alone, or for points and cash."""
    price = {"with_cash": cash_fen > 0, "cash_fen": cash_fen}
    if "face_value_fen" in fields:
        price["face_value_fen"] = fields.pop("face_value_fen")
    return sample_rewards.on_sale(merchant, points, price=price, **fields)


def promotion(reward: Reward, points: int, *, starts_at: datetime, ends_at: datetime) -> RewardPrice:
    face_value_fen = reward.prices.get(kind="base").face_value_fen
    options = {"kind": "window", "occasion": "开学季", "face_value_fen": face_value_fen, "announced_at": OPENING}
    return sample_rewards.row(reward, points, starts_at=starts_at, ends_at=ends_at, **options)


def order(reward: Reward, who: User, *, at: datetime = NOON, **options: Any) -> PlacedOrder:
    arguments = {"reference": f"order-{next(_numbers)}-{uuid.uuid4().hex[:8]}", "key": None}
    arguments |= {name: options.pop(name) for name in ("reference", "key", "authorisation") if name in options}
    return orders.place(
        merchant_id=reward.merchant_id,
        member=who.public_id,
        request=OrderRequest(reward.pk, **options),
        moment=at,
        **arguments,
    )


def placed(reward: Reward, who: User, **options: Any) -> Order:
    return order(reward, who, **options).order


def payment(order: Order) -> Payment:
    return order.payments.get()


def pay(order: Order, *, at: datetime = NOON, amount_fen: int | None = None) -> str:
    """Pay and settle the provider's notice; returns the verdict."""
    notice = sandbox.pay(number=payment(order).number, moment=at, amount_fen=amount_fen)
    return payments.settle(provider="sandbox", notice=notice, moment=at)


def balance(who: User) -> tuple[int, int]:
    """Balance and held points of the base purse."""
    wallet = cast.wallet(who)
    return wallet.balance, wallet.held


def now(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def taken(order: Order) -> list[str]:
    """The statuses an order went through."""
    return list(order.steps.order_by("id").values_list("to_status", flat=True))


def authorise(
    merchant: Merchant, member: User, act: SpendingAct, max_points: int, *, at: datetime = NOON
) -> Authorisation:
    """A spend authorisation confirmed by an SMS code."""
    return Authorisation.objects.create(
        merchant=merchant,
        member=member,
        act=act,
        max_points=max_points,
        given_at=at,
        confirmed_at=at,
        expires_at=at + 10 * MINUTE,
    )


def present() -> datetime:
    """The current time, for views that read the clock."""
    return timezone.now()
