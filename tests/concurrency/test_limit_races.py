"""Caps, budgets and once-only awards, requested at the same moment. Each with its control.

Each test has a clone of its own: weakened ledger functions must not outlive their test.
"""

import threading
import uuid
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db.models import QuerySet

from hongmi.lib import retry
from points.ledger import functions
from points.models import Act, CapUsage, EarningRule, Journal
from points.operations import adjustments, earning_rules, grants
from points.types import Purse
from tests import factories
from tests.concurrency.racing import (
    PATIENCE_SECONDS,
    codes,
    meet,
    stoppable,
    together,
)
from tests.concurrency.weakened import without_cap_locks, without_wallet_locks
from tests.points import cast
from tests.points.cast import DAY, NOON


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_budget_is_not_exceeded_by_16_members_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = factories.merchant()
    budget = cast.cap(100, key="budget", member=False)
    cast.buy(shop, factories.member("Charlie", shop), cast.award(0, caps=[budget]))
    people = [factories.member(f"Alice {number}", shop) for number in range(16)]
    if not locked:
        without_cap_locks(owner_cursor)
    meet(owner_cursor, before="UPDATE ON points_capusage", parties=16, guarded=locked)
    together(*(partial(cast.buy, shop, who, cast.award(30, caps=[budget])) for who in people))
    granted = sum(Journal.objects.filter(member__in=people).values_list("points", flat=True))
    # Without the lock all 16 find the whole budget, and each stores only its own 30.
    assert (granted, CapUsage.objects.get(cap="budget").used) == ((100, 100) if locked else (480, 30))


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_cap_of_one_member_is_not_exceeded_by_8_clients_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
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
    shop = factories.merchant()
    factories.platform()
    alice, bob, charlie = (factories.member(name, shop) for name in ("Alice", "Bob", "Charlie"))
    factories.family(alice, bob, charlie)
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


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_first_purchase_from_16_clients_earns_its_bonus_once(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    # With a wallet, because an act that makes one blocks the others too.
    cast.buy(shop, alice, cast.award(1))
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_once", parties=16, guarded=locked)
    once = f"first-{uuid.uuid4()}"
    answers = together(*[stoppable(lambda: cast.buy(shop, alice, cast.award(1), cast.bonus(200, once=once)))] * 16)
    # Without the lock each counts as the first, and only the unique index refuses the others.
    assert codes(answers) == (["booked"] * 16 if locked else ["booked"] + ["points_once_pkey"] * 15)
    assert cast.wallet(alice).balance == 1 + 200 + (16 if locked else 1)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_messages_of_one_sign_up_grant_one_bonus(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1))
    welcome = EarningRule.objects.create(merchant=shop, code="welcome")
    gift = {"kind": "sign_up", "points": 100}
    earning_rules.publish(rule=welcome, definition=gift, starts_at=NOON - DAY)
    if not locked:
        without_wallet_locks(owner_cursor)
    meet(owner_cursor, before="INSERT ON points_once", parties=4, guarded=locked)
    grant = partial(grants.award_sign_up, merchant_id=shop.pk, member=alice.public_id, moment=NOON)
    answers = together(*[stoppable(grant)] * 4)
    assert codes(answers) == ["booked"] + ["replayed" if locked else "points_once_pkey"] * 3
    assert cast.wallet(alice).balance == 101


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_correction_that_two_people_approve_at_once_is_approved_by_one(
    own_db: str, owner_cursor: psycopg.Cursor, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    shop = factories.merchant()
    alice, bob, *others = (factories.member(name, shop) for name in ("Alice", "Bob", "Charlie", "Dora"))
    cast.buy(shop, alice, cast.award(100))
    proposal = adjustments.propose(
        merchant_id=shop.pk, member_id=alice.pk, purse=Purse.BASE, points=-30, reason="双倍", proposed_by_id=bob.pk
    )
    if locked:
        meet(owner_cursor, before="INSERT ON points_act", guarded=True)
    else:
        both_read = threading.Barrier(2)
        take_away = functions.take_away

        def after_both_have_read(**arguments: Any) -> functions.Booking:
            both_read.wait(timeout=PATIENCE_SECONDS)
            return take_away(**arguments)

        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
        monkeypatch.setattr(functions, "take_away", after_both_have_read)
    approve = partial(adjustments.approve, adjustment_id=proposal.pk, moment=NOON)
    answers = together(*(partial(approve, approved_by_id=other.pk) for other in others))
    assert cast.wallet(alice).balance == 70
    proposal.refresh_from_db()
    booked_by = Act.objects.get(pk=proposal.act_id).approved_by_id
    assert codes(answers) == (["adjustment_not_open", "booked"] if locked else ["booked", "replayed"])
    # Without the lock the ledger function books it once all the same, but proposal and act name two people.
    assert (proposal.approved_by_id == booked_by) == locked
