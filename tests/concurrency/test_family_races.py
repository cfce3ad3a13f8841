"""Leaving a family against a gift inside it: the second sees the first. And two families for one person."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from accounts.models import FamilyInvitation, FamilyMember, User
from accounts.operations import families
from accounts.operations.families import HasAFamily
from hongmi.lib.errors import DomainError
from tests import factories
from tests.concurrency.racing import PATIENCE_SECONDS, codes, meet, together, weaken
from tests.points import cast

TRANSFER = "points.transfer(bigint,bigint,bigint,bigint,text,bytea,timestamptz,jsonb,bigint,jsonb,boolean)"


def family() -> tuple[User, User]:
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    cast.buy(shop, alice, cast.green(300))
    return alice, bob


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> "Future[Any]":
    def run() -> Any:
        try:
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    return pool.submit(run)


def waits(answer: "Future[Any]") -> bool:
    """Whether a backend waits for a lock; False once the answer is there. Read from the server, because by the clock
    a slow machine looks like a lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answer.done():
        with connection.cursor() as cursor:
            # The statistics snapshot lasts until the end of this transaction.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("""
                SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                               WHERE datname = current_database() AND wait_event_type = 'Lock')""")
            if cursor.fetchone() == (True,):
                return True
        assert time.monotonic() < deadline, "neither an answer nor a lock"
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_gift_waits_for_a_member_who_is_leaving_and_is_then_refused(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    if not locked:
        weaken(owner_cursor, TRANSFER, instead_of="FOR SHARE", put="")
    alice, bob = family()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            families.leave(person=bob, moment=cast.NOON)
            gift = in_thread(pool, lambda: cast.give(alice, bob, 100))
            assert waits(gift) == locked
        assert codes([gift.result(timeout=PATIENCE_SECONDS)]) == ["not_in_the_same_family" if locked else "booked"]
    # Without the lock a member of no family gets them.
    assert cast.wallet(alice, "green").balance == (300 if locked else 200)
    assert not FamilyMember.objects.filter(member=bob, left_at=None).exists()


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_leaving_member_waits_for_a_gift_that_is_being_booked(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    if not locked:
        weaken(owner_cursor, TRANSFER, instead_of="FOR SHARE", put="")
    alice, bob = family()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            cast.give(alice, bob, 100)
            leaving = in_thread(pool, lambda: families.leave(person=bob, moment=cast.NOON))
            assert waits(leaving) == locked
            # Without the lock he is gone before the gift is booked.
            assert FamilyMember.objects.filter(member=bob, left_at=None).exists() == locked
        leaving.result(timeout=PATIENCE_SECONDS)
    assert cast.wallet(bob, "green").balance == 100
    assert not FamilyMember.objects.filter(member=bob, left_at=None).exists()


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_person_accepts_one_of_two_invitations_at_once(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    heads = [factories.person(name=name) for name in ("Alice", "Charlie")]
    bob = factories.person(name="Bob")
    offered = []
    for head in heads:
        families.create(head=head, moment=cast.NOON)
        offered.append(families.invite(by=head, moment=cast.NOON))
    if not guarded:
        owner_cursor.execute("DROP INDEX one_family_per_person_at_a_time")

    def accept(token: str) -> str:
        try:
            families.accept_invitation(person=bob, moment=cast.NOON, token=token)
        except HasAFamily:
            return "refused"
        return "accepted"

    # Two invitations are two rows without a common lock: only the index refuses the second.
    meet(owner_cursor, before="INSERT ON accounts_familymember")
    answers = together(*(partial(accept, token) for token in offered))
    assert sorted(answers) == ["accepted", "refused" if guarded else "accepted"]
    assert FamilyMember.objects.filter(member=bob, left_at=None).count() == (1 if guarded else 2)
    assert FamilyInvitation.objects.filter(answered_at=None).count() == (1 if guarded else 0)
