"""Row-level security: rows of redemption visible to the Stationer's staff and credentials in the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.db.models import Model

from accounts.models import User
from hongmi.lib import rls
from merchants.models import Membership, Merchant
from redemption import queries
from redemption.models import (
    Coupon,
    LimitUsage,
    Logo,
    Offer,
    Offset,
    OffsetRefund,
    Order,
    OrderReturn,
    OrderStep,
    PayeeAccount,
    Payment,
    PriceRise,
    ProviderCallback,
    Refund,
    RequestKey,
    Reward,
    RewardPrice,
    Slot,
    Voucher,
    VoucherStep,
)
from redemption.operations import (
    addresses,
    catalogue,
    fulfilment,
    logos,
    offers,
    offsets,
    refunds,
    returns,
    vouchers,
)
from redemption.operations.vouchers import Counter
from tests import factories
from tests.redemption import files, sample_rewards, shopping
from tests.redemption.shopping import DAY, NOON

# How the rows of each table lead to their merchant.
WAYS: dict[type[Model], str] = {
    Order: "merchant_id",
    OrderStep: "order__merchant_id",
    Voucher: "merchant_id",
    VoucherStep: "voucher__merchant_id",
    Coupon: "voucher__merchant_id",
    Payment: "order__merchant_id",
    Refund: "order__merchant_id",
    OrderReturn: "order__merchant_id",
    Offset: "merchant_id",
    Logo: "merchant_id",
    OffsetRefund: "offset__merchant_id",
    Offer: "reward__merchant_id",
    RequestKey: "merchant_id",
    PayeeAccount: "merchant_id",
}
# Read by everybody once published, written by their merchant alone.
SHOWN: dict[type[Model], str] = {
    Reward: "merchant_id",
    Reward.stores.through: "reward__merchant_id",
    RewardPrice: "reward__merchant_id",
    PriceRise: "reward__merchant_id",
    Slot: "reward__merchant_id",
}
# Nobody's, or a provider's, or without a way that the ORM knows.
OTHERS = {"Transition", "ValueIndex", "SandboxPayment", "ProviderCallback", "LimitUsage"}


@contextmanager
def scoped_to(*shops: Merchant) -> Iterator[None]:
    """As one request of theirs."""
    with connection.execute_wrapper(rls.scoped_execute):
        token = rls._merchants.set(frozenset(shop.pk for shop in shops))
        try:
            yield
        finally:
            rls._merchants.reset(token)


def busy_shop(name: str) -> Merchant:
    """A row of everything: orders of each kind, a bill, an offer, a draft."""
    shop = shopping.shop(name, takes_cash=True)
    alice = shopping.buyer("Alice", shop, points=5000)
    coupon = shopping.reward(shop, 10, kind="coupon", per_person_limit=9, details={
        "coupon": {"kind": "fixed", "off_fen": 1000}, "valid_days": 30,
    })  # fmt: skip
    coupon.stores.add(factories.store(shop))
    bath = shopping.reward(shop, 10, kind="service", details={"valid_days": 30})
    catalogue.add_slot(reward_id=bath.pk, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY, places=3)
    done = shopping.placed(coupon, alice, key=f"key-{shop.pk}")
    vouchers.accept(
        counter=Counter(shop.pk), code=vouchers.code_of(done.vouchers.get()),
        store_id=coupon.stores.get().pk, key=None, moment=NOON, bill_fen=5000,
    )  # fmt: skip
    returns.request(
        order_id=_received(shop, alice).pk, merchant_id=shop.pk, reference="back", reason_code="faulty", reason="坏了",
        moment=NOON,
    )  # fmt: skip
    paid = shopping.placed(shopping.reward(shop, 300, cash_fen=990, face_value_fen=2490), alice)
    shopping.pay(paid)
    refunds.refund(
        order_id=paid.pk, merchant_id=shop.pk, points_back=1, cash_fen=1, reference="r", reason="退", moment=NOON
    )
    offsets.accept(
        merchant_id=shop.pk, member=alice.public_id, bill_fen=1000, points_spent=100, reference="b",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip
    offsets.refund(merchant_id=shop.pk, offset_reference="b", reference="b1", amount_fen=100, key=None, moment=NOON)
    offers.make(
        member_id=alice.pk, reward_id=coupon.pk, points=5, cash_fen=0, face_value_fen=100, opens_at=NOON,
        closes_at=NOON + DAY, criterion="三个月未光临",
    )  # fmt: skip
    sample_rewards.row(sample_rewards.draft(shop))
    logos.store(merchant_id=shop.pk, member=alice.public_id, upload=files.encoded(), key=None, moment=NOON)
    return shop


def _received(shop: Merchant, who: User) -> Order:
    home = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}
    sent = shopping.placed(shopping.reward(shop, 10), who, address=home)
    whose = {"order_id": sent.pk, "merchant_id": shop.pk, "moment": NOON, "actor_id": None}
    fulfilment.ship(carrier="顺丰", tracking_number="SF1", **whose)
    return fulfilment.confirm_receipt(**whose)


def seen(model: type[Model], way: str) -> set[Any]:
    return set(model._default_manager.values_list(way, flat=True))


def test_every_table_has_row_level_security_or_is_listed_as_open() -> None:
    stated = {model.__name__ for model in (*WAYS, *SHOWN)} | OTHERS
    assert {model.__name__ for model in apps.get_app_config("redemption").get_models()} <= stated


@pytest.mark.usefixtures("committed_db")
def test_the_stationer_sees_its_own_rows_of_every_table_and_none_of_the_garage() -> None:
    stationer, garage = busy_shop("stationer"), busy_shop("garage")
    for model, way in WAYS.items():
        assert (model, {stationer.pk, garage.pk} <= seen(model, way)) == (model, True)
        with scoped_to(stationer):
            assert (model, seen(model, way)) == (model, {stationer.pk})
    assert ProviderCallback.objects.exists()
    assert LimitUsage.objects.exists()
    with scoped_to(stationer):
        assert not ProviderCallback.objects.exists()
        theirs = Reward.objects.filter(merchant=garage).values("pk")
        assert not LimitUsage.objects.filter(reward_id__in=theirs).exists()
        assert LimitUsage.objects.exists()


@pytest.mark.parametrize("model", [Order, Payment])
def test_control_without_a_scope_the_garages_rows_are_visible(
    own_db: str, owner_cursor: psycopg.Cursor, model: type[Model]
) -> None:
    stationer, _garage = busy_shop("stationer"), busy_shop("garage")
    owner_cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE ROW LEVEL SECURITY")  # type: ignore[arg-type]
    with scoped_to(stationer):
        seen_there = seen(model, "pk")
    assert seen_there == seen(model, "pk")


@pytest.mark.usefixtures("committed_db")
def test_the_stationer_sees_published_rewards_of_another_merchant_and_no_draft() -> None:
    stationer, garage = busy_shop("stationer"), busy_shop("garage")
    with scoped_to(stationer):
        theirs = Reward.objects.filter(merchant=garage)
        assert set(theirs.values_list("status", flat=True)) == {"published"}
        assert "draft" in set(Reward.objects.filter(merchant=stationer).values_list("status", flat=True))
        prices = RewardPrice.objects.filter(reward__merchant=garage)
        assert prices.count() == theirs.count()
        assert Slot.objects.filter(reward__merchant=garage).count() == 1


def _update(model: type[Model], field: str) -> Callable[[Merchant], int]:
    way = (WAYS | SHOWN)[model]
    return lambda shop: model._default_manager.filter(**{way: shop.pk}).update(**{field: 1})


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("model", "field"), [(Reward, "stock"), (Order, "quantity"), (Payment, "refunded_fen"), (Slot, "places_left")]
)
def test_the_stationer_changes_nothing_of_the_garage(model: type[Model], field: str) -> None:
    stationer, garage = busy_shop("stationer"), busy_shop("garage")
    with scoped_to(stationer):
        assert _update(model, field)(garage) == 0


@pytest.mark.usefixtures("committed_db")
def test_the_stationer_writes_nothing_in_the_garages_name() -> None:
    stationer, garage = busy_shop("stationer"), busy_shop("garage")
    reward = Reward.objects.filter(merchant=garage, status="published").first()
    assert reward
    with scoped_to(stationer):
        for write in (lambda: sample_rewards.row(reward, 1), lambda: sample_rewards.draft(garage)):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                write()


@pytest.mark.usefixtures("committed_db")
def test_the_original_price_of_a_promotion_is_visible_to_every_merchant() -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    notebooks = shopping.reward(stationer, 500)
    shopping.promotion(notebooks, 400, starts_at=NOON, ends_at=NOON + DAY)
    shopping.placed(notebooks, shopping.buyer("Alice", stationer, points=500), at=NOON - DAY)
    for asking in (stationer, garage):
        with scoped_to(asking):
            view = queries.reward(reward_id=notebooks.pk, moment=NOON)
            assert view
            assert (view.quote.points, view.quote.was_points) == (400, 500)


@pytest.mark.usefixtures("committed_db")
def test_an_order_is_shipped_and_refunded_after_its_member_has_left() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=500)
    home = {"name": "爱丽丝", "line": "文具路1号"}
    sent = shopping.placed(shopping.reward(stationer, 200), alice, address=home)
    flight = shopping.placed(shopping.reward(stationer, 100), alice)
    Membership.objects.filter(member=alice).update(left_at=NOON)
    with scoped_to(stationer):
        order = queries.order(order_id=sent.pk, merchant_id=stationer.pk)
        assert order.member.public_id == alice.public_id
        assert addresses.address_of(Order.objects.get(pk=sent.pk)) == home
        fulfilment.ship(
            order_id=sent.pk,
            merchant_id=stationer.pk,
            carrier="顺丰",
            tracking_number="SF1",
            moment=NOON,
            actor_id=None,
        )
        refunds.refund_not_provided(order_id=flight.pk, merchant_id=stationer.pk, reason="取消", moment=NOON)
    assert shopping.balance(alice) == (300, 0)
