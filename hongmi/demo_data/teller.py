"""Makes steps of the demo's story out of sentences.

Each step is an operation as a till or a page would ask for it, with the moment it happened. References say who, where
and when, so that telling the story again books nothing twice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import operations as people_operations
from accounts import queries as people_queries
from accounts.models import FamilyRole
from hongmi.demo_data.catalogue import MILES, PLATFORM
from hongmi.demo_data.opening import House
from merchants import operations as merchant_operations
from points import operations
from points.models import Act, ActKind, Adjustment, Purse
from points.operations import PurchaseLine, PurchaseRequest
from points.returns import Return

Basket = tuple[tuple[str, int, int], ...]  # (SKU, pieces, yuan for all of them)
Reward = tuple[str, int]  # (title, points)

THE_END = "demo-story"


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    act: Callable[[], object]


class Teller:
    """Makes steps of sentences such as "Lin buys these at the stationer's, forty days ago"."""

    def __init__(self, house: House) -> None:
        self._house = house

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
            lambda: operations.record_purchase(merchant_id=merchant_id, purchase=purchase, key=None, moment=at),
        )

    def returns(self, who: str, where: str, bought: int, days: int, yuan: int) -> Step:
        """Gives back goods for that many yuan, of those bought `bought` days ago at noon."""
        at = self._house.days_ago(days, hour=17)
        purchase = _reference(who, where, self._house.days_ago(bought, minute=bought % 60))
        return Step(
            at,
            lambda: operations.record_return(
                merchant_id=self._house.merchants[where].pk,
                purchase_reference=purchase,
                reference=f"{purchase}-return",
                returned=Return(yuan * 100),
                key=None,
                occurred_at=at,
                moment=at,
            ),
        )

    def redeems(self, who: str, where: str, days: int, reward: Reward, *, earmarks: tuple[str, ...] = ()) -> Step:
        at = self._house.days_ago(days, hour=18)
        return Step(at, lambda: self._redeem(who, where, at, reward, Purse.BASE, earmarks))

    def redeems_green(self, who: str, where: str, days: int, reward: Reward) -> Step:
        at = self._house.days_ago(days, hour=18, minute=30)
        return Step(at, lambda: self._redeem(who, where, at, reward, Purse.GREEN, ()))

    def flight_is_cancelled(self, who: str, days: int, miles: int) -> Iterator[Step]:
        """A ticket for miles; ten days later the miles are back, with a tenth of them as compensation."""
        airline = self._house.merchants["AIRLINE"].pk
        ticket, cancelled = self._house.days_ago(days, hour=10), self._house.days_ago(days - 10, hour=7)
        told: dict[str, Any] = {}

        def buy() -> None:
            told["ticket"] = self._redeem(who, "AIRLINE", ticket, ("机票 ticket", miles), Purse.BASE, (MILES,))

        def give_back() -> None:
            reference = f"{who}-cancelled-{cancelled:%Y%m%d}"
            operations.refund(
                merchant_id=airline,
                spend_id=told["ticket"].act_id,
                points=miles,
                reference=reference,
                key=None,
                moment=cancelled,
                about={"reason": "flight cancelled"},
            )
            operations.compensate(
                merchant_id=airline,
                member=self._house.people[who].public_id,
                points=miles // 10,
                cause=reference,
                reason="航班取消补偿 flight cancelled",
                moment=cancelled,
            )

        yield Step(ticket, buy)
        yield Step(cancelled, give_back)

    def holds(self, who: str, where: str, days: int, reward: Reward, *, end: str | None) -> Iterator[Step]:
        """Sets points aside for a reward; a day later the hold is captured or released, or (None) still open."""
        merchant_id = self._house.merchants[where].pk
        at = self._house.days_ago(days, hour=19)
        title, points = reward
        told: dict[str, Any] = {}

        def set_aside() -> None:
            told["hold"] = operations.hold(
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
                operations.capture(merchant_id=merchant_id, hold_id=hold_id, points=None, key=None, moment=later)
            else:
                operations.release(merchant_id=merchant_id, hold_id=hold_id, key=None, moment=later)

        yield Step(at, set_aside)
        if end is not None:
            yield Step(at + timedelta(days=1), finish)

    def gives(self, giver: str, receiver: str, days: int, points: int) -> Step:
        at = self._house.days_ago(days, hour=20)
        return Step(
            at,
            lambda: operations.give(
                giver_id=self._house.people[giver].pk,
                receiver_id=self._house.people[receiver].pk,
                points=points,
                reference=f"{giver}-{receiver}-{at:%Y%m%d}",
                moment=at,
            ),
        )

    def is_put_right(self, who: str, where: str, days: int, points: int, reason: str) -> Step:
        """The manager proposes a correction and the owner approves it."""
        at = self._house.days_ago(days, hour=11)
        return Step(at, lambda: self._put_right(who, where, points, reason, at))

    def tries_the_demo(self, who: str) -> Step:
        """The last step, by which `was_told` knows that the story came to its end."""
        at = self._house.opened_at
        return Step(
            at,
            lambda: operations.compensate(
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
        return Step(at, lambda: (operations.expire_due(moment=at), operations.lapse_due(moment=at)))

    def _join(self, who: str, where: str, at: datetime) -> None:
        member = self._house.people[who]
        for merchant in (self._house.merchants[PLATFORM], self._house.merchants[where]):
            merchant_operations.join(merchant_id=merchant.pk, member_id=member.pk, moment=at)
            operations.award_sign_up(merchant_id=merchant.pk, member=member.public_id, moment=at)

    def _found_family(self, name: str, members: Mapping[str, FamilyRole], at: datetime) -> None:
        people = self._house.people
        head = next(people[sign_in] for sign_in, role in members.items() if role == FamilyRole.HEAD)
        if people_queries.family_of(head) is None:
            people_operations.found_family(head=head, moment=at, name=name)
        for sign_in, role in members.items():
            person = people[sign_in]
            if people_queries.family_of(person) is None:
                code = people_operations.invite(by=head, moment=at, role=role)
                people_operations.accept_invitation(person=person, moment=at, token=code)

    def _redeem(
        self, who: str, where: str, at: datetime, reward: Reward, purse: Purse, earmarks: tuple[str, ...]
    ) -> operations.Booking:
        title, points = reward
        return operations.redeem(
            merchant_id=self._house.merchants[where].pk,
            member=self._house.people[who].public_id,
            purse=purse,
            points=points,
            reference=f"{_reference(who, where, at)}-{purse.name.lower()}-redeemed",
            key=None,
            moment=at,
            earmarks=earmarks,
            about={"reward": title},
        )

    def _put_right(self, who: str, where: str, points: int, reason: str, at: datetime) -> None:
        merchant, people = self._house.merchants[where], self._house.people
        proposal = Adjustment.objects.filter(merchant=merchant, reason=reason).first()
        proposal = proposal or operations.propose_adjustment(
            merchant_id=merchant.pk,
            member_id=people[who].pk,
            purse=Purse.BASE,
            points=points,
            reason=reason,
            proposed_by_id=people[f"{where.lower()}.manager"].pk,
        )
        if proposal.act_id is None:
            owner = people[f"{where.lower()}.owner"]
            operations.approve_adjustment(adjustment_id=proposal.pk, approved_by_id=owner.pk, moment=at)


def was_told(house: House) -> bool:
    """Whether the whole story is in the books. Then it is left alone, because people may have lived on in the demo."""
    return Act.objects.filter(merchant=house.merchants[PLATFORM], kind=ActKind.COMPENSATION, reference=THE_END).exists()


def _reference(who: str, where: str, at: datetime) -> str:
    return f"{where}-{who}-{at:%Y%m%d%H}"
