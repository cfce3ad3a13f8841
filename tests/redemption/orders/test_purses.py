"""SPEC R20: a reward is bought from one purse, and whatever happens to its order happens to that purse.

Alice and Bob shop at the Lamp shop: they have 300 base points, and 500 green ones from certified lamps.
"""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from points.errors import InsufficientPoints
from points.types import Purse
from redemption import queries
from redemption.errors import SoldOut
from redemption.models import Order, Reward
from redemption.operations import catalogue, orders, prices, refunds
from redemption.operations.prices import PriceTerms
from tests.partner_client import PartnerClient
from tests.points import cast
from tests.redemption import sample_rewards, shopping
from tests.redemption.shopping import DAY, NOON

pytestmark = pytest.mark.usefixtures("committed_db")
GREEN = Purse.GREEN


class LampShop:
    def __init__(self) -> None:
        self.merchant = shopping.shop("lamps", category="lighting", takes_cash=True)
        self.alice, self.bob = self.member("Alice"), self.member("Bob")
        self.bulb = self.green(400, stock=1, title="一级能效LED灯泡")

    def member(self, name: str) -> User:
        who = shopping.buyer(name, self.merchant, points=300)
        cast.buy(self.merchant, who, cast.award(500, purse="green", kind="green", reason="green"), at=NOON - DAY)
        return who

    def green(self, price: int, **fields: Any) -> Reward:
        return shopping.reward(self.merchant, price, purse=GREEN, **fields)


def balances(who: User) -> tuple[int, int]:
    return tuple(cast.wallet(who, purse).balance for purse in Purse)  # type: ignore[return-value]


def test_R20_green_points_buy_a_green_reward_and_base_points_do_not() -> None:
    shop = LampShop()
    done = shopping.placed(shop.bulb, shop.alice)
    assert (done.purse, balances(shop.alice)) == (GREEN, (300, 100))
    spectacles = shop.green(200)
    with pytest.raises(InsufficientPoints) as refusal:
        shopping.order(spectacles, shop.alice)
    # 300 base points lie beside them and are not touched.
    assert (refusal.value.facts["missing"], balances(shop.alice)) == (100, (300, 100))


def test_R20_the_last_item_redeemed_is_sold_out_for_the_next_request() -> None:
    shop = LampShop()
    partner = PartnerClient(shop.merchant)
    listed = partner.get("/rewards", merchant=shop.merchant.code, purse="green").json()["results"]
    assert [(one["id"], one["purse"], one["stock"]) for one in listed] == [(str(shop.bulb.pk), "green", 1)]
    assert partner.get("/rewards", merchant=shop.merchant.code, purse="base").json()["results"] == []
    shopping.order(shop.bulb, shop.alice)
    shown = partner.get(f"/rewards/{shop.bulb.pk}").json()
    assert (shown["stock"], shown["closed"]) == (0, "sold_out")
    with pytest.raises(SoldOut):
        shopping.order(shop.bulb, shop.bob)
    assert balances(shop.bob) == (300, 500)


def test_a_cancelled_and_a_refunded_order_give_back_to_the_purse_that_paid() -> None:
    shop = LampShop()
    cancelled = shopping.placed(shop.bulb, shop.alice)
    orders.cancel(order_id=cancelled.pk, reason="不要了", moment=NOON)
    assert balances(shop.alice) == (300, 500)
    kept = shopping.placed(shop.bulb, shop.alice)
    refunds.refund(
        order_id=kept.pk,
        merchant_id=shop.merchant.pk,
        points_back=150,
        cash_fen=0,
        reference="r",
        reason="瑕疵",
        moment=NOON,
    )
    assert balances(shop.alice) == (300, 250)


def test_compensation_is_in_the_purse_that_paid() -> None:
    shop = LampShop()
    done = shopping.placed(shop.bulb, shop.alice)
    refunds.refund_not_provided(order_id=done.pk, merchant_id=shop.merchant.pk, reason="缺货", moment=NOON)
    assert balances(shop.alice) == (300, 540)


@pytest.mark.parametrize("pays", [True, False])
def test_green_points_beside_cash_are_held_and_then_spent_or_given_back(pays: bool) -> None:
    shop = LampShop()
    lamp = shop.green(300, cash_fen=990, face_value_fen=2_490)
    waiting = shopping.placed(lamp, shop.alice)
    held = cast.wallet(shop.alice, "green")
    assert (held.balance, held.held, cast.wallet(shop.alice).held) == (200, 300, 0)
    if pays:
        assert shopping.pay(waiting) == "paid"
    else:
        orders.cancel(order_id=waiting.pk, reason="不要了", moment=NOON)
    assert balances(shop.alice) == (300, 200 if pays else 500)


def test_R35_the_guarantee_holds_for_green_points_too() -> None:
    shop = LampShop()
    with pytest.raises(IntegrityError, match="a_point_buys_at_least_its_guaranteed_value"), transaction.atomic():
        sample_rewards.row(sample_rewards.draft(shop.merchant, purse=GREEN), 300, face_value_fen=1_499)


def test_R35_older_green_points_pay_the_price_from_before_a_rise() -> None:
    shop = LampShop()
    moment = shopping.present()
    terms = PriceTerms(points=450, face_value_fen=3_000, face_value_on=moment.date(), face_value_evidence="小票 1")
    cast.buy(shop.merchant, shop.bob, cast.award(2_000), at=NOON - DAY)
    rise = prices.announce(reward_id=shop.bulb.pk, terms=terms, moment=moment)
    prices.enforce_rise(rise_id=rise.pk, moment=shopping.present())
    later = shopping.present() + 31 * DAY
    newcomer = shopping.buyer("Charlie", shop.merchant, points=2_000)
    cast.buy(
        shop.merchant, newcomer, cast.award(500, purse="green", kind="green", reason="green"), at=shopping.present()
    )
    quotes = [
        queries.quote_for(member_id=who.pk, reward_id=shop.bulb.pk, moment=later) for who in (shop.alice, newcomer)
    ]
    assert [quote.points for quote in quotes if quote] == [400, 450]


def test_R30_each_purse_reaches_its_own_rewards() -> None:
    shop = LampShop()
    reach = queries.reach(member_id=shop.alice.pk, moment=NOON, purse=GREEN, most=50)
    reached = {one.reward.reward_id for one in reach.now}
    assert (reach.available, shop.bulb.pk in reached) == (500, True)
    base = queries.reach(member_id=shop.alice.pk, moment=NOON, most=50)
    assert shop.bulb.pk not in {one.reward.reward_id for one in (*base.now, *base.next)}


def test_the_database_refuses_an_order_in_another_purse_than_its_rewards() -> None:
    shop = LampShop()
    done = shopping.placed(shop.bulb, shop.alice)
    with pytest.raises(IntegrityError, match="an_order_is_paid_from_the_purse_of_its_reward"), transaction.atomic():
        Order.objects.create(
            **{
                field.attname: getattr(done, field.attname)
                for field in Order._meta.concrete_fields
                if field.attname not in ("id", "hold_id", "capture_id", "reference", "purse", "status", "created_at")
            },
            reference="raw",
            status="placed",
            purse=Purse.BASE,
        )
    with pytest.raises(DatabaseError, match="an order is not rewritten"):
        Order.objects.filter(pk=done.pk).update(purse=Purse.BASE)
    with pytest.raises(DatabaseError, match="a published reward keeps its purse"):
        Reward.objects.filter(pk=shop.bulb.pk).update(purse=Purse.BASE)


def test_a_draft_may_change_its_purse_and_a_published_reward_may_not() -> None:
    shop = LampShop()
    drafted = sample_rewards.draft(shop.merchant)
    assert catalogue.revise(reward_id=drafted.pk, moment=NOON, purse=GREEN).purse == GREEN
    with pytest.raises(ValueError, match="keeps its purse"):
        catalogue.revise(reward_id=shop.bulb.pk, moment=NOON, purse=Purse.BASE)
