"""Acts at the same moment. Where a lock decides, a control takes it out and shows that the race is real.

All in one clone per test: a weakened pen must not outlive its test.
"""

import itertools
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db.models import QuerySet

from accounts.models import User
from hongmi.lib import retry
from merchants.models import Merchant
from points import ledger, operations
from points.models import (
    Act,
    ActKind,
    CapUsage,
    EarningRule,
    EarningRuleVersion,
    Idempotency,
    Journal,
    Posting,
    Purse,
    Wallet,
)
from tests.concurrency.racing import (
    BELOW_NOTHING,
    DEADLOCK,
    KEY_TWICE,
    PATIENCE_SECONDS,
    REFERENCE_TWICE,
    codes,
    meet,
    stoppable,
    together,
    weaken,
)
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.test_books_machine import broken_sums
from tests.points.test_merge import broken

LOCK = "points._lock_wallet(bigint, smallint)"
LOCKS = "points._lock_wallets(bigint[], smallint[])"
FOR_UPDATE = " FOR NO KEY UPDATE"
SECOND = timedelta(seconds=1)


def without_wallet_locks(owner: psycopg.Cursor) -> None:
    """Wallets that exist are no longer locked; one that is being made still keeps a second maker waiting."""
    weaken(owner, LOCK, instead_of=FOR_UPDATE, put="")
    weaken(owner, LOCKS, instead_of=" FOR NO KEY UPDATE OF w", put="")
    weaken(owner, "points.accrue", instead_of=FOR_UPDATE, put="")


def without_cap_locks(owner: psycopg.Cursor) -> None:
    weaken(owner, "points._cap_used(bigint, text, text, boolean)", instead_of=FOR_UPDATE, put="")


# What may take a member's points while another shop's till spends 80 of 100.
RIVALS: dict[str, Callable[[Merchant, User, int], Any]] = {
    "spend": lambda shop, alice, bought: cast.redeem(shop, alice, 80),
    "hold": lambda shop, alice, bought: cast.hold(shop, alice, 80),
    "return": lambda shop, alice, bought: cast.give_back_goods(shop, bought, 80),
    "reversal": lambda shop, alice, bought: cast.reverse(shop, bought),
    "correction": lambda shop, alice, bought: cast.take_away(shop, alice, 80),
}


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
@pytest.mark.parametrize("rival", RIVALS)
def test_a_spend_and_its_rival_do_not_take_the_same_points(
    own_db: str, owner_cursor: psycopg.Cursor, rival: str, locked: bool
) -> None:
    stationer, garage = cast.merchant(), cast.merchant("garage")
    alice = cast.member("Alice", stationer, garage)
    bought = cast.buy(stationer, alice, cast.award(100)).act_id or 0
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=locked)
    answers = codes(
        together(
            stoppable(lambda: cast.redeem(garage, alice, 80)),
            stoppable(lambda: RIVALS[rival](stationer, alice, bought)),
        )
    )
    if not locked:
        # Each found 100 points, and only the law that no lot falls below nothing stands between.
        assert answers == [BELOW_NOTHING, "booked"]
    elif rival in ("return", "reversal"):
        # Goods taken back after the spend forgive what is no longer there.
        assert answers in (["booked", "insufficient_points"], ["booked"] * 2)
    else:
        assert answers == ["booked", "insufficient_points"]
    assert broken_sums([alice.pk]) == []


def test_one_key_from_16_threads_books_once(own_db: str) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    answers = together(*[lambda: cast.buy(shop, alice, cast.award(10), **request)] * 16)
    assert codes(answers) == ["booked"] + ["replayed"] * 15
    assert len({answer.act_id for answer in answers}) == 1
    assert cast.wallet(alice).balance == 10


def test_one_key_for_16_purchases_at_once_is_the_key_of_one(own_db: str) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    answers = together(*[lambda: cast.buy(shop, alice, cast.award(10), key="k")] * 16)
    assert codes(answers) == ["booked"] + ["key_reused"] * 15
    assert cast.wallet(alice).balance == 10
    assert (Act.objects.filter(member=alice).count(), Idempotency.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("same", "law"), [({"reference": "r"}, REFERENCE_TWICE), ({}, KEY_TWICE)], ids=["one reference", "many references"]
)
def test_control_without_the_lock_the_same_key_reaches_a_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, same: dict[str, Any], law: str
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(10))
    without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", parties=4)
    request = {"key": "k", "request_hash": cast.new_hash(), **same}
    answers = together(*[stoppable(lambda: cast.buy(shop, alice, cast.award(10), **request))] * 4)
    assert codes(answers) == sorted(["booked"] + [law] * 3)
    assert cast.wallet(alice).balance == 20


@pytest.mark.parametrize(("same", "told"), [("reference", "reference_conflict"), ("key", "key_reused")])
def test_one_reference_or_key_from_two_members_books_one_and_tells_the_other(own_db: str, same: str, told: str) -> None:
    # Two wallets, so no lock keeps them apart: an index does, and who lost asks again.
    shop = cast.merchant()
    people = [cast.member(name, shop) for name in ("Alice", "Bob")]
    for number in range(10):
        request: dict[str, Any] = {same: str(number)}
        answers = together(*(partial(cast.buy, shop, who, cast.award(10), **request) for who in people))
        assert codes(answers) == ["booked", told]
    assert sum(Wallet.objects.filter(member__in=people).values_list("balance", flat=True)) == 100


@pytest.mark.parametrize(("same", "law"), [("reference", REFERENCE_TWICE), ("key", KEY_TWICE)])
def test_control_asking_once_only_the_loser_meets_the_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, same: str, law: str
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    people = [cast.member(name, shop) for name in ("Alice", "Bob")]
    meet(owner_cursor, before="INSERT ON points_act")
    request: dict[str, Any] = {same: "once"}
    answers = together(*(stoppable(partial(cast.buy, shop, who, cast.award(10), **request)) for who in people))
    assert codes(answers) == sorted(["booked", law])


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_one_key_for_a_purchase_and_a_spend_is_the_key_of_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    answers = together(
        stoppable(lambda: cast.buy(shop, alice, cast.award(10), key="k")),
        stoppable(lambda: cast.redeem(shop, alice, 10, key="k")),
    )
    # Without the lock neither sees the other's key, and only the key's own index stands between; or they write wallet
    # and key in opposite order.
    told = ["key_reused"] if locked else [KEY_TWICE, DEADLOCK]
    assert codes(answers) in [sorted(["booked", law]) for law in told]
    assert Act.objects.filter(member=alice).count() == 2


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_hold_ends_once_by_capture_or_by_release(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    held = cast.hold(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    answers = together(
        stoppable(lambda: cast.capture(shop, held.act_id)), stoppable(lambda: cast.release(shop, held.act_id))
    )
    # Without the lock both find the hold open, and only the index stands between.
    assert codes(answers) == (["booked", "hold_ended"] if locked else ["a_hold_ends_once", "booked"])
    assert broken_sums([alice.pk]) == []


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_hold_is_captured_or_lapses(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    held = cast.hold(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    # The till's clock is a second behind the sweeper's, so both think themselves in the right.
    answers = together(stoppable(partial(cast.capture, shop, held.act_id, at=NOON + DAY - SECOND)), stoppable(lapsed))
    ended = Act.objects.filter(parent_id=held.act_id, kind__in=[5, 6, 7]).values_list("kind", flat=True)
    assert len(ended) == 1
    if not locked:
        assert codes(answers) in (["a_hold_ends_once", "booked"], ["a_hold_ends_once", "swept"])
    elif ended[0] == ActKind.CAPTURE:
        assert (codes(answers), cast.wallet(alice).balance) == (["booked", "swept"], 0)
    else:
        assert (codes(answers), cast.wallet(alice).balance) == (["hold_lapsed", "swept"], 100)
    assert broken_sums([alice.pk]) == []


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_of_two_returns_that_saw_the_same_one_computes_again(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=locked)
    answers = together(*[stoppable(lambda: cast.give_back_goods(shop, bought.act_id, 30))] * 2)
    # No law of the tables knows what a return has seen: without the lock the same 30 points are taken twice.
    assert codes(answers) == ["booked", "stale_read" if locked else "booked"]
    assert cast.wallet(alice).balance == (70 if locked else 40)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_purchase_is_reversed_once_and_what_was_spent_is_owed_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    # With a green wallet, because who makes one keeps the other waiting too.
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1)).act_id
    cast.redeem(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_debt", guarded=locked)
    answers = together(*[stoppable(lambda: cast.reverse(shop, bought, policy="owe"))] * 2)
    # Without the lock nobody sees the other's reversal, and only the index keeps the debt from doubling.
    assert codes(answers) == (["already_reversed", "booked"] if locked else ["an_act_is_reversed_once", "booked"])
    assert cast.wallet(alice).owed == 100


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_purchase_is_returned_or_reversed_and_no_more_is_owed_than_it_granted(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    # With a green wallet, because who makes one keeps the other waiting too.
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1)).act_id
    cast.redeem(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_debt", guarded=locked)
    answers = together(
        lambda: cast.reverse(shop, bought, policy="owe"), lambda: cast.give_back_goods(shop, bought, 60, policy="owe")
    )
    assert codes(answers) in ([["already_reversed", "booked"], ["booked"] * 2] if locked else [["booked"] * 2])
    # No law of the tables adds up a purchase's answers; the audit does.
    assert cast.wallet(alice).owed == (100 if locked else 160)
    found = broken()
    assert not found if locked else "no_more_is_clawed_back_than_was_granted" in found


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_refunds_of_one_spend_never_exceed_it(own_db: str, owner_cursor: psycopg.Cursor, locked: bool) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1000))
    # The lot has room for more than this spend took of it, so its own law does not help.
    cast.redeem(shop, alice, 500)
    spent = cast.redeem(shop, alice, 100).act_id
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=locked)
    answers = together(*[lambda: cast.refund(shop, spent, 60)] * 2)
    assert codes(answers) == ["booked", "more_than_was_spent" if locked else "booked"]
    assert cast.wallet(alice).balance == (460 if locked else 520)
    found = broken()
    assert not found if locked else "no_more_is_refunded_than_was_spent" in found


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


GIVER_FIRST = (
    "points._lock_wallet(p_giver, 2::smallint); PERFORM public.meet();"
    "PERFORM points._lock_wallet(p_receiver, 2::smallint)"
)


def locking_the_giver_first(owner: psycopg.Cursor) -> None:
    """Each giver has locked their own wallet before either goes on to the receiver's."""
    meet(owner)
    both = "points._lock_wallets(ARRAY[p_giver, p_receiver], '{2,2}')"
    weaken(owner, "points.transfer", instead_of=both, put=GIVER_FIRST)


def test_control_locking_the_giver_first_does_deadlock(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
    for who in (alice, bob):
        cast.buy(shop, who, cast.green(100))
    locking_the_giver_first(owner_cursor)
    answers = together(stoppable(lambda: cast.give(alice, bob, 1)), stoppable(lambda: cast.give(bob, alice, 1)))
    assert codes(answers) == [DEADLOCK, "booked"]


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_budget_is_not_exceeded_by_16_members_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = cast.merchant()
    budget = cast.cap(100, key="budget", member=False)
    cast.buy(shop, cast.member("Charlie", shop), cast.award(0, caps=[budget]))
    people = [cast.member(f"Alice {number}", shop) for number in range(16)]
    if not locked:
        without_cap_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_capusage", parties=16, guarded=locked)
    together(*(partial(cast.buy, shop, who, cast.award(30, caps=[budget])) for who in people))
    granted = sum(Journal.objects.filter(member__in=people).values_list("points", flat=True))
    # Without the lock all 16 find the whole budget, and each writes down only its own 30.
    assert (granted, CapUsage.objects.get(cap="budget").used) == ((100, 100) if locked else (480, 30))


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_cap_of_one_member_is_not_exceeded_by_8_tills_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    capped = cast.award(30, caps=[cast.cap(100, key="month")])
    cast.buy(shop, alice, cast.award(0, caps=capped["caps"]))
    if not locked:
        # The wallet alone would do, and the cap's row alone too.
        without_wallet_locks(owner_cursor)
        without_cap_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_capusage", parties=8, guarded=locked)
    together(*[lambda: cast.buy(shop, alice, capped)] * 8)
    used = CapUsage.objects.get(cap="month").used
    assert (cast.wallet(alice).balance, used) == ((100, 100) if locked else (240, 30))


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_gifts_at_once_stay_within_the_givers_cap(own_db: str, owner_cursor: psycopg.Cursor, locked: bool) -> None:
    shop = cast.merchant()
    cast.platform()
    alice, bob, charlie = (cast.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    cast.family(alice, bob, charlie)
    cast.buy(shop, alice, cast.green(500))
    caps = [cast.cap(100, key="gift-day", window="2026-11-22")]
    cast.give(alice, bob, 1, caps=caps)
    cast.give(alice, charlie, 1, caps=caps)
    if not locked:
        without_wallet_locks(owner_cursor)
        without_cap_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_capusage", guarded=locked)
    answers = together(*(partial(cast.give, alice, who, 60, caps=caps) for who in (bob, charlie)))
    assert codes(answers) == ["booked", "gift_cap_reached" if locked else "booked"]
    assert CapUsage.objects.get(cap="gift-day").used == (62 if locked else 122)


def swept(who: User) -> ledger.Booking:
    ledger.expire(member_ids=[who.pk], moment=NOON + DAY)
    return ledger.Booking("swept", None, 0, (), ())


def lapsed() -> ledger.Booking:
    ledger.lapse(limit=10, moment=NOON + DAY)
    return ledger.Booking("swept", None, 0, (), ())


def test_what_expires_is_either_spent_or_expired(own_db: str, owner_cursor: psycopg.Cursor) -> None:
    shop = cast.merchant()
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=True)
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
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.bonus(100, expires_at=NOON + DAY))
    without_wallet_locks(owner_cursor)
    weaken(owner_cursor, "points.expire(bigint[],timestamptz,boolean)", instead_of=FOR_UPDATE, put="")
    meet(owner_cursor, before="UPDATE ON points_lot")
    answers = together(
        stoppable(partial(cast.redeem, shop, alice, 100, at=NOON + DAY - DAY / 1000)), stoppable(partial(swept, alice))
    )
    # Both take all of it. A sweep writes the wallet before the lot, a spend after it: they may also deadlock.
    stopped, done = codes(answers)
    assert stopped in (BELOW_NOTHING, DEADLOCK)
    assert done in ("booked", "swept")


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
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    people = [cast.member(f"Alice {number}", shop) for number in range(3)]

    def book(order: int) -> ledger.Booking:
        items = [cast.item(who, cast.award(1)) for who in people[::order]]
        ledger.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return ledger.Booking("booked", None, 0, (), ())

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
    shop = cast.merchant()
    budgets = [cast.cap(10_000, key=key, member=False) for key in ("autumn", "spring")]
    people = [[cast.member(name, shop) for name in pair] for pair in (("Alice", "Bob"), ("Charlie", "Dora"))]

    def book(pair: list[User], in_order: list[Any]) -> ledger.Booking:
        items = [cast.item(who, cast.award(1, caps=[cap])) for who, cap in zip(pair, in_order, strict=True)]
        answers = ledger.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)
        return ledger.Booking("/".join({each.status for each in answers}), None, 0, (), ())

    # The budgets' rows are there, because who makes one keeps the other waiting too.
    book(people[0], budgets)
    if not locked:
        lock_batch = "points._lock_batch(points.batch_item[])"
        weaken(owner_cursor, lock_batch, instead_of="WHERE i.one_by_one", put="WHERE false")
    meet(owner_cursor, before="INSERT ON points_lot", guarded=locked)
    acts = partial(book, people[0], budgets), partial(book, people[1], budgets[::-1])
    answers = together(*map(stoppable, acts), rounds=3 if locked else 1)
    assert codes(answers) == (["booked"] * 6 if locked else [DEADLOCK, "booked"])


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_gifts_to_who_has_no_green_wallet_yet_both_arrive(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob, charlie = (cast.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    cast.family(alice, bob, charlie)
    for giver in (alice, charlie):
        cast.buy(shop, giver, cast.green(100))
    if not locked:
        weaken(owner_cursor, LOCKS, instead_of="ON CONFLICT DO NOTHING", put="")
    meet(owner_cursor, before="INSERT ON points_wallet")
    answers = together(stoppable(partial(cast.give, alice, bob, 10)), stoppable(partial(cast.give, charlie, bob, 10)))
    assert codes(answers) == ["booked", "booked" if locked else "points_wallet_pkey"]
    assert cast.wallet(bob, 2).balance == (20 if locked else 10)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_gift_to_who_has_no_green_wallet_meets_a_gift_from_there_and_neither_waits_for_ever(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
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


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_first_purchase_from_16_tills_earns_its_bonus_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    # With a wallet, because who makes one keeps the others waiting too.
    cast.buy(shop, alice, cast.award(1))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_once", parties=16, guarded=locked)
    once = f"first-{uuid.uuid4()}"
    answers = together(*[stoppable(lambda: cast.buy(shop, alice, cast.award(1), cast.bonus(200, once=once)))] * 16)
    # Without the lock each thinks itself the first, and only the key's own index stands between.
    assert codes(answers) == (["booked"] * 16 if locked else ["booked"] + ["points_once_pkey"] * 15)
    assert cast.wallet(alice).balance == 1 + 200 + (16 if locked else 1)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_letters_of_one_sign_up_bring_one_welcome(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1))
    welcome = EarningRule.objects.create(merchant=shop, code="welcome")
    gift = {"kind": "sign_up", "points": 100}
    EarningRuleVersion.objects.create(rule=welcome, version=1, starts_at=NOON - DAY, definition=gift)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_once", parties=4, guarded=locked)
    greet = partial(operations.award_sign_up, merchant_id=shop.pk, member=alice.public_id, moment=NOON)
    answers = together(*[stoppable(greet)] * 4)
    assert codes(answers) == ["booked"] + ["replayed" if locked else "points_once_pkey"] * 3
    assert cast.wallet(alice).balance == 101


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_correction_that_two_people_approve_at_once_is_approved_by_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    shop = cast.merchant()
    alice, bob, *others = (cast.member(name, shop) for name in ("Alice", "Bob", "Charlie", "Dora"))
    cast.buy(shop, alice, cast.award(100))
    asked = operations.propose_adjustment(
        merchant_id=shop.pk, member_id=alice.pk, purse=Purse.BASE, points=-30, reason="双倍", proposed_by_id=bob.pk
    )
    if locked:
        meet(owner_cursor, before="INSERT ON points_act", guarded=True)
    else:
        both_read = threading.Barrier(2)
        take_away = ledger.take_away

        def after_both_have_read(**said: Any) -> ledger.Booking:
            both_read.wait(timeout=PATIENCE_SECONDS)
            return take_away(**said)

        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
        monkeypatch.setattr(ledger, "take_away", after_both_have_read)
    approve = partial(operations.approve_adjustment, adjustment_id=asked.pk, moment=NOON)
    answers = together(*(partial(approve, approved_by_id=other.pk) for other in others))
    assert cast.wallet(alice).balance == 70
    asked.refresh_from_db()
    booked_by = Act.objects.get(pk=asked.act_id).approved_by_id
    assert codes(answers) == (["adjustment_not_open", "booked"] if locked else ["booked", "replayed"])
    # Without the lock the pen books it once all the same, but proposal and books name two people.
    assert (asked.approved_by_id == booked_by) == locked
