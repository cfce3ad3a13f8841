"""Builds the steps of an order, such as "Lin orders the notebook set and receives it two days later".

Each step calls the operation that a page, a client or the console would call; a repeated step changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hongmi.seed import rewards, step
from hongmi.seed.demo_state import DemoState
from hongmi.seed.step import Step
from merchants.models import Store
from redemption.models import Logo, Order, OrderStatus, ReturnStatus, Reward, Slot, VoucherStatus
from redemption.operations import catalogue, fulfilment, logos, orders, payments, refunds, returns, vouchers
from redemption.operations.orders import OrderRequest
from redemption.operations.vouchers import Counter
from redemption.payments import sandbox

SLOT_HOURS = 2
LOGO = Path(__file__).with_name("logo.png")


@dataclass(frozen=True, slots=True)
class OrderSteps:
    """`sign_in` orders `sku` `days` before the first day. `slot` is (days, hour) of the appointment."""

    state: DemoState
    sign_in: str
    sku: str
    days: int
    hour: int = 18
    pieces: int = 1
    with_cash: bool | None = None
    slot: tuple[int, int] | None = None
    address: Mapping[str, str] | None = None
    with_logo: bool = False

    @property
    def at(self) -> datetime:
        # Spread over the hour.
        return self.state.days_ago(self.days, hour=self.hour, minute=sum(map(ord, self.sign_in + self.sku)) % 60)

    def begins(self) -> Step:
        return Step(self.at, self.place)

    def place(self, *, at: datetime | None = None) -> Order:
        """Place the order; `at` replaces its day and hour."""
        reward = self._reward()
        # To the microsecond, because a demo started twice in one second would otherwise reuse the first order.
        stamp = f"{at:%Y%m%d%H%M%S%f}" if at else f"{self.at:%Y%m%d%H%M%S}"
        request = OrderRequest(
            reward.pk,
            quantity=self.pieces,
            with_cash=self.with_cash,
            slot_id=self._slot(reward).pk if self.slot else None,
            address=self.address,
            logo=self._logo(reward).public_id if self.with_logo else None,
        )
        return orders.place(
            merchant_id=reward.merchant_id,
            member=self.state.people[self.sign_in].public_id,
            request=request,
            reference=f"M{stamp}-{step.number_of(self.sign_in + self.sku)}",
            key=None,
            moment=at or self.at,
        ).order

    def is_paid(self) -> Step:
        """The provider reports the cash payment five minutes later."""
        at = self.at + timedelta(minutes=5)

        def pay() -> None:
            for payment in self._order().payments.all():
                payments.settle(provider=sandbox.NAME, notice=sandbox.pay(number=payment.number, moment=at), moment=at)

        return Step(at, pay)

    def is_never_paid(self) -> Step:
        at = self.at + timedelta(minutes=31)
        return Step(at, lambda: orders.cancel_unpaid(moment=at))

    def is_sent(self, days: int, carrier: str, number: str) -> Step:
        at = self.state.days_ago(days, hour=16, minute=20)

        def send() -> None:
            order = self._order()
            if order.status == OrderStatus.CONFIRMED:
                fulfilment.ship(
                    order_id=order.pk,
                    merchant_id=order.merchant_id,
                    carrier=carrier,
                    tracking_number=number,
                    moment=at,
                    actor_id=self._owner_id(),
                )

        return Step(at, send)

    def arrives(self, days: int) -> Step:
        at = self.state.days_ago(days, hour=19, minute=5)

        def receive() -> None:
            order = self._order()
            if order.status == OrderStatus.FULFILLED:
                fulfilment.confirm_receipt(order_id=order.pk, moment=at, actor_id=self.state.people[self.sign_in].pk)

        return Step(at, receive)

    def is_handed_over(
        self, days: int, *, by: str | None = None, hour: int = 19, minute: int = 30, bill_fen: int | None = None
    ) -> Step:
        """The counter accepts every voucher of the order; a coupon with the amount of its bill."""
        at = self.state.days_ago(days, hour=hour, minute=minute)
        return Step(at, lambda: self._accept(at, by, bill_fen))

    def was_a_mistake(self, days: int, *, hour: int = 19, minute: int = 40) -> Step:
        """The owner undoes the acceptance within 15 minutes."""
        at = self.state.days_ago(days, hour=hour, minute=minute)

        def undo() -> None:
            for voucher in self._order().vouchers.filter(status=VoucherStatus.ACCEPTED):
                vouchers.undo_acceptance(
                    voucher_id=voucher.pk,
                    merchant_id=voucher.merchant_id,
                    manager_id=self._owner_id(),
                    reason="扫错了券 wrong voucher scanned",
                    moment=at,
                )

        return Step(at, undo)

    def is_cancelled(self, days: int, reason: str) -> Step:
        at = self.state.days_ago(days, hour=20, minute=15)
        member_id = self.state.people[self.sign_in].pk
        return Step(at, lambda: orders.cancel(order_id=self._order().pk, reason=reason, moment=at, actor_id=member_id))

    def comes_back(self, days: int, reason: str, *, points: int = 0, cash_fen: int = 0) -> Step:
        """Part of it is returned."""
        at = self.state.days_ago(days, hour=17, minute=45)

        def refund() -> None:
            order = self._order()
            refunds.refund(
                order_id=order.pk,
                merchant_id=order.merchant_id,
                points_back=points,
                cash_fen=cash_fen,
                reference="returned",
                reason=reason,
                moment=at,
                actor_id=self._owner_id(),
            )
            payments.send_refunds(moment=at)

        return Step(at, refund)

    def is_sent_back(self, days: int, reason_code: str, reason: str, carrier: str, number: str) -> Step:
        """All pieces, by parcel; the shop has not settled the return yet."""
        at = self.state.days_ago(days, hour=10, minute=25)

        def send_back() -> None:
            order = self._order()
            back = returns.request(
                order_id=order.pk,
                merchant_id=order.merchant_id,
                reference="M-return",
                reason_code=reason_code,
                quantity=order.quantity,
                reason=reason,
                moment=at,
            ).order_return
            if back.status == ReturnStatus.REQUESTED:
                returns.send(
                    return_id=back.pk,
                    merchant_id=order.merchant_id,
                    carrier=carrier,
                    tracking_number=number,
                    moment=at,
                )

        return Step(at, send_back)

    def is_not_provided(self, days: int, reason: str) -> Step:
        at = self.state.days_ago(days, hour=7)

        def give_back() -> None:
            order = self._order()
            refunds.refund_not_provided(
                order_id=order.pk,
                merchant_id=order.merchant_id,
                reason=reason,
                moment=at,
                actor_id=self._owner_id(),
            )

        return Step(at, give_back)

    def _accept(self, at: datetime, by: str | None, bill_fen: int | None) -> None:
        order = self._order()
        staff = self.state.people[by].pk if by else self._owner_id()
        store = Store.objects.filter(merchant_id=order.merchant_id).order_by("pk")[0]
        for voucher in order.vouchers.order_by("pk"):
            vouchers.accept(
                counter=Counter(order.merchant_id, staff_id=staff),
                code=vouchers.code_of(voucher),
                store_id=store.pk,
                key=f"{order.reference}-{voucher.pk}",
                moment=at,
                bill_fen=bill_fen,
            )

    def _logo(self, reward: Reward) -> Logo:
        return logos.store(
            merchant_id=reward.merchant_id,
            member=self.state.people[self.sign_in].public_id,
            upload=LOGO.read_bytes(),
            key=None,
            moment=self.at,
        ).logo

    def _slot(self, reward: Reward) -> Slot:
        """The appointment; one in the past is created first."""
        assert self.slot is not None
        days, hour = self.slot
        starts_at = self.state.days_ago(days, hour=hour)
        known = reward.slots.filter(starts_at=starts_at).first()
        return known or catalogue.add_slot(
            reward_id=reward.pk, starts_at=starts_at, ends_at=starts_at + timedelta(hours=SLOT_HOURS), places=4
        )

    def _reward(self) -> Reward:
        return rewards.reward_of(self.state, self.sku)

    def _order(self) -> Order:
        return self.place()

    def _owner_id(self) -> int:
        return self.state.people[f"{self._reward().merchant.code.lower()}.owner"].pk
