"""Refunds: in any number and order never more than was taken; points to the lots they came from (SPEC D8)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hongmi.lib.errors import ReferenceConflict
from merchants.errors import MemberMerged
from points.models import Lot
from points.types import LotKind
from redemption import queries
from redemption.errors import MoreThanWasTaken, OrderNotFound, OrderStepRefused
from redemption.models import Order, RewardKind
from redemption.operations import refunds, vouchers
from redemption.operations.vouchers import Counter
from tests import factories
from tests.points import cast
from tests.redemption import sample_rewards, shopping
from tests.redemption.shopping import DAY, NOON

pytestmark = pytest.mark.usefixtures("committed_db")

MILES = {"rate": "1元1里程", "validity": "36个月", "limits": "节假日除外"}


class Flight:
    """12000 miles, earned three years before they end, buy a ticket."""

    def __init__(self) -> None:
        self.airline = shopping.shop("airline", category="airline")
        self.ticket = sample_rewards.on_sale(
            self.airline,
            12_000,
            kind=RewardKind.TICKET,
            title="京沪单程机票",
            goods_category="travel/flight",
            details={"miles": MILES, "earmark": "airline-miles"},
        )
        self.alice = shopping.buyer(
            "Alice",
            self.airline,
            points=12_000,
            kind=LotKind.MILES,
            expires_at=NOON + 10 * DAY,
            earmark="airline-miles",
        )
        self.order = shopping.placed(self.ticket, self.alice)

    def cancelled(self, *, days: int) -> None:
        refunds.refund_not_provided(
            order_id=self.order.pk, merchant_id=self.airline.pk, reason="航班取消", moment=NOON + days * DAY
        )


def test_R49_a_cancelled_flight_restores_12000_miles_and_adds_1200_once() -> None:
    flight = Flight()
    for _ in range(3):
        flight.cancelled(days=1)
    lots = list(Lot.objects.filter(member=flight.alice).order_by("id").values_list("kind", "remaining"))
    assert lots == [(LotKind.MILES, 12_000), (LotKind.COMPENSATION, 1_200)]
    assert (shopping.now(flight.order).status, shopping.balance(flight.alice)) == ("refunded", (13_200, 0))


def test_R49_miles_that_ended_meanwhile_live_six_months_more() -> None:
    flight = Flight()
    flight.cancelled(days=30)
    lot = Lot.objects.get(member=flight.alice, kind=LotKind.MILES)
    assert lot.expires_at is not None
    assert lot.expires_at >= NOON + (30 + 180) * DAY
    assert lot.remaining == 12_000


def test_R49_after_a_partial_refund_the_rest_comes_back_with_full_compensation() -> None:
    flight = Flight()
    refund(flight.airline.pk, flight.order.pk, 5_000, "改签差额")
    flight.cancelled(days=1)
    assert shopping.balance(flight.alice) == (13_200, 0)


def test_R47_a_points_ticket_is_refunded_like_a_cash_ticket_even_after_use() -> None:
    scenic = shopping.shop("scenic", category="scenic")
    hours = {"sat": [["08:00", "17:30"]]}
    details = {"hours": hours, "cash_hours": hours, "after_sales": "随时退", "cash_after_sales": "随时退"}
    ticket = sample_rewards.on_sale(
        scenic, 800, kind=RewardKind.TICKET, title="门票", goods_category="travel/ticket", details=details
    )
    alice = shopping.buyer("Alice", scenic, points=800)
    done = shopping.placed(ticket, alice)
    vouchers.accept(
        counter=Counter(scenic.pk),
        code=vouchers.code_of(done.vouchers.get()),
        store_id=factories.store(scenic).pk,
        key=None,
        moment=NOON,
    )
    refund(scenic.pk, done.pk, 800, "临时闭园")
    assert (shopping.now(done).status, shopping.balance(alice)) == ("refunded", (800, 0))


def refund(merchant_id: int, order_id: int, points_back: int, reference: str, *, cash_fen: int = 0) -> None:
    refunds.refund(
        order_id=order_id,
        merchant_id=merchant_id,
        points_back=points_back,
        cash_fen=cash_fen,
        reference=reference,
        reason=reference,
        moment=NOON + DAY,
    )


def paid_order() -> tuple[int, int, shopping.User]:
    stationer = shopping.shop(takes_cash=True)
    alice = shopping.buyer("Alice", stationer, points=300)
    done = shopping.placed(shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490), alice)
    shopping.pay(done)
    return stationer.pk, done.pk, alice


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(
        st.tuples(st.sampled_from([0, 1, 7, 100, 150, 300, 301]), st.sampled_from([0, 1, 490, 500, 990])), max_size=6
    )
)
def test_any_refunds_in_any_order_never_exceed_points_or_cash(amounts: list[tuple[int, int]]) -> None:
    merchant_id, order_id, alice = paid_order()
    given_back = [0, 0]
    for number, (points_back, cash_fen) in enumerate(amounts):
        fits = given_back[0] + points_back <= 300 and given_back[1] + cash_fen <= 990 and points_back + cash_fen
        try:
            refund(merchant_id, order_id, points_back, str(number), cash_fen=cash_fen)
        except MoreThanWasTaken:
            assert not fits
        else:
            assert fits
            given_back = [given_back[0] + points_back, given_back[1] + cash_fen]
    order = Order.objects.get(pk=order_id)
    assert [order.refunded_points, order.refunded_cash_fen] == given_back
    assert shopping.balance(alice) == (given_back[0], 0)
    assert order.status == ("refunded" if given_back == [300, 990] else "confirmed")


def test_the_same_refund_twice_is_once_and_another_under_its_name_is_refused() -> None:
    merchant_id, order_id, alice = paid_order()
    for _ in range(2):
        refund(merchant_id, order_id, 100, "r", cash_fen=300)
    with pytest.raises(ReferenceConflict):
        refund(merchant_id, order_id, 101, "r", cash_fen=300)
    assert shopping.balance(alice) == (100, 0)


def test_points_come_back_to_the_lots_they_came_from() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=400)
    cast.buy(stationer, alice, cast.bonus(200, expires_at=NOON + 2 * DAY), at=NOON - DAY)
    done = shopping.placed(shopping.reward(stationer, 500), alice)
    assert cast.lots(alice) == [100, 0]
    refund(stationer.pk, done.pk, 500, "退货")
    assert cast.lots(alice) == [400, 200]


def test_nothing_is_refunded_before_it_is_paid_or_by_another_merchant() -> None:
    stationer = shopping.shop(takes_cash=True)
    alice = shopping.buyer("Alice", stationer, points=300)
    waiting = shopping.placed(shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490), alice)
    with pytest.raises(OrderStepRefused):
        refund(stationer.pk, waiting.pk, 300, "r")
    with pytest.raises(OrderNotFound):
        refund(shopping.shop("garage").pk, waiting.pk, 300, "r")


def test_an_order_of_a_merged_account_stays_its_own_and_its_refund_goes_to_the_survivor() -> None:
    """The voucher is good as before, the survivor sees the order, and a refund with its compensation finds them."""
    factories.platform()
    shop = shopping.shop()
    alice = shopping.buyer("Alice", shop)
    old = shopping.buyer("Alice", shop, points=2000)
    lost, used = (shopping.placed(shopping.reward(shop), old) for _ in range(2))
    code = vouchers.code_of(used.vouchers.get())
    cast.merge(old, alice)
    assert {order.pk for order in queries.orders_by(member_id=alice.pk)} == {lost.pk, used.pk}
    assert shopping.balance(alice) == (1000, 0)
    counter, store = Counter(merchant_id=shop.pk), factories.store(shop)
    vouchers.accept(counter=counter, code=code, store_id=store.pk, key=None, moment=NOON)
    for _ in range(2):
        refunds.refund_not_provided(order_id=lost.pk, merchant_id=shop.pk, reason="没有货", moment=NOON)
    assert (shopping.now(lost).status, shopping.now(used).status) == ("refunded", "accepted")
    assert (shopping.balance(alice), shopping.balance(old)) == ((1550, 0), (0, 0))


def test_a_merged_account_cannot_order() -> None:
    factories.platform()
    shop = shopping.shop()
    alice, old = shopping.buyer("Alice", shop), shopping.buyer("Alice", shop, points=2000)
    cast.merge(old, alice)
    with pytest.raises(MemberMerged) as refusal:
        shopping.placed(shopping.reward(shop), old)
    assert refusal.value.facts == {"merged_into": str(alice.public_id)}
