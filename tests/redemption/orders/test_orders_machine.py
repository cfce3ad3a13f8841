"""Any sequence of orders, payments, cancellations and refunds through real PostgreSQL comes to what a plain shop says.

Every step of the state machine is reached: at the end the rows of Transition and the steps taken are the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from hongmi.lib.errors import DomainError
from merchants.models import StaffRole
from points.operations import expiry
from redemption.models import LimitUsage, Order, OrderStep, Reward, SandboxPayment, Transition
from redemption.operations import fulfilment, orders, payments, refunds, vouchers
from redemption.operations.vouchers import Counter
from redemption.payments import sandbox
from tests import factories
from tests.points.ledger.test_books_machine import broken_sums
from tests.redemption import shopping
from tests.redemption.reference_shop import Item, PlainOrder, PlainShop, Refused
from tests.redemption.shopping import NOON

PEOPLE = ("Alice", "Bob")
ADDRESS = {"name": "爱丽丝", "phone": "13800000000", "text": "杭州市西湖区一号"}
ITEMS = {
    "ballpoint": Item(points=10, cash_fen=0, stock=6, limit=3, is_sent=False),
    "book": Item(points=20, cash_fen=0, stock=4, limit=None, is_sent=True),
    "print": Item(points=30, cash_fen=990, stock=3, limit=2, is_sent=True),
    "ticket": Item(points=15, cash_fen=500, stock=5, limit=None, is_sent=False),
}
PERSON, ITEM = st.sampled_from(PEOPLE), st.sampled_from(sorted(ITEMS))


class OrdersMachine(RuleBasedStateMachine):
    orders = Bundle("orders")

    @initialize()
    def open_the_shop(self) -> None:
        self.minute = 0
        self.shop = shopping.shop(takes_cash=True)
        self.store = factories.store(self.shop)
        self.manager = factories.member("Charlie")
        factories.staff(self.shop, self.manager, StaffRole.MANAGER)
        self.people = {name: shopping.buyer(name, self.shop, points=120) for name in PEOPLE}
        self.plain = PlainShop({name: Item(**vars(item)) for name, item in ITEMS.items()}, dict.fromkeys(PEOPLE, 120))
        self.rewards = {
            name: shopping.reward(
                self.shop, item.points, cash_fen=item.cash_fen, stock=item.stock, per_person_limit=item.limit
            )
            for name, item in ITEMS.items()
        }

    @property
    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)

    def both(self, plain: Callable[[], Any], real: Callable[[], Any]) -> tuple[Any, Any] | None:
        """Do it in both shops; they refuse for the same reason."""
        try:
            expected, why = plain(), None
        except Refused as refusal:
            expected, why = None, str(refusal)
        try:
            answer, code = real(), None
        except DomainError as refusal:
            answer, code = None, refusal.code
        assert code == why
        return None if why else (expected, answer)

    @rule(by=st.sampled_from([1, 5, 14, 15, 29, 30, 31]))
    def time_passes(self, by: int) -> None:
        self.minute += by
        # As the periodic task does; operations do not depend on it.
        expiry.lapse_due(moment=self.now)
        orders.cancel_unpaid(moment=self.now)
        self.plain.time_out(self.minute)

    @rule(target=orders, who=PERSON, name=ITEM, quantity=st.integers(1, 3))
    def someone_orders(self, who: str, name: str, quantity: int) -> Any:
        options = {"address": ADDRESS} if ITEMS[name].is_sent else {}
        done = self.both(
            lambda: self.plain.buy(who, name, quantity, self.minute),
            lambda: shopping.placed(self.rewards[name], self.people[who], at=self.now, quantity=quantity, **options),
        )
        return (done[0], done[1].pk) if done else multiple()

    @rule(order=orders, off_by=st.sampled_from([0, 0, 0, 0, -1, 1]))
    def the_member_pays(self, order: tuple[PlainOrder, int], off_by: int) -> None:
        plain, number = order
        payment = Order.objects.get(pk=number).payments.first()
        if payment is None:
            return
        notice = sandbox.pay(number=payment.number, moment=self.now, amount_fen=plain.cash_fen + off_by)
        for _ in range(2):
            payments.settle(provider="sandbox", notice=notice, moment=self.now)
        # Paid once is paid, whatever a second attempt would have brought.
        self.plain.pay(plain, notice.amount_fen, self.minute)

    @rule(order=orders)
    def it_is_cancelled(self, order: tuple[PlainOrder, int]) -> None:
        plain, number = order
        if plain.has_voucher and plain.status == "confirmed" and self._accepted(number):
            return
        self.both(
            lambda: self.plain.cancel(plain),
            lambda: orders.cancel(order_id=number, reason="不要了", moment=self.now),
        )

    @rule(order=orders)
    def it_is_shipped(self, order: tuple[PlainOrder, int]) -> None:
        plain, number = order
        options = {"carrier": "顺丰", "tracking_number": "SF1", "merchant_id": self.shop.pk, "actor_id": None}
        self.both(
            lambda: self.plain.ship(plain),
            lambda: fulfilment.ship(order_id=number, moment=self.now, **options),  # type: ignore[arg-type]
        )

    @rule(order=orders)
    def it_is_received(self, order: tuple[PlainOrder, int]) -> None:
        plain, number = order
        self.both(
            lambda: self.plain.receive(plain),
            lambda: fulfilment.confirm_receipt(order_id=number, moment=self.now, actor_id=None),
        )

    @rule(order=orders)
    def its_vouchers_are_accepted(self, order: tuple[PlainOrder, int]) -> None:
        plain, number = order
        vouchers = list(Order.objects.get(pk=number).vouchers.order_by("id"))
        if vouchers:
            self.both(lambda: self.plain.accept(plain, self.minute), lambda: [self._accept(one) for one in vouchers])

    @rule(order=orders)
    def an_acceptance_is_undone(self, order: tuple[PlainOrder, int]) -> None:
        plain, number = order
        vouchers = list(Order.objects.get(pk=number).vouchers.order_by("id"))
        if vouchers:
            self.both(lambda: self.plain.undo(plain, self.minute), lambda: [self._undo(one) for one in vouchers])

    @rule(
        order=orders, share=st.sampled_from([0, 1, 50, 100, 101]), cash=st.sampled_from([0, 1, 50, 100]),
        name=st.sampled_from(["a", "b", "c"]),
    )  # fmt: skip
    def part_of_it_is_refunded(self, order: tuple[PlainOrder, int], share: int, cash: int, name: str) -> None:
        plain, number = order
        back = plain.points * share // 100 + (share > 100), plain.cash_fen * cash // 100
        self.both(
            lambda: self.plain.refund(plain, *back, name),
            lambda: refunds.refund(
                order_id=number,
                merchant_id=self.shop.pk,
                points_back=back[0],
                cash_fen=back[1],
                reference=name,
                reason="退货",
                moment=self.now,
            ),
        )

    @rule()
    def the_provider_gives_back(self) -> None:
        payments.send_refunds(moment=self.now)
        for plain, order in zip(self.plain.orders, self._orders(), strict=True):
            given = sum(sum(one.refunds.values()) for one in self._paid_here(order))
            assert given == plain.cash_back + plain.late_fen

    @invariant()
    def both_shops_stand_alike(self) -> None:
        if not hasattr(self, "plain"):
            return
        for name, person in self.people.items():
            assert shopping.balance(person) == (self.plain.points[name], self.plain.held[name])
        for name, reward in self.rewards.items():
            assert Reward.objects.values_list("stock", flat=True).get(pk=reward.pk) == self.plain.items[name].stock
        for plain, order in zip(self.plain.orders, self._orders(), strict=True):
            assert (order.status, order.refunded_points, order.refunded_cash_fen) == (
                plain.status, plain.points_back, plain.cash_back,
            )  # fmt: skip
        for usage in LimitUsage.objects.filter(reward_id__in=[one.pk for one in self.rewards.values()]):
            name = next(key for key, reward in self.rewards.items() if reward.pk == usage.reward_id)
            who = next(key for key, person in self.people.items() if person.pk == usage.member_id)
            assert usage.used == self.plain.had[who, name]

    def teardown(self) -> None:
        if hasattr(self, "people"):
            assert broken_sums([person.pk for person in self.people.values()]) == []

    def _orders(self) -> list[Order]:
        return list(Order.objects.filter(merchant=self.shop).order_by("id"))

    def _paid_here(self, order: Order) -> list[SandboxPayment]:
        numbers = list(order.payments.values_list("number", flat=True))
        return list(SandboxPayment.objects.filter(pk__in=numbers))

    def _accepted(self, number: int) -> bool:
        return Order.objects.get(pk=number).vouchers.filter(status="accepted").exists()

    def _accept(self, voucher: Any) -> None:
        vouchers.accept(
            counter=Counter(self.shop.pk),
            code=vouchers.code_of(voucher),
            store_id=self.store.pk,
            key=None,
            moment=self.now,
        )

    def _undo(self, voucher: Any) -> None:
        vouchers.undo_acceptance(
            voucher_id=voucher.pk,
            merchant_id=self.shop.pk,
            manager_id=self.manager.pk,
            reason="扫错了",
            moment=self.now,
        )


def walk(machine: OrdersMachine) -> None:
    """One life that reaches every step, so that none is left to luck."""
    machine.open_the_shop()
    for who, name, *acts in (
        ("Alice", "ballpoint", "its_vouchers_are_accepted", "an_acceptance_is_undone", "it_is_cancelled"),
        ("Alice", "book", "it_is_shipped", "it_is_received", "returned"),
        ("Bob", "book", "it_is_shipped", "returned"),
        ("Bob", "print", "paid", "it_is_shipped"),
        ("Bob", "ticket", "it_is_cancelled"),
    ):
        order = machine.someone_orders(who=who, name=name, quantity=1)
        for act in acts:
            if act == "paid":
                machine.the_member_pays(order=order, off_by=0)
            elif act == "returned":
                machine.part_of_it_is_refunded(order=order, share=100, cash=100, name="a")
            else:
                getattr(machine, act)(order=order)
            machine.both_shops_stand_alike()
    machine.the_provider_gives_back()
    machine.teardown()


@pytest.mark.usefixtures("committed_db")
def test_any_sequence_equals_the_reference_shop_and_reaches_every_step() -> None:
    first = OrderStep.objects.order_by("-id").values_list("id", flat=True).first() or 0
    walk(OrdersMachine())
    run_state_machine_as_test(
        OrdersMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    taken = set(OrderStep.objects.filter(id__gt=first).values_list("from_status", "to_status")) - {("", "placed")}
    assert taken == set(Transition.objects.values_list("from_status", "to_status"))
