"""Any sequence of acts through real PostgreSQL does what the naive books do. Time and sweeps are rules of their own."""

import copy
import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hongmi.lib.errors import DomainError
from points import models
from points.ledger import functions
from points.models import Lot, Wallet
from points.types import ActKind
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.ledger.reference_ledger import Act, NaiveBooks, Refused

MEMBERS = ("Alice", "Bob", "Charlie")
SHOPS = ("stationer", "garage")
# Times stand on a grid of whole days, so that ends and beginnings often fall on the very moment of an act.
DAYS = st.integers(0, 5).map(timedelta)
# Another machine's clock is sometimes a day behind.
LAG = st.sampled_from([timedelta(0)] * 4 + [DAY])
POINTS = st.integers(1, 60)
PICK = st.integers(0, 10_000)
PURSES = st.sampled_from(["base", "base", "green"])
POLICY = st.sampled_from(["forgive", "owe"])


# How often the real books booked each kind of act in a run, and the kinds that the rules below try.
BOOKED: Counter[int] = Counter()
TRIED = [
    ActKind.PURCHASE, ActKind.REDEMPTION, ActKind.HOLD, ActKind.CAPTURE, ActKind.RELEASE, ActKind.LAPSE,
    ActKind.EXPIRY, ActKind.RETURN, ActKind.REVERSAL, ActKind.TRANSFER, ActKind.ADJUSTMENT, ActKind.REFUND,
]  # fmt: skip


@st.composite
def awards(draw: Any) -> dict[str, Any]:
    purse = draw(PURSES)
    found: dict[str, Any] = {
        "purse": purse,
        "points": draw(st.integers(0, 50)),
        "kind": "green" if purse == "green" else "bonus",
    }
    if draw(st.integers(0, 2)):
        found["expires_in"] = draw(DAYS)
    if draw(st.integers(0, 3)) == 0:
        found["usable_in"] = draw(DAYS)
    if draw(st.integers(0, 4)) == 0:
        found["earmark"] = "cake"
    if draw(st.integers(0, 4)) == 0:
        found["once"] = draw(st.sampled_from(["birthday", "first-purchase"]))
    if draw(st.integers(0, 4)) == 0:
        found["caps"] = [cast.cap(draw(st.integers(0, 80)), member=draw(st.booleans()), key="machine")]
    found["transferable"] = purse == "green"
    return found


class BooksMachine(RuleBasedStateMachine):
    @initialize()
    def open_the_books(self) -> None:
        self.now = NOON
        self.naive = NaiveBooks()
        self.shops = {code: factories.merchant(code) for code in SHOPS}
        self.members = {name: factories.member(name, *self.shops.values()) for name in MEMBERS}
        factories.family(*self.members.values())
        # Indices into these name acts of both books: the naive act and its number in the real ones.
        self.purchases: list[tuple[Act, int]] = []
        self.spends: list[tuple[Act, int]] = []
        self.adjustments: list[tuple[Act, int]] = []
        self.holds: list[tuple[Act, int]] = []
        # Something to spend, hold and give from the first step on, or nearly all that is tried would be refused.
        kept = [
            {"purse": "base", "points": 90, "kind": "bonus", "transferable": False},
            {"purse": "green", "points": 90, "kind": "green", "transferable": True},
        ]
        for name in MEMBERS:
            self.someone_buys(SHOPS[0], name, kept, timedelta(0), timedelta(0))

    def teardown(self) -> None:
        if hasattr(self, "members"):
            acts = models.Act.objects.filter(member__in=self.members.values())
            BOOKED.update(acts.values_list("kind", flat=True))

    def both(self, naive: Callable[[NaiveBooks], Any], real: Callable[[], Any]) -> tuple[Any, Any]:
        """Do it in both books; they refuse for the same reason, and what is refused has left no trace."""
        before = copy.deepcopy((self.naive, self.purchases, self.spends, self.adjustments, self.holds))
        try:
            answer, refusal = naive(self.naive), None
        except Refused as error:
            answer, refusal = None, str(error)
            self.naive, self.purchases, self.spends, self.adjustments, self.holds = before
        try:
            booking = real()
        except DomainError as error:
            booking, answered = None, error.code
        else:
            answered = None
        assert answered == refusal
        return answer, booking

    @rule(by=DAYS)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule()
    def expired_lots_are_swept(self) -> None:
        functions.expire(member_ids=[user.pk for user in self.members.values()], moment=self.now)
        for name in MEMBERS:
            for purse in ("base", "green"):
                self.naive.expire(name, purse, self.now)

    @rule()
    def lapsed_holds_are_swept(self) -> None:
        functions.lapse(limit=1000, moment=self.now)
        for name in MEMBERS:
            for purse in ("base", "green"):
                self.naive.lapse(name, purse, self.now)

    @rule(
        shop=st.sampled_from(SHOPS), who=st.sampled_from(MEMBERS), drafts=st.lists(awards(), max_size=3), ago=DAYS,
        lag=LAG,
    )  # fmt: skip
    def someone_buys(self, shop: str, who: str, drafts: list[dict[str, Any]], ago: timedelta, lag: timedelta) -> None:
        at, occurred_at = self.now - lag, self.now - lag - ago
        candidates = []
        for draft in drafts:
            candidate = {"rule": 1, "version": 1, "reason": "bonus"} | draft
            for name, field in (("expires_in", "expires_at"), ("usable_in", "usable_from")):
                if name in candidate:
                    candidate[field] = occurred_at + candidate.pop(name)
            # A budget belongs to everybody, so each run has one of its own.
            for cap in candidate.get("caps", ()):
                cap["key"] = f"machine-{self.shops[SHOPS[0]].pk}"
            candidates.append(candidate)
        # A shop's own key: by its code in the naive books, by its number in the real ones.
        naive, named = (
            [
                each | ({"once": f"first-purchase:{one}"} if "first" in each.get("once", "") else {})
                for each in candidates
            ]
            for one in (shop, self.shops[shop].pk)
        )
        act, booking = self.both(
            lambda books: books.accrue(shop, who, naive, occurred_at=occurred_at, at=at),
            lambda: cast.buy(
                self.shops[shop], self.members[who], *(cast.award(**each) for each in named),
                at=at, occurred_at=occurred_at,
            ),
        )  # fmt: skip
        self.purchases.append((act, booking.act_id))

    @rule(
        shop=st.sampled_from(SHOPS), who=st.sampled_from(MEMBERS), purse=PURSES, points=POINTS,
        cake=st.booleans(), lag=LAG,
    )  # fmt: skip
    def someone_redeems(self, shop: str, who: str, purse: str, points: int, cake: bool, lag: timedelta) -> None:
        for_what, at = ["cake"] if cake else [], self.now - lag
        act, booking = self.both(
            lambda books: books.redeem(shop, who, purse, points, earmarks=for_what, at=at),
            lambda: cast.redeem(self.shops[shop], self.members[who], points, purse=purse, earmarks=for_what, at=at),
        )
        if booking:
            self.spends.append((act, booking.act_id))

    @rule(
        shop=st.sampled_from(SHOPS), who=st.sampled_from(MEMBERS), purse=PURSES, points=POINTS,
        lasts=st.integers(1, 4).map(timedelta), cake=st.booleans(),
    )  # fmt: skip
    def someone_holds(self, shop: str, who: str, purse: str, points: int, lasts: timedelta, cake: bool) -> None:
        for_what, at = ["cake"] if cake else [], self.now
        act, booking = self.both(
            lambda books: books.hold(shop, who, purse, points, earmarks=for_what, lasts=lasts, at=at),
            lambda: cast.hold(
                self.shops[shop], self.members[who], points, purse=purse, lasts=lasts, earmarks=for_what, at=at
            ),
        )
        if booking:
            self.holds.append((act, booking.act_id))

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, part=st.none() | POINTS, lag=LAG)
    def a_hold_is_captured(self, pick: int, part: int | None, lag: timedelta) -> None:
        held, number = self.holds[pick % len(self.holds)]
        at = self.now - lag
        act, booking = self.both(
            lambda books: books.capture(held, part, at=at),
            lambda: cast.capture(self.shops[held.shop], number, part, at=at),
        )
        if booking:
            self.spends.append((act, booking.act_id))

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, lag=LAG)
    def a_hold_is_released(self, pick: int, lag: timedelta) -> None:
        held, number = self.holds[pick % len(self.holds)]
        at = self.now - lag
        self.both(lambda books: books.release(held, at=at), lambda: cast.release(self.shops[held.shop], number, at=at))

    @precondition(lambda self: self.spends)
    @rule(pick=PICK, points=POINTS)
    def a_spend_is_refunded(self, pick: int, points: int) -> None:
        spend, number = self.spends[pick % len(self.spends)]
        self.both(
            lambda books: books.refund(spend, points, at=self.now),
            lambda: cast.refund(self.shops[spend.shop], number, points, at=self.now),
        )

    @precondition(lambda self: self.purchases)
    @rule(pick=PICK, base=st.integers(0, 60), green=st.integers(0, 60), policy=POLICY)
    def goods_are_returned(self, pick: int, base: int, green: int, policy: str) -> None:
        purchase, number = self.purchases[pick % len(self.purchases)]
        seen = purchase.returns
        self.both(
            lambda books: books.return_goods(purchase, {"base": base, "green": green}, policy=policy, at=self.now),
            lambda: cast.give_back_goods(
                self.shops[purchase.shop], number, base, green=green, seen=seen, policy=policy, at=self.now
            ),
        )

    @precondition(lambda self: self.purchases or self.spends or self.adjustments)
    @rule(pick=PICK, policy=POLICY)
    def an_act_is_reversed(self, pick: int, policy: str) -> None:
        acts = self.purchases + self.spends + self.adjustments
        act, number = acts[pick % len(acts)]
        self.both(
            lambda books: books.reverse(act, policy=policy, at=self.now),
            lambda: cast.reverse(self.shops[act.shop], number, policy=policy, at=self.now),
        )

    @rule(giver=st.sampled_from(MEMBERS), steps=st.integers(1, 2), points=POINTS)
    def green_points_are_given(self, giver: str, steps: int, points: int) -> None:
        receiver = MEMBERS[(MEMBERS.index(giver) + steps) % 3]
        self.both(
            lambda books: books.transfer(giver, receiver, points, at=self.now),
            lambda: cast.give(self.members[giver], self.members[receiver], points, at=self.now),
        )

    @rule(shop=st.sampled_from(SHOPS), who=st.sampled_from(MEMBERS), purse=PURSES, points=POINTS)
    def a_correction_takes_points(self, shop: str, who: str, purse: str, points: int) -> None:
        act, booking = self.both(
            lambda books: books.take_away(shop, who, purse, points, at=self.now),
            lambda: cast.take_away(self.shops[shop], self.members[who], points, purse=purse, at=self.now),
        )
        if booking:
            self.adjustments.append((act, booking.act_id))

    @invariant()
    def both_books_say_the_same(self) -> None:
        if not hasattr(self, "members"):
            return
        real = {(w.member_id, w.purse): w for w in Wallet.objects.filter(member__in=self.members.values())}
        remains: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
        for lot in Lot.objects.filter(member__in=self.members.values()).order_by("id"):
            remains.setdefault((lot.member_id, lot.purse), []).append((lot.remaining, lot.expires_at))
        for name, user in self.members.items():
            for purse in ("base", "green"):
                balance, available, held, owed = self.naive.wallet(name, purse, self.now)
                wallet = real.get((user.pk, purse)) or Wallet(balance=0, available=0, held=0, owed=0)
                assert (wallet.balance, wallet.held, wallet.owed) == (balance, held, owed)
                if wallet.next_change_at is None or wallet.next_change_at > self.now:
                    assert wallet.available == available
                naive_lots = [(lot.remaining, lot.expires_at) for lot in self.naive.lots_of(name, purse)]
                assert remains.get((user.pk, purse), []) == naive_lots

    @invariant()
    def the_sums_agree(self) -> None:
        if hasattr(self, "members"):
            assert broken_sums([user.pk for user in self.members.values()]) == []


def broken_sums(members: list[int]) -> list[tuple[Any, ...]]:
    """Wallets and lots of these members that are not the sum of their rows in the books."""
    with connection.cursor() as cursor:
        cursor.execute(SUM_LAWS, {"members": members})
        return cursor.fetchall()


SUM_LAWS = """
WITH journal AS (
    SELECT j.*, sum(j.points) OVER (PARTITION BY j.member_id, j.purse ORDER BY j.act_id) AS running
    FROM points_journal j WHERE j.member_id = ANY(%(members)s)
), side AS (
    SELECT p.purse, p.credit_kind AS kind, p.credit_holder AS holder, p.amount, p.act_id
    FROM points_posting p JOIN journal j ON j.act_id = p.act_id AND j.purse = p.purse AND j.member_id = p.credit_holder
    UNION ALL SELECT p.purse, p.debit_kind, p.debit_holder, -p.amount, p.act_id
    FROM points_posting p JOIN journal j ON j.act_id = p.act_id AND j.purse = p.purse AND j.member_id = p.debit_holder
), sums AS (
    SELECT 'balance' AS what, member_id, purse, sum(points) AS total FROM journal GROUP BY 2, 3
    UNION ALL SELECT 'balance', holder, purse, sum(amount) FROM side WHERE kind = 'member' GROUP BY 2, 3
    UNION ALL SELECT 'balance', member_id, purse, sum(remaining) FROM points_lot
    WHERE member_id = ANY(%(members)s) GROUP BY 2, 3
    UNION ALL SELECT 'held', holder, purse, sum(amount) FROM side WHERE kind = 'held' GROUP BY 2, 3
    UNION ALL SELECT 'held', member_id, purse, sum(points) FROM points_hold WHERE is_open GROUP BY 2, 3
    UNION ALL SELECT 'owed', member_id, purse, sum(owed) FROM journal GROUP BY 2, 3
    UNION ALL SELECT 'owed', member_id, purse, sum(owed) FROM points_debt GROUP BY 2, 3
)
SELECT s.what, s.member_id, s.purse FROM sums s JOIN points_wallet w USING (member_id, purse)
WHERE member_id = ANY(%(members)s)
  AND s.total <> CASE s.what WHEN 'balance' THEN w.balance WHEN 'held' THEN w.held ELSE w.owed END
UNION ALL
SELECT 'journal', member_id, purse FROM journal WHERE balance_after <> running
UNION ALL
SELECT 'lot', l.id, l.purse FROM points_lot l
WHERE l.member_id = ANY(%(members)s)
  AND l.remaining <> l.granted + (SELECT coalesce(sum(d.points), 0) FROM points_draw d WHERE d.lot_id = l.id)
UNION ALL
SELECT 'act', j.act_id, j.purse FROM journal j
LEFT JOIN side s ON s.act_id = j.act_id AND s.purse = j.purse AND s.kind = 'member' AND s.holder = j.member_id
GROUP BY j.act_id, j.purse, j.member_id, j.points HAVING coalesce(sum(s.amount), 0) <> j.points
"""

SUITE = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def test_any_sequence_of_acts_does_what_the_naive_books_do(own_db: str) -> None:
    BOOKED.clear()
    run_state_machine_as_test(BooksMachine, settings=SUITE)
    # A machine whose acts are nearly all refused compares nothing.
    assert [kind.label for kind in TRIED if not BOOKED[kind]] == []


@pytest.mark.campaign
def test_books_machine_for_long(own_db: str) -> None:
    examples = int(os.environ.get("HONGMI_EXAMPLES", "3000"))
    run_state_machine_as_test(BooksMachine, settings=settings(SUITE, max_examples=examples, stateful_step_count=60))
