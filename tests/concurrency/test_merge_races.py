"""A merge against acts that read the member as living: in either order no point is left in a closed account."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import transaction

from accounts.models import User
from points.ledger import functions
from tests import factories
from tests.concurrency.racing import PATIENCE_SECONDS, codes, weaken
from tests.concurrency.test_family_races import in_thread, waits
from tests.points import cast
from tests.points.cast import NOON
from tests.points.ledger.test_merge import broken

LEFT_BEHIND = ["a_merge_moves_lots_whole", "replay_merges"]


def merge_slowly(old: User, alice: User, rival: Any) -> Any:
    """Book the merge, let the rival begin and wait for it, then commit; returns the rival's answer."""
    order = cast.merge_order(old, alice)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            functions.merge(merge_id=order.pk, moment=cast.NOON)
            User.objects.filter(pk=old.pk).update(merged_into=alice, is_active=False)
            answer = in_thread(pool, rival)
            assert waits(answer)
        return answer.result(timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_purchase_that_waited_for_the_merge_is_refused_with_it(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    if not guarded:
        owner_cursor.execute("ALTER TABLE points_wallet DISABLE TRIGGER a_merged_wallet_stays_closed")
    factories.platform()
    shop = factories.merchant()
    alice, old = factories.member("Alice", shop), factories.member("Alice", shop)
    cast.buy(shop, old, cast.award(50))
    answer = merge_slowly(old, alice, lambda: cast.buy(shop, old, cast.award(7)))
    assert codes([answer]) == ["member_merged" if guarded else "booked"]
    # Without the guard they stay in a wallet that nobody can use, and the audit finds them.
    assert cast.wallet(old).balance == (0 if guarded else 7)
    assert list(broken()) == ([] if guarded else LEFT_BEHIND)
    assert cast.wallet(alice).balance == 50


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_gift_that_waited_for_the_merge_finds_no_member(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    if not guarded:
        owner_cursor.execute("ALTER TABLE points_wallet DISABLE TRIGGER a_merged_wallet_stays_closed")
    factories.platform()
    shop = factories.merchant()
    alice, old, bob = factories.member("Alice", shop), factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(old, bob)
    cast.buy(shop, bob, cast.green(30))
    answer = merge_slowly(old, alice, lambda: cast.give(bob, old, 10, caps=cast.gift_caps(NOON)))
    assert codes([answer]) == ["not_in_the_same_family" if guarded else "booked"]
    assert cast.wallet(bob, "green").balance == (30 if guarded else 20)
    assert list(broken()) == ([] if guarded else LEFT_BEHIND)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_refund_that_waited_for_the_merge_comes_to_the_survivor(
    own_db: str, owner_cursor: psycopg.Cursor, guarded: bool
) -> None:
    if not guarded:
        # Either of the two would do.
        owner_cursor.execute("ALTER TABLE points_wallet DISABLE TRIGGER a_merged_wallet_stays_closed")
        weaken(
            owner_cursor,
            "points._lock_with_survivor",
            instead_of="IF points._survivor_of(p_member) IS DISTINCT FROM v_survivor",
            put="IF false",
        )
    factories.platform()
    shop = factories.merchant()
    alice, old = factories.member("Alice", shop), factories.member("Alice", shop)
    cast.buy(shop, old, cast.award(50))
    spent = cast.redeem(shop, old, 20).act_id
    merge_slowly(old, alice, lambda: cast.refund(shop, spent, 20))
    assert (cast.wallet(old).balance, cast.wallet(alice).balance) == ((0, 50) if guarded else (20, 30))
    assert list(broken()) == ([] if guarded else LEFT_BEHIND)
