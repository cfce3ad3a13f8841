"""Leaving a family against a gift inside it: whichever comes first, the other sees it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from accounts import operations
from accounts.models import FamilyMember, User
from points.refusals import NotInTheSameFamily, Refusal
from tests.concurrency.racing import weaken
from tests.points import cast

TRANSFER = "points.transfer(bigint,bigint,bigint,bigint,text,bytea,timestamptz,jsonb,bigint,jsonb,boolean)"


def family() -> tuple[User, User]:
    shop = cast.merchant()
    cast.platform()
    alice, bob = cast.member("Alice", shop), cast.member("Bob", shop)
    cast.family(alice, bob)
    cast.buy(shop, alice, cast.green(300))
    return alice, bob


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> "Future[Any]":
    def run() -> Any:
        try:
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    return pool.submit(run)


def waits(answer: "Future[Any]") -> bool:
    try:
        answer.result(timeout=0.7)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_gift_waits_for_who_is_leaving_and_is_then_refused(
    own_db: str, owner_cursor: psycopg.Cursor, locked: bool
) -> None:
    if not locked:
        weaken(owner_cursor, TRANSFER, instead_of="FOR SHARE", put="")
    alice, bob = family()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            operations.leave_family(person=bob, moment=cast.NOON)
            gift = in_thread(pool, lambda: cast.give(alice, bob, 100))
            assert waits(gift) == locked
        assert isinstance(gift.result(timeout=10), NotInTheSameFamily) == locked


def test_who_leaves_waits_for_a_gift_that_is_being_booked(own_db: str) -> None:
    alice, bob = family()
    is_given = threading.Event()

    def give_slowly() -> None:
        with transaction.atomic():
            cast.give(alice, bob, 100)
            is_given.wait(timeout=10)

    with ThreadPoolExecutor(2) as pool:
        gift = in_thread(pool, give_slowly)
        assert waits(gift)
        leaving = in_thread(pool, lambda: operations.leave_family(person=bob, moment=cast.NOON))
        assert waits(leaving)
        is_given.set()
        leaving.result(timeout=10)
        gift.result(timeout=10)
    assert cast.wallet(bob, 2).balance == 100
    assert not FamilyMember.objects.filter(member=bob, left_at=None).exists()


def test_one_person_accepts_one_of_two_invitations_at_once(own_db: str) -> None:
    heads = [User.objects.create(name=name) for name in ("Alice", "Charlie")]
    bob = User.objects.create(name="Bob")
    codes = []
    for head in heads:
        operations.found_family(head=head, moment=cast.NOON)
        codes.append(operations.invite(by=head, moment=cast.NOON))

    def accept(code: str) -> str:
        try:
            operations.accept_invitation(person=bob, moment=cast.NOON, token=code)
        except operations.HasAFamily:
            return "refused"
        return "accepted"

    with ThreadPoolExecutor(2) as pool:
        answers = [in_thread(pool, lambda code=code: accept(code)) for code in codes]
        assert sorted(answer.result(timeout=10) for answer in answers) == ["accepted", "refused"]
