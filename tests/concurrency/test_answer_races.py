"""Answers to one act at the same moment: holds that end, returns, reversals, refunds. Each with its control.

Each test has a clone of its own: weakened ledger functions must not outlive their test.
"""

from datetime import timedelta
from functools import partial

import psycopg
import pytest

from hongmi.lib import retry
from points.ledger import functions
from points.models import Act
from points.types import ActKind
from tests import factories
from tests.concurrency.racing import (
    codes,
    meet,
    stoppable,
    together,
)
from tests.concurrency.weakened import without_wallet_locks
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.ledger.test_books_machine import broken_sums
from tests.points.ledger.test_merge import broken

SECOND = timedelta(seconds=1)
ENDS = (ActKind.CAPTURE, ActKind.RELEASE, ActKind.LAPSE)


def lapsed() -> functions.Booking:
    functions.lapse(limit=10, moment=NOON + DAY)
    return functions.Booking("swept", None, 0, (), ())


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_hold_ends_once_by_capture_or_by_release(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    held = cast.hold(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    answers = together(
        stoppable(lambda: cast.capture(shop, held.act_id)), stoppable(lambda: cast.release(shop, held.act_id))
    )
    # Without the lock both find the hold open, and only the unique index refuses the second.
    assert codes(answers) == (["booked", "hold_ended"] if locked else ["a_hold_ends_once", "booked"])
    assert broken_sums([alice.pk]) == []


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_hold_is_captured_or_lapses(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    held = cast.hold(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    # The client's clock is a second behind the sweeper's, so both act in time by their own.
    answers = together(stoppable(partial(cast.capture, shop, held.act_id, at=NOON + DAY - SECOND)), stoppable(lapsed))
    ended = Act.objects.filter(parent_id=held.act_id, kind__in=ENDS).values_list("kind", flat=True)
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
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=locked)
    answers = together(*[stoppable(lambda: cast.give_back_goods(shop, bought.act_id, 30))] * 2)
    # No constraint covers what a return has read: without the lock the same 30 points are taken twice.
    assert codes(answers) == ["booked", "stale_read" if locked else "booked"]
    assert cast.wallet(alice).balance == (70 if locked else 40)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_purchase_is_reversed_once_and_what_was_spent_is_owed_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    # With a green wallet, because an act that makes one blocks the other too.
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1)).act_id
    cast.redeem(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_debt", guarded=locked)
    answers = together(*[stoppable(lambda: cast.reverse(shop, bought, policy="owe"))] * 2)
    # Without the lock neither sees the other's reversal, and only the index keeps the debt from doubling.
    assert codes(answers) == (["already_reversed", "booked"] if locked else ["an_act_is_reversed_once", "booked"])
    assert cast.wallet(alice).owed == 100


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_purchase_is_returned_or_reversed_and_no_more_is_owed_than_it_granted(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    # With a green wallet, because an act that makes one blocks the other too.
    bought = cast.buy(shop, alice, cast.award(100), cast.green(1)).act_id
    cast.redeem(shop, alice, 100)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_debt", guarded=locked)
    answers = together(
        lambda: cast.reverse(shop, bought, policy="owe"), lambda: cast.give_back_goods(shop, bought, 60, policy="owe")
    )
    assert codes(answers) in ([["already_reversed", "booked"], ["booked"] * 2] if locked else [["booked"] * 2])
    # No constraint adds up a purchase's answers; the audit does.
    assert cast.wallet(alice).owed == (100 if locked else 160)
    found = broken()
    assert not found if locked else "no_more_is_clawed_back_than_was_granted" in found


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_refunds_of_one_spend_never_exceed_it(own_db: str, owner_cursor: psycopg.Cursor, locked: bool) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1000))
    # The lot could take more than this spend took of it, so its own constraint does not help.
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
