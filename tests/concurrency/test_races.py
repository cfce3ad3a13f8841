"""Acts at the same moment. Where a lock decides, a control takes it out and shows that the race is real.

All in one clone per test: a weakened pen must not outlive its test.
"""

import itertools
import uuid
from functools import partial
from typing import Any

import psycopg
import pytest

from accounts.models import User
from points import ledger, pen
from points.models import Act, CapUsage, Journal, Posting
from tests.concurrency.racing import codes, dawdle, together, weaken
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.test_books_machine import broken_sums

LOCK = "points._lock_wallet(bigint, smallint)"
LOCKS = "points._lock_wallets(bigint[], smallint[])"
FOR_UPDATE = " FOR NO KEY UPDATE"


def without_wallet_locks(owner: psycopg.Cursor) -> None:
    """Wallets that exist are no longer locked; one that is being made still keeps a second maker waiting."""
    weaken(owner, LOCK, instead_of=FOR_UPDATE, put="")
    weaken(owner, LOCKS, instead_of=" FOR NO KEY UPDATE OF w", put="")
    weaken(owner, "points.accrue", instead_of=FOR_UPDATE, put="")


def attempt(act: Any) -> Any:
    """An act whose failure is itself an answer: without its lock the pen runs into the tables' own constraints."""

    def run() -> Any:
        try:
            return act()
        except (psycopg.Error, Exception) as error:
            if isinstance(error, ledger.Refusal):
                raise
            return ledger.Booking("broken", None, 0, (), ())

    return run


def test_of_two_spends_beyond_one_balance_one_is_refused(own_db: str) -> None:
    stationer, garage = cast.merchant(), cast.merchant("garage")
    alice = cast.member("Alice", stationer, garage)
    cast.buy(stationer, alice, cast.award(100))
    answers = together(lambda: cast.redeem(stationer, alice, 80), lambda: cast.redeem(garage, alice, 80))
    assert codes(answers) == ["booked", "insufficient_points"]
    assert cast.wallet(alice).balance == 20


def test_control_without_the_lock_two_spends_do_meet(own_db: str, owner_cursor: psycopg.Cursor) -> None:
    without_wallet_locks(owner_cursor)
    dawdle(owner_cursor, "points_draw")
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    answers = together(*[attempt(lambda: cast.redeem(shop, alice, 80))] * 2)
    assert "insufficient_points" not in codes(answers)


def test_one_key_from_16_threads_books_once(own_db: str) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    answers = together(*[lambda: cast.buy(shop, alice, cast.award(10), **request)] * 16)
    assert codes(answers) == ["booked"] + ["replayed"] * 15
    assert len({answer.act_id for answer in answers}) == 1
    assert cast.wallet(alice).balance == 10


def test_control_without_the_lock_the_same_key_reaches_the_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wallet_locks(owner_cursor)
    dawdle(owner_cursor, "points_act")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(10))
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    answers = together(*[attempt(lambda: cast.buy(shop, alice, cast.award(10), **request))] * 4)
    assert "broken" in codes(answers)


def test_one_reference_from_two_members_books_one_and_tells_the_other(own_db: str) -> None:
    shop = cast.merchant()
    people = [cast.member(name, shop) for name in ("Alice", "Bob")]
    for number in range(10):
        answers = together(*(partial(cast.buy, shop, who, cast.award(10), reference=str(number)) for who in people))
        assert codes(answers) == ["booked", "reference_conflict"]


def test_control_asking_once_only_the_loser_meets_the_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    dawdle(owner_cursor, "points_act")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    people = [cast.member(name, shop) for name in ("Alice", "Bob")]
    answers = together(*(attempt(partial(cast.buy, shop, who, cast.award(10), reference="r")) for who in people))
    assert codes(answers) == ["booked", "broken"]


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_hold_ends_once_by_capture_or_by_release(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    if not locked:
        without_wallet_locks(owner_cursor)
        dawdle(owner_cursor, "points_act")
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    held = cast.hold(shop, alice, 100)
    answers = together(
        attempt(lambda: cast.capture(shop, held.act_id)), attempt(lambda: cast.release(shop, held.act_id))
    )
    assert codes(answers).count("booked") == 1
    # Without the lock both find the hold open, and only the index `a_hold_ends_once` stands between.
    assert ("hold_ended" in codes(answers)) == locked
    assert broken_sums([alice.pk]) == []


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_of_two_returns_that_saw_the_same_one_computes_again(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    if not locked:
        without_wallet_locks(owner_cursor)
        dawdle(owner_cursor, "points_act")
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1))
    answers = together(*[attempt(lambda: cast.give_back_goods(shop, bought.act_id, 60))] * 2)
    assert (codes(answers) == ["booked", "stale_read"]) == locked


def test_gifts_crossing_each_other_never_wait_for_ever(own_db: str) -> None:
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
    for who in (alice, bob):
        cast.buy(shop, who, cast.green(100))
    answers = together(lambda: cast.give(alice, bob, 1), lambda: cast.give(bob, alice, 1), rounds=40)
    assert codes(answers) == ["booked"] * 80
    assert [cast.wallet(who, 2).balance for who in (alice, bob)] == [100, 100]
    assert broken_sums([alice.pk, bob.pk]) == []


def test_control_locking_the_giver_first_does_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    weaken(
        owner_cursor,
        "points.transfer",
        instead_of="points._lock_wallets(ARRAY[p_giver, p_receiver], '{2,2}')",
        put="points._lock_wallet(p_giver, 2::smallint); PERFORM pg_sleep(0.1);"
        "PERFORM points._lock_wallet(p_receiver, 2::smallint)",
    )
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
    for who in (alice, bob):
        cast.buy(shop, who, cast.green(100))
    answers = together(attempt(lambda: cast.give(alice, bob, 1)), attempt(lambda: cast.give(bob, alice, 1)))
    assert codes(answers) == ["booked", "broken"]


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_budget_is_not_exceeded_by_16_members_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    if not locked:
        weaken(owner_cursor, "points._cap_used(bigint, text, text, boolean)", instead_of=FOR_UPDATE, put="")
        dawdle(owner_cursor, "points_lot")
    shop = cast.merchant()
    cast.buy(shop, cast.member("Charlie", shop), cast.award(0, caps=[cast.cap(100, key="budget", member=False)]))
    people = [cast.member(f"Alice {number}", shop) for number in range(16)]
    budget = cast.cap(100, key="budget", member=False)
    together(*(partial(cast.buy, shop, who, cast.award(30, caps=[budget])) for who in people))
    granted = sum(Journal.objects.filter(member__in=people).values_list("points", flat=True))
    assert (granted == 100) == locked
    assert not locked or CapUsage.objects.get(cap="budget").used == 100


def swept(who: User) -> ledger.Booking:
    ledger.expire(member_ids=[who.pk], moment=NOON + DAY)
    return ledger.Booking("swept", None, 0, (), ())


def test_what_expires_is_either_spent_or_expired(own_db: str) -> None:
    shop = cast.merchant()
    for number in range(15):
        alice = cast.member(f"Alice {number}", shop)
        cast.buy(shop, alice, cast.bonus(100, expires_at=NOON + DAY))
        together(partial(cast.redeem, shop, alice, 100, at=NOON + DAY - DAY / 1000), partial(swept, alice))
        ends = Posting.objects.filter(debit_kind=2, debit_holder=alice.pk).values_list("amount", flat=True)
        assert list(ends) == [100]
        assert cast.wallet(alice).balance == 0
        assert broken_sums([alice.pk]) == []


def test_control_without_locks_the_same_points_are_spent_and_expire(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wallet_locks(owner_cursor)
    weaken(owner_cursor, "points.expire(bigint[],timestamptz,boolean)", instead_of=FOR_UPDATE, put="")
    dawdle(owner_cursor, "points_draw")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.bonus(100, expires_at=NOON + DAY))
    answers = together(
        attempt(partial(cast.redeem, shop, alice, 100, at=NOON + DAY - DAY / 1000)), attempt(partial(swept, alice))
    )
    # Both take all of it; only the balance that may not fall below nothing stands between.
    assert codes(answers) in (["booked", "broken"], ["broken", "swept"])


def test_batches_over_the_same_members_in_opposite_order_both_book(own_db: str) -> None:
    shop = cast.merchant()
    people = [cast.member(f"Alice {number}", shop) for number in range(30)]
    numbers = itertools.count()

    def book(order: int) -> ledger.Booking:
        budgets = (
            [cast.cap(10_000, key=f"budget {order % 2}", member=False)],
            [cast.cap(10_000, key="both", member=False)],
        )
        items = [
            cast.item(who, cast.award(1, caps=budgets[next(numbers) % 2]), cast.green(1)) for who in people[::order]
        ]
        answers = ledger.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return ledger.Booking("/".join({each.status for each in answers}), None, 0, (), ())

    answers = together(*[lambda: book(1), lambda: book(-1)] * 3, rounds=4)
    assert codes(answers) == ["booked"] * 24
    assert [(cast.wallet(who).balance, cast.wallet(who, 2).balance) for who in people] == [(24, 24)] * 30


def test_control_wallets_locked_as_they_come_do_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    weaken(owner_cursor, LOCKS, instead_of="RETURN (SELECT", put="""
        FOR i IN 1 .. cardinality(p_members) LOOP
            PERFORM points._lock_wallet(p_members[i], p_purses[i]); PERFORM pg_sleep(0.01);
        END LOOP;
        RETURN (SELECT""")  # fmt: skip
    weaken(
        owner_cursor,
        "points._lock_batch(points.batch_item[])",
        instead_of="v_members || v_green_members",
        put="(SELECT array_agg(m ORDER BY random()) FROM unnest(v_members) m)",
    )
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    people = [cast.member(f"Alice {number}", shop) for number in range(20)]
    cast_items = lambda: [cast.item(who, cast.award(1)) for who in people]  # noqa: E731
    ledger.accrue_batch(merchant_id=shop.pk, items=cast_items(), moment=NOON, actor_id=None, publish=False)

    def book() -> ledger.Booking:
        ledger.accrue_batch(merchant_id=shop.pk, items=cast_items(), moment=NOON, actor_id=None, publish=False)
        return ledger.Booking("booked", None, 0, (), ())

    assert "broken" in codes(together(*[attempt(book)] * 4))


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_batches_that_meet_at_two_budgets_from_opposite_ends_both_book(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    if not locked:
        lock_batch = "points._lock_batch(points.batch_item[])"
        weaken(owner_cursor, lock_batch, instead_of="WHERE i.one_by_one", put="WHERE false")
        dawdle(owner_cursor, "points_lot")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    budgets = [cast.cap(10_000, key=key, member=False) for key in ("autumn", "spring")]
    people = [[cast.member(name, shop) for name in pair] for pair in (("Alice", "Bob"), ("Charlie", "Dora"))]

    def book(pair: list[User], in_order: list[Any]) -> ledger.Booking:
        items = [cast.item(who, cast.award(1, caps=[cap])) for who, cap in zip(pair, in_order, strict=True)]
        answers = ledger.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return ledger.Booking("/".join({each.status for each in answers}), None, 0, (), ())

    # The budgets' rows are there, because who makes one keeps the other waiting too.
    book(people[0], budgets)
    answers = together(
        attempt(partial(book, people[0], budgets)), attempt(partial(book, people[1], budgets[::-1])), rounds=3
    )
    assert (codes(answers) == ["booked"] * 6) == locked
    assert locked or "broken" in codes(answers)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_gifts_to_who_has_no_green_wallet_yet_both_arrive(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    if not locked:
        weaken(owner_cursor, LOCKS, instead_of="ON CONFLICT DO NOTHING", put="")
    dawdle(owner_cursor, "points_wallet")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob, charlie = (cast.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    cast.family(alice, bob, charlie)
    for giver in (alice, charlie):
        cast.buy(shop, giver, cast.green(100))
    answers = together(attempt(partial(cast.give, alice, bob, 10)), attempt(partial(cast.give, charlie, bob, 10)))
    assert codes(answers) == (["booked"] * 2 if locked else ["booked", "broken"])
    assert cast.wallet(bob, 2).balance == (20 if locked else 10)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_gift_to_who_has_no_green_wallet_meets_a_gift_from_there_and_neither_waits_for_ever(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    if not locked:
        weaken(
            owner_cursor,
            "points.transfer",
            instead_of="points._lock_wallets(ARRAY[p_giver, p_receiver], '{2,2}')",
            put="points._lock_wallet(p_giver, 2::smallint); PERFORM pg_sleep(0.2);"
            "PERFORM points._lock_wallet(p_receiver, 2::smallint)",
        )
    dawdle(owner_cursor, "points_wallet")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
    cast.buy(shop, alice, cast.green(100))
    answers = together(attempt(partial(cast.give, alice, bob, 10)), attempt(partial(cast.give, bob, alice, 10)))
    # Bob has nothing of his own to give; without the order one of the two is ended as a deadlock.
    assert (codes(answers) == ["booked", "insufficient_points"]) == locked
    assert locked or "broken" in codes(answers)


def test_a_first_purchase_from_16_tills_earns_its_bonus_once(own_db: str) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    once = f"first-{uuid.uuid4()}"
    together(*[lambda: cast.buy(shop, alice, cast.award(1), cast.bonus(200, once=once))] * 16)
    assert cast.wallet(alice).balance == 216
    assert Act.objects.filter(member=alice).count() == 16


def test_control_without_the_lock_all_tills_take_the_purchase_for_the_first(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wallet_locks(owner_cursor)
    dawdle(owner_cursor, "points_once")
    monkeypatch.setattr(pen, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1))
    once = f"first-{uuid.uuid4()}"
    answers = together(*[attempt(lambda: cast.buy(shop, alice, cast.award(1), cast.bonus(200, once=once)))] * 4)
    # Each thinks itself the first, and only the key's own index stands between.
    assert "broken" in codes(answers)
