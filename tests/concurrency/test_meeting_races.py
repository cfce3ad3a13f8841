"""Acts of several members that meet from opposite ends: gifts and batches. None deadlocks; controls do.

Each test has a clone of its own: weakened ledger functions must not outlive their test.
"""

import itertools
from functools import partial
from typing import Any

import psycopg
import pytest

from accounts.models import User
from hongmi.lib import retry
from points.ledger import functions
from tests import factories
from tests.concurrency.racing import (
    DEADLOCK,
    codes,
    meet,
    stoppable,
    together,
    weaken,
)
from tests.concurrency.weakened import LOCKS
from tests.points import cast
from tests.points.cast import NOON
from tests.points.ledger.test_books_machine import broken_sums


def test_gifts_crossing_each_other_never_wait_for_ever(own_db: str) -> None:
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    for who in (alice, bob):
        cast.buy(shop, who, cast.green(100))
    answers = together(lambda: cast.give(alice, bob, 1), lambda: cast.give(bob, alice, 1), rounds=40)
    assert codes(answers) == ["booked"] * 80
    assert [cast.wallet(who, "green").balance for who in (alice, bob)] == [100, 100]
    assert broken_sums([alice.pk, bob.pk]) == []


GIVER_FIRST = (
    "points._lock_wallet(p_giver, 'green'); PERFORM public.meet();PERFORM points._lock_wallet(p_receiver, 'green')"
)


def locking_the_giver_first(owner: psycopg.Cursor) -> None:
    """Each act locks its giver's wallet before either goes on to the receiver's."""
    meet(owner)
    both = "points._lock_wallets(ARRAY[p_giver, p_receiver], '{green,green}')"
    weaken(owner, "points.transfer", instead_of=both, put=GIVER_FIRST)


def test_control_locking_the_giver_first_does_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    for who in (alice, bob):
        cast.buy(shop, who, cast.green(100))
    locking_the_giver_first(owner_cursor)
    answers = together(stoppable(lambda: cast.give(alice, bob, 1)), stoppable(lambda: cast.give(bob, alice, 1)))
    assert codes(answers) == [DEADLOCK, "booked"]


def test_batches_over_the_same_members_in_opposite_order_both_book(own_db: str) -> None:
    shop = factories.merchant()
    people = [factories.member(f"Alice {number}", shop) for number in range(30)]
    numbers = itertools.count()

    def book(order: int) -> functions.Booking:
        budgets = (
            [cast.cap(10_000, key=f"budget {order % 2}", member=False)],
            [cast.cap(10_000, key="both", member=False)],
        )
        items = [
            cast.item(who, cast.award(1, caps=budgets[next(numbers) % 2]), cast.green(1)) for who in people[::order]
        ]
        answers = functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return functions.Booking("/".join({each.status for each in answers}), None, 0, (), ())

    answers = together(*[lambda: book(1), lambda: book(-1)] * 3, rounds=4)
    assert codes(answers) == ["booked"] * 24
    assert [(cast.wallet(who).balance, cast.wallet(who, "green").balance) for who in people] == [(24, 24)] * 30


def test_control_wallets_locked_as_they_come_do_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    people = [factories.member(f"Alice {number}", shop) for number in range(3)]

    def book(order: int) -> functions.Booking:
        items = [cast.item(who, cast.award(1)) for who in people[::order]]
        functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return functions.Booking("booked", None, 0, (), ())

    book(1)
    meet(owner_cursor)
    weaken(owner_cursor, LOCKS, instead_of="RETURN (SELECT", put="""
        FOR i IN 1 .. cardinality(p_members) LOOP
            PERFORM points._lock_wallet(p_members[i], p_purses[i]); PERFORM public.meet();
        END LOOP;
        RETURN (SELECT""")  # fmt: skip
    weaken(
        owner_cursor,
        "points._lock_batch(points.batch_item[])",
        instead_of="SELECT array_agg(DISTINCT i.member_id),",
        put="SELECT array_agg(i.member_id ORDER BY i.ord),",
    )
    assert codes(together(stoppable(lambda: book(1)), stoppable(lambda: book(-1)))) == [DEADLOCK, "booked"]


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_batches_that_meet_at_two_budgets_from_opposite_ends_both_book(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    budgets = [cast.cap(10_000, key=key, member=False) for key in ("autumn", "spring")]
    people = [[factories.member(name, shop) for name in pair] for pair in (("Alice", "Bob"), ("Charlie", "Dora"))]

    def book(pair: list[User], in_order: list[Any]) -> functions.Booking:
        items = [cast.item(who, cast.award(1, caps=[cap])) for who, cap in zip(pair, in_order, strict=True)]
        answers = functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return functions.Booking("/".join({each.status for each in answers}), None, 0, (), ())

    # The budgets' rows exist, because an act that makes one blocks the other too.
    book(people[0], budgets)
    if not locked:
        lock_batch = "points._lock_batch(points.batch_item[])"
        weaken(owner_cursor, lock_batch, instead_of="WHERE i.one_by_one", put="WHERE false")
    meet(owner_cursor, before="INSERT ON points_lot", guarded=locked)
    acts = partial(book, people[0], budgets), partial(book, people[1], budgets[::-1])
    answers = together(*map(stoppable, acts), rounds=3 if locked else 1)
    assert codes(answers) == (["booked"] * 6 if locked else [DEADLOCK, "booked"])


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_gifts_to_a_member_without_a_green_wallet_both_arrive(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    factories.platform()
    alice, bob, charlie = (factories.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    factories.family(alice, bob, charlie)
    for giver in (alice, charlie):
        cast.buy(shop, giver, cast.green(100))
    if not locked:
        weaken(owner_cursor, LOCKS, instead_of="ON CONFLICT DO NOTHING", put="")
    meet(owner_cursor, before="INSERT ON points_wallet")
    answers = together(stoppable(partial(cast.give, alice, bob, 10)), stoppable(partial(cast.give, charlie, bob, 10)))
    assert codes(answers) == ["booked", "booked" if locked else "points_wallet_pkey"]
    assert cast.wallet(bob, "green").balance == (20 if locked else 10)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_gift_to_a_member_without_a_green_wallet_meets_a_gift_from_them_without_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    cast.buy(shop, alice, cast.green(100))
    if locked:
        meet(owner_cursor, before="INSERT ON points_wallet")
    else:
        locking_the_giver_first(owner_cursor)
    answers = together(stoppable(partial(cast.give, alice, bob, 10)), stoppable(partial(cast.give, bob, alice, 10)))
    # Bob has nothing of his own to give; without the order one of the two is ended as a deadlock.
    if locked:
        assert codes(answers) == ["booked", "insufficient_points"]
    else:
        assert codes(answers) in ([DEADLOCK, "booked"], [DEADLOCK, "insufficient_points"])
