"""Spends and keys at the same moment. Where a lock decides, a control takes it out and shows that the race is real.

Each test has a clone of its own: weakened ledger functions must not outlive their test.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from accounts.models import User
from hongmi.lib import retry
from merchants.models import Merchant
from points.ledger import functions
from points.models import (
    Act,
    Idempotency,
    Posting,
    Wallet,
)
from tests import factories
from tests.concurrency.racing import (
    BELOW_NOTHING,
    DEADLOCK,
    KEY_TWICE,
    REFERENCE_TWICE,
    codes,
    meet,
    stoppable,
    together,
    weaken,
)
from tests.concurrency.weakened import FOR_UPDATE, without_wallet_locks
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.ledger.test_books_machine import broken_sums

# Acts that may take a member's points while another merchant spends 80 of 100.
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
    stationer, garage = factories.merchant(), factories.merchant("garage")
    alice = factories.member("Alice", stationer, garage)
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
        # Each found 100 points, and only the constraint that no lot falls below 0 refuses the second.
        assert answers == [BELOW_NOTHING, "booked"]
    elif rival in ("return", "reversal"):
        # A return after the spend forgives the points that are gone.
        assert answers in (["booked", "insufficient_points"], ["booked"] * 2)
    else:
        assert answers == ["booked", "insufficient_points"]
    assert broken_sums([alice.pk]) == []


def test_one_key_from_16_threads_books_once(own_db: str) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    answers = together(*[lambda: cast.buy(shop, alice, cast.award(10), **request)] * 16)
    assert codes(answers) == ["booked"] + ["replayed"] * 15
    assert len({answer.act_id for answer in answers}) == 1
    assert cast.wallet(alice).balance == 10


def test_one_key_for_16_purchases_at_once_is_the_key_of_one(own_db: str) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
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
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(10))
    without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", parties=4)
    request = {"key": "k", "request_hash": cast.new_hash(), **same}
    answers = together(*[stoppable(lambda: cast.buy(shop, alice, cast.award(10), **request))] * 4)
    assert codes(answers) == sorted(["booked"] + [law] * 3)
    assert cast.wallet(alice).balance == 20


@pytest.mark.parametrize(("same", "code"), [("reference", "reference_conflict"), ("key", "key_reused")])
def test_one_reference_or_key_from_two_members_books_one_and_refuses_the_other(
    own_db: str, same: str, code: str
) -> None:
    # Two wallets, so there is no common lock: a unique index refuses the loser, which tries again.
    shop = factories.merchant()
    people = [factories.member(name, shop) for name in ("Alice", "Bob")]
    for number in range(10):
        request: dict[str, Any] = {same: str(number)}
        answers = together(*(partial(cast.buy, shop, who, cast.award(10), **request) for who in people))
        assert codes(answers) == ["booked", code]
    assert sum(Wallet.objects.filter(member__in=people).values_list("balance", flat=True)) == 100


@pytest.mark.parametrize(("same", "law"), [("reference", REFERENCE_TWICE), ("key", KEY_TWICE)])
def test_control_without_a_retry_the_loser_meets_the_unique_index(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, same: str, law: str
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    people = [factories.member(name, shop) for name in ("Alice", "Bob")]
    meet(owner_cursor, before="INSERT ON points_act")
    request: dict[str, Any] = {same: "once"}
    answers = together(*(stoppable(partial(cast.buy, shop, who, cast.award(10), **request)) for who in people))
    assert codes(answers) == sorted(["booked", law])


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_one_key_for_a_purchase_and_a_spend_is_the_key_of_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_act", guarded=locked)
    answers = together(
        stoppable(lambda: cast.buy(shop, alice, cast.award(10), key="k")),
        stoppable(lambda: cast.redeem(shop, alice, 10, key="k")),
    )
    # Without the lock neither sees the other's key, and only the unique index refuses the second; or they write wallet
    # and key in opposite order.
    code = ["key_reused"] if locked else [KEY_TWICE, DEADLOCK]
    assert codes(answers) in [sorted(["booked", law]) for law in code]
    assert Act.objects.filter(member=alice).count() == 2


def swept(who: User) -> functions.Booking:
    functions.expire(member_ids=[who.pk], moment=NOON + DAY)
    return functions.Booking("swept", None, 0, (), ())


def test_expiring_points_are_either_spent_or_expired(own_db: str, owner_cursor: psycopg.Cursor) -> None:
    shop = factories.merchant()
    meet(owner_cursor, before="UPDATE ON points_lot", guarded=True)
    for number in range(15):
        alice = factories.member(f"Alice {number}", shop)
        cast.buy(shop, alice, cast.bonus(100, expires_at=NOON + DAY))
        together(partial(cast.redeem, shop, alice, 100, at=NOON + DAY - DAY / 1000), partial(swept, alice))
        ends = Posting.objects.filter(debit_kind="member", debit_holder=alice.pk).values_list("amount", flat=True)
        assert list(ends) == [100]
        assert cast.wallet(alice).balance == 0
        assert broken_sums([alice.pk]) == []


def test_control_without_locks_the_same_points_are_spent_and_expire(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
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
