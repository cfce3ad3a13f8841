"""Builds the steps of the demo's history.

Each step calls the operation that a client or a page would call, with its moment. References contain member, shop and
time, so that running the history again books nothing twice.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts import queries as people_queries
from accounts.models import FamilyRole
from accounts.operations import families
from hongmi.seed import step
from hongmi.seed.demo_state import DemoState
from hongmi.seed.order_steps import OrderSteps
from hongmi.seed.shop_list import PLATFORM
from hongmi.seed.step import Step
from merchants.operations import memberships
from points.errors import AlreadyReversed
from points.models import Act, Adjustment
from points.operations import (
    adjustments,
    birthdays,
    compensations,
    expiry,
    grants,
    opening_balances,
    purchases,
    returns,
    reversals,
    spending,
    transfers,
)
from points.purchase import Line, PurchaseRequest
from points.rules.clawback import Return
from points.types import ActKind, Purse
from redemption.operations import offsets

Basket = tuple[tuple[str, int, int], ...]  # (SKU, pieces, yuan for all of them)
Reward = tuple[str, int]  # (title, points)

COMPLETE = "demo-history-complete"


class MemberSteps:
    """Each method returns the step that its name states, such as "Lin buys these at the stationer, forty days ago"."""

    def __init__(self, state: DemoState) -> None:
        self._state = state

    def orders(self, sign_in: str, sku: str, days: int, **options: Any) -> OrderSteps:
        """The steps of one order; `options` are the fields of OrderSteps."""
        return OrderSteps(self._state, sign_in, sku, days, **options)

    def on_the(self, day: int, sign_in: str, sku: str) -> OrderSteps:
        """An order on a redemption day: the last such day of a month that is over."""
        days = 1
        while self._state.days_ago(days).day != day:
            days += 1
        return self.orders(sign_in, sku, days)

    def joins(self, sign_in: str, shop: str, days: int) -> Step:
        """Everybody is the platform's member first, from the day they join their first merchant."""
        at = self._state.days_ago(days, hour=9)
        return Step(at, lambda: self._join(sign_in, shop, at))

    def founds_a_family(self, days: int, name: str, members: Mapping[str, FamilyRole]) -> Step:
        at = self._state.days_ago(days, hour=9)
        return Step(at, lambda: self._found_family(name, members, at))

    def buys(self, sign_in: str, shop: str, days: int, basket: Basket, *, hour: int = 12) -> Step:
        at = self._state.days_ago(days, hour=hour, minute=days % 60)
        purchase = PurchaseRequest(
            member=self._state.people[sign_in].public_id,
            reference=_reference(sign_in, shop, at),
            occurred_at=at,
            amount_fen=sum(yuan for _, _, yuan in basket) * 100,
            lines=tuple(Line(sku, pieces, yuan * 100) for sku, pieces, yuan in basket),
        )
        merchant_id = self._state.merchants[shop].pk
        return Step(
            at,
            lambda: purchases.record(merchant_id=merchant_id, purchase=purchase, key=None, moment=at),
        )

    def returns(self, sign_in: str, shop: str, bought: int, days: int, yuan: int) -> Step:
        """Returns goods of that many yuan, of those bought `bought` days ago at noon."""
        at = self._state.days_ago(days, hour=17)
        purchase = _reference(sign_in, shop, self._state.days_ago(bought, minute=bought % 60))
        return Step(
            at,
            lambda: returns.record(
                merchant_id=self._state.merchants[shop].pk,
                purchase_reference=purchase,
                reference=f"{purchase}-return",
                returned=Return(yuan * 100),
                key=None,
                occurred_at=at,
                moment=at,
            ),
        )

    def holds(self, sign_in: str, shop: str, days: int, reward: Reward, *, end: str | None) -> Iterator[Step]:
        """Holds points for a reward; a day later the hold is captured or released, or (None) stays open."""
        merchant_id = self._state.merchants[shop].pk
        at = self._state.days_ago(days, hour=19)
        title, points = reward
        held: dict[str, Any] = {}

        def hold() -> None:
            held["hold"] = spending.hold(
                merchant_id=merchant_id,
                member=self._state.people[sign_in].public_id,
                purse=Purse.BASE,
                points=points,
                reference=f"{_reference(sign_in, shop, at)}-hold",
                key=None,
                moment=at,
                expires_at=at + timedelta(days=30),
                about={"reward": title},
            )

        def finish() -> None:
            hold_id, later = held["hold"].act_id, at + timedelta(days=1)
            if end == "capture":
                spending.capture(merchant_id=merchant_id, hold_id=hold_id, points=None, key=None, moment=later)
            else:
                spending.release(merchant_id=merchant_id, hold_id=hold_id, key=None, moment=later)

        yield Step(at, hold)
        if end is not None:
            yield Step(at + timedelta(days=1), finish)

    def pays_with_points(self, sign_in: str, shop: str, days: int, yuan: int, points: int) -> Step:
        """Points pay part of a bill; the rest is a purchase that earns."""
        at = self._state.days_ago(days, hour=17)
        merchant_id, member = self._state.merchants[shop].pk, self._state.people[sign_in].public_id
        bill = _bill(sign_in, shop, at)

        def pay() -> None:
            accepted = offsets.accept(
                merchant_id=merchant_id,
                member=member,
                bill_fen=yuan * 100,
                points_spent=points,
                reference=bill,
                authorisation=None,
                key=None,
                moment=at,
            )
            rest = PurchaseRequest(member=member, reference=bill, occurred_at=at, amount_fen=accepted.to_pay_fen)
            purchases.record(merchant_id=merchant_id, purchase=rest, key=None, moment=at)

        return Step(at, pay)

    def is_refunded_in_part(self, sign_in: str, shop: str, paid: int, days: int, yuan: int) -> Step:
        """Part of the bill that was paid with points `paid` days ago; the cash part is a return of the purchase."""
        at, bill = self._state.days_ago(days, hour=17), _bill(sign_in, shop, self._state.days_ago(paid, hour=17))
        merchant_id = self._state.merchants[shop].pk

        def refund() -> None:
            returned = offsets.refund(
                merchant_id=merchant_id,
                offset_reference=bill,
                reference=f"{bill}-refund",
                amount_fen=yuan * 100,
                key=None,
                moment=at,
            )
            returns.record(
                merchant_id=merchant_id,
                purchase_reference=bill,
                reference=f"{bill}-return",
                returned=Return(returned.refund.money_fen),
                key=None,
                occurred_at=at,
                moment=at,
            )

        return Step(at, refund)

    def gives(self, giver: str, receiver: str, days: int, points: int) -> Step:
        at = self._state.days_ago(days, hour=20)
        return Step(
            at,
            lambda: transfers.give(
                giver_id=self._state.people[giver].pk,
                receiver_id=self._state.people[receiver].pk,
                points=points,
                reference=f"{step.number_of(giver)}-{step.number_of(receiver)}-{at:%Y%m%d}",
                moment=at,
            ),
        )

    def is_corrected(self, sign_in: str, shop: str, days: int, points: int, reason: str) -> Step:
        """The manager proposes a correction and the owner approves it."""
        at = self._state.days_ago(days, hour=11)
        return Step(at, lambda: self._correct(sign_in, shop, points, reason, at))

    def was_booked_twice(self, sign_in: str, shop: str, days: int, basket: Basket) -> Iterator[Step]:
        """A receipt that the client sent under two numbers; the second act is reversed and stays in the ledger."""
        at = self._state.days_ago(days, hour=18)
        merchant_id = self._state.merchants[shop].pk
        purchase = PurchaseRequest(
            member=self._state.people[sign_in].public_id,
            reference=f"{_reference(sign_in, shop, at)}-again",
            occurred_at=at,
            amount_fen=sum(yuan for _, _, yuan in basket) * 100,
        )

        def book_and_reverse() -> None:
            booked = purchases.record(merchant_id=merchant_id, purchase=purchase, key=None, moment=at)
            assert booked.act_id is not None
            with contextlib.suppress(AlreadyReversed):
                reversals.record(
                    merchant_id=merchant_id,
                    act_id=booked.act_id,
                    reason="小票重复入账 receipt booked twice",
                    moment=at + timedelta(hours=1),
                    actor_id=self._state.people[f"{shop.lower()}.owner"].pk,
                )

        yield self.buys(sign_in, shop, days, basket, hour=18)
        yield Step(at + timedelta(minutes=1), book_and_reverse)

    def opens_with(self, sign_in: str, shop: str, days: int, points: int) -> Step:
        """Points of the shop's own card from before it joined the platform; they never expire."""
        at = self._state.days_ago(days, hour=10)
        return Step(
            at,
            lambda: opening_balances.record(
                merchant_id=self._state.merchants[shop].pk,
                member=self._state.people[sign_in].public_id,
                reference=f"{_reference(sign_in, shop, at)}-opening",
                points=points,
                expires_at=None,
                moment=at,
            ),
        )

    def completes_the_demo(self, sign_in: str) -> Step:
        """The last step; `is_complete` looks for it."""
        at = self._state.opened_at
        return Step(
            at,
            lambda: compensations.grant(
                merchant_id=self._state.merchants[PLATFORM].pk,
                member=self._state.people[sign_in].public_id,
                points=20,
                cause=COMPLETE,
                reason="感谢体验演示站 thank you for trying the demo",
                moment=at,
            ),
        )

    def sweeps(self, days: int) -> Step:
        at = self._state.days_ago(days, hour=1)
        return Step(at, lambda: (expiry.expire_due(moment=at), expiry.lapse_due(moment=at)))

    def grants_birthdays(self, days: int) -> Step:
        at = self._state.days_ago(days, hour=9)
        return Step(at, lambda: birthdays.grant(moment=at))

    def _join(self, sign_in: str, shop: str, at: datetime) -> None:
        member = self._state.people[sign_in]
        for merchant in (self._state.merchants[PLATFORM], self._state.merchants[shop]):
            memberships.join(merchant_id=merchant.pk, member_id=member.pk, moment=at)
            grants.award_sign_up(merchant_id=merchant.pk, member=member.public_id, moment=at)

    def _found_family(self, name: str, members: Mapping[str, FamilyRole], at: datetime) -> None:
        people = self._state.people
        head = next(people[sign_in] for sign_in, role in members.items() if role == FamilyRole.HEAD)
        if people_queries.family_of(head) is None:
            families.create(head=head, moment=at, name=name)
        for sign_in, role in members.items():
            person = people[sign_in]
            if people_queries.family_of(person) is None:
                code = families.invite(by=head, moment=at, role=role)
                families.accept_invitation(person=person, moment=at, token=code)

    def _correct(self, sign_in: str, shop: str, points: int, reason: str, at: datetime) -> None:
        merchant, people = self._state.merchants[shop], self._state.people
        proposal = Adjustment.objects.filter(merchant=merchant, reason=reason).first()
        proposal = proposal or adjustments.propose(
            merchant_id=merchant.pk,
            member_id=people[sign_in].pk,
            purse=Purse.BASE,
            points=points,
            reason=reason,
            proposed_by_id=people[f"{shop.lower()}.manager"].pk,
        )
        if proposal.act_id is None:
            owner = people[f"{shop.lower()}.owner"]
            adjustments.approve(adjustment_id=proposal.pk, approved_by_id=owner.pk, moment=at)


def is_complete(state: DemoState) -> bool:
    """Whether the whole history is booked; then nothing is added, because people may have used the demo since."""
    return Act.objects.filter(
        merchant=state.merchants[PLATFORM], kind=ActKind.COMPENSATION, reference=COMPLETE
    ).exists()


def _reference(sign_in: str, shop: str, at: datetime) -> str:
    return f"{shop}-{step.number_of(sign_in)}-{at:%Y%m%d%H}"


def _bill(sign_in: str, shop: str, at: datetime) -> str:
    return f"{_reference(sign_in, shop, at)}-bill"
