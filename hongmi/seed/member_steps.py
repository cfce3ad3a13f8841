"""Makes steps of the demo's story out of sentences.

Each step is an operation as a till or a page would ask for it, with the moment it happened. References say who, where
and when, so that telling the story again books nothing twice.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts import queries as people_queries
from accounts.models import FamilyRole
from accounts.operations import families
from hongmi.seed import step
from hongmi.seed.opening import House
from hongmi.seed.order_steps import Errand
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
from points.operations.purchases import PurchaseLine, PurchaseRequest
from points.rules.clawback import Return
from points.types import ActKind, Purse
from redemption.operations import offsets

Basket = tuple[tuple[str, int, int], ...]  # (SKU, pieces, yuan for all of them)
Reward = tuple[str, int]  # (title, points)

THE_END = "demo-story"


class Teller:
    """Makes steps of sentences such as "Lin buys these at the stationer's, forty days ago"."""

    def __init__(self, house: House) -> None:
        self._house = house

    def orders(self, who: str, sku: str, days: int, **said: Any) -> Errand:
        """An order to be begun and gone on with; `said` are the fields of Errand."""
        return Errand(self._house, who, sku, days, **said)

    def on_the(self, day: int, who: str, sku: str) -> Errand:
        """An order on a redemption day: the last such day of a month that is over."""
        days = 1
        while self._house.days_ago(days).day != day:
            days += 1
        return self.orders(who, sku, days)

    def joins(self, who: str, where: str, days: int) -> Step:
        """Everybody is the platform's member first, from the day they join their first merchant."""
        at = self._house.days_ago(days, hour=9)
        return Step(at, lambda: self._join(who, where, at))

    def founds_a_family(self, days: int, name: str, members: Mapping[str, FamilyRole]) -> Step:
        at = self._house.days_ago(days, hour=9)
        return Step(at, lambda: self._found_family(name, members, at))

    def buys(self, who: str, where: str, days: int, basket: Basket, *, hour: int = 12) -> Step:
        at = self._house.days_ago(days, hour=hour, minute=days % 60)
        purchase = PurchaseRequest(
            member=self._house.people[who].public_id,
            reference=_reference(who, where, at),
            occurred_at=at,
            amount_fen=sum(yuan for _, _, yuan in basket) * 100,
            lines=tuple(PurchaseLine(sku, pieces, yuan * 100) for sku, pieces, yuan in basket),
        )
        merchant_id = self._house.merchants[where].pk
        return Step(
            at,
            lambda: purchases.record(merchant_id=merchant_id, purchase=purchase, key=None, moment=at),
        )

    def returns(self, who: str, where: str, bought: int, days: int, yuan: int) -> Step:
        """Gives back goods for that many yuan, of those bought `bought` days ago at noon."""
        at = self._house.days_ago(days, hour=17)
        purchase = _reference(who, where, self._house.days_ago(bought, minute=bought % 60))
        return Step(
            at,
            lambda: returns.record(
                merchant_id=self._house.merchants[where].pk,
                purchase_reference=purchase,
                reference=f"{purchase}-return",
                returned=Return(yuan * 100),
                key=None,
                occurred_at=at,
                moment=at,
            ),
        )

    def holds(self, who: str, where: str, days: int, reward: Reward, *, end: str | None) -> Iterator[Step]:
        """Sets points aside for a reward; a day later the hold is captured or released, or (None) still open."""
        merchant_id = self._house.merchants[where].pk
        at = self._house.days_ago(days, hour=19)
        title, points = reward
        told: dict[str, Any] = {}

        def set_aside() -> None:
            told["hold"] = spending.hold(
                merchant_id=merchant_id,
                member=self._house.people[who].public_id,
                purse=Purse.BASE,
                points=points,
                reference=f"{_reference(who, where, at)}-hold",
                key=None,
                moment=at,
                expires_at=at + timedelta(days=30),
                about={"reward": title},
            )

        def finish() -> None:
            hold_id, later = told["hold"].act_id, at + timedelta(days=1)
            if end == "capture":
                spending.capture(merchant_id=merchant_id, hold_id=hold_id, points=None, key=None, moment=later)
            else:
                spending.release(merchant_id=merchant_id, hold_id=hold_id, key=None, moment=later)

        yield Step(at, set_aside)
        if end is not None:
            yield Step(at + timedelta(days=1), finish)

    def pays_with_points(self, who: str, where: str, days: int, yuan: int, points: int) -> Step:
        """Points pay part of a bill; what is left is the purchase that earns."""
        at = self._house.days_ago(days, hour=17)
        merchant_id, member = self._house.merchants[where].pk, self._house.people[who].public_id
        bill = _bill(who, where, at)

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

    def has_part_of_it_back(self, who: str, where: str, paid: int, days: int, yuan: int) -> Step:
        """Of the bill that was paid with points `paid` days ago; the money part is a return of the purchase."""
        at, bill = self._house.days_ago(days, hour=17), _bill(who, where, self._house.days_ago(paid, hour=17))
        merchant_id = self._house.merchants[where].pk

        def give_back() -> None:
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

        return Step(at, give_back)

    def gives(self, giver: str, receiver: str, days: int, points: int) -> Step:
        at = self._house.days_ago(days, hour=20)
        return Step(
            at,
            lambda: transfers.give(
                giver_id=self._house.people[giver].pk,
                receiver_id=self._house.people[receiver].pk,
                points=points,
                reference=f"{step.number_of(giver)}-{step.number_of(receiver)}-{at:%Y%m%d}",
                moment=at,
            ),
        )

    def is_put_right(self, who: str, where: str, days: int, points: int, reason: str) -> Step:
        """The manager proposes a correction and the owner approves it."""
        at = self._house.days_ago(days, hour=11)
        return Step(at, lambda: self._put_right(who, where, points, reason, at))

    def was_booked_twice(self, who: str, where: str, days: int, basket: Basket) -> Iterator[Step]:
        """A receipt that the till sent under two numbers; the second act is reversed and stays in the books."""
        at = self._house.days_ago(days, hour=18)
        merchant_id = self._house.merchants[where].pk
        purchase = PurchaseRequest(
            member=self._house.people[who].public_id,
            reference=f"{_reference(who, where, at)}-again",
            occurred_at=at,
            amount_fen=sum(yuan for _, _, yuan in basket) * 100,
        )

        def put_right() -> None:
            booked = purchases.record(merchant_id=merchant_id, purchase=purchase, key=None, moment=at)
            assert booked.act_id is not None
            with contextlib.suppress(AlreadyReversed):
                reversals.record(
                    merchant_id=merchant_id,
                    act_id=booked.act_id,
                    reason="小票重复入账 receipt booked twice",
                    moment=at + timedelta(hours=1),
                    actor_id=self._house.people[f"{where.lower()}.owner"].pk,
                )

        yield self.buys(who, where, days, basket, hour=18)
        yield Step(at + timedelta(minutes=1), put_right)

    def brings_along(self, who: str, where: str, days: int, points: int) -> Step:
        """Points of the shop's own card from before it joined the house; they never end."""
        at = self._house.days_ago(days, hour=10)
        return Step(
            at,
            lambda: opening_balances.record(
                merchant_id=self._house.merchants[where].pk,
                member=self._house.people[who].public_id,
                reference=f"{_reference(who, where, at)}-opening",
                points=points,
                expires_at=None,
                moment=at,
            ),
        )

    def tries_the_demo(self, who: str) -> Step:
        """The last step, by which `was_told` knows that the story came to its end."""
        at = self._house.opened_at
        return Step(
            at,
            lambda: compensations.grant(
                merchant_id=self._house.merchants[PLATFORM].pk,
                member=self._house.people[who].public_id,
                points=20,
                cause=THE_END,
                reason="感谢体验演示站 thank you for trying the demo",
                moment=at,
            ),
        )

    def sweeps(self, days: int) -> Step:
        at = self._house.days_ago(days, hour=1)
        return Step(at, lambda: (expiry.expire_due(moment=at), expiry.lapse_due(moment=at)))

    def keeps_birthdays(self, days: int) -> Step:
        at = self._house.days_ago(days, hour=9)
        return Step(at, lambda: birthdays.grant(moment=at))

    def _join(self, who: str, where: str, at: datetime) -> None:
        member = self._house.people[who]
        for merchant in (self._house.merchants[PLATFORM], self._house.merchants[where]):
            memberships.join(merchant_id=merchant.pk, member_id=member.pk, moment=at)
            grants.award_sign_up(merchant_id=merchant.pk, member=member.public_id, moment=at)

    def _found_family(self, name: str, members: Mapping[str, FamilyRole], at: datetime) -> None:
        people = self._house.people
        head = next(people[sign_in] for sign_in, role in members.items() if role == FamilyRole.HEAD)
        if people_queries.family_of(head) is None:
            families.create(head=head, moment=at, name=name)
        for sign_in, role in members.items():
            person = people[sign_in]
            if people_queries.family_of(person) is None:
                code = families.invite(by=head, moment=at, role=role)
                families.accept_invitation(person=person, moment=at, token=code)

    def _put_right(self, who: str, where: str, points: int, reason: str, at: datetime) -> None:
        merchant, people = self._house.merchants[where], self._house.people
        proposal = Adjustment.objects.filter(merchant=merchant, reason=reason).first()
        proposal = proposal or adjustments.propose(
            merchant_id=merchant.pk,
            member_id=people[who].pk,
            purse=Purse.BASE,
            points=points,
            reason=reason,
            proposed_by_id=people[f"{where.lower()}.manager"].pk,
        )
        if proposal.act_id is None:
            owner = people[f"{where.lower()}.owner"]
            adjustments.approve(adjustment_id=proposal.pk, approved_by_id=owner.pk, moment=at)


def was_told(house: House) -> bool:
    """Whether the whole story is in the books. Then it is left alone, because people may have lived on in the demo."""
    return Act.objects.filter(merchant=house.merchants[PLATFORM], kind=ActKind.COMPENSATION, reference=THE_END).exists()


def _reference(who: str, where: str, at: datetime) -> str:
    return f"{where}-{step.number_of(who)}-{at:%Y%m%d%H}"


def _bill(who: str, where: str, at: datetime) -> str:
    return f"{_reference(who, where, at)}-bill"
