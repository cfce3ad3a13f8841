"""Two members are one person: everything goes over by entries, lot by lot, and the audit agrees."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts.models import MemberMerge, User
from merchants.errors import MemberMerged, MemberNotFound
from merchants.models import Merchant
from points import errors
from points.audit import laws
from points.ledger import functions
from points.models import Act, CapUsage, Debt, Lot, Once, Wallet
from points.operations import merges
from points.queries import available_granted_before, wallets_as_of
from points.types import ActKind, Purse
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

# All that a lot promises.
PROMISE = (
    "issuer_id", "purse", "kind", "remaining", "usable_from", "expires_at", "earmark", "transferable", "value_fen",
    "rule_id",
)  # fmt: skip


@dataclass
class Book:
    """Alice has two accounts, the one she uses and an old one."""

    stationer: Merchant = field(default_factory=lambda: factories.merchant("stationer"))
    garage: Merchant = field(default_factory=lambda: factories.merchant("garage"))

    def __post_init__(self) -> None:
        factories.platform()
        self.alice = factories.member("Alice", self.stationer, self.garage)
        self.old = factories.member("Alice", self.stationer, self.garage)


@pytest.fixture
def book(own_db: str) -> Book:
    return Book()


def broken() -> dict[str, Any]:
    """The laws of the books that do not hold."""
    with laws.snapshot() as snapshot:
        return {found.name: found.examples for found in laws.findings(snapshot, moment=timezone.now()) if not found.ok}


def promises(who: User) -> list[tuple[Any, ...]]:
    rows = Lot.objects.filter(member=who, is_open=True).values_list(*PROMISE)
    return sorted(rows, key=str)


def test_every_lot_goes_over_as_it_stands(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.award(50), cast.bonus(30, expires_at=NOON + 9 * DAY))
    cast.buy(book.garage, book.old, cast.award(20, usable_from=NOON + DAY), cast.bonus(7, earmark="cake"))
    cast.buy(book.garage, book.old, cast.green(11))
    cast.redeem(book.garage, book.old, 10)
    before = promises(book.old)
    cast.merge(book.old, book.alice)
    assert promises(book.alice) == before
    assert promises(book.old) == []
    sources = Lot.objects.filter(member=book.alice).values_list("source_lot_id", flat=True)
    assert set(sources) <= set(Lot.objects.filter(member=book.old).values_list("pk", flat=True))
    assert broken() == {}


@pytest.mark.parametrize("seed", range(6))
def test_points_are_conserved_for_each_issuer_and_promise_whatever_both_had(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    for who in (book.old, book.alice):
        for _ in range(chance.randrange(12)):
            shop = chance.choice((book.stationer, book.garage))
            ends = chance.choice((None, NOON + chance.randrange(1, 9) * DAY))
            begins = chance.choice((None, NOON + timedelta(hours=chance.randrange(1, 20))))
            terms: dict[str, Any] = {"expires_at": ends} if ends else {}
            terms |= {"usable_from": begins} if begins else {}
            terms |= {"earmark": "cake"} if chance.random() < 0.2 else {}
            made = chance.choice((cast.bonus, cast.green))
            cast.buy(shop, who, made(chance.randrange(1, 99), **terms))
            if (can := cast.wallet(who).available if who.wallets.filter(purse="base").exists() else 0) > 0:
                cast.redeem(book.garage, who, chance.randint(1, can))
    before = sorted(promises(book.old) + promises(book.alice), key=str)
    cast.merge(book.old, book.alice)
    assert promises(book.alice) == before
    assert broken() == {}


def test_a_lot_that_was_over_ends_with_the_old_account(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.bonus(30, expires_at=NOON + DAY))
    cast.merge(book.old, book.alice, at=NOON + 2 * DAY)
    assert promises(book.alice) == []
    assert Act.objects.filter(member=book.old, kind=ActKind.EXPIRY, occurred_at=NOON + DAY).exists()
    assert broken() == {}


def test_the_survivor_owes_the_debt_to_the_same_merchant(book: Book) -> None:
    for who, points in ((book.old, 60), (book.alice, 40)):
        bought = cast.buy(book.garage, who, cast.award(points)).act_id
        cast.redeem(book.stationer, who, points)
        cast.give_back_goods(book.garage, bought, points, policy="owe")
    cast.merge(book.old, book.alice)
    assert dict(Debt.objects.filter(merchant=book.garage).values_list("member_id", "owed")) == {
        book.old.pk: 0, book.alice.pk: 100,
    }  # fmt: skip
    cast.buy(book.garage, book.alice, cast.award(130))
    assert (cast.wallet(book.alice).balance, cast.wallet(book.alice).owed) == (30, 0)
    assert broken() == {}


def test_a_once_only_award_is_not_given_again_and_caps_add_up(book: Book) -> None:
    first = {"once": f"first:{book.stationer.pk}", "caps": [cast.cap(100)]}
    cast.buy(book.stationer, book.old, cast.bonus(70, **first))
    cast.buy(book.stationer, book.alice, cast.bonus(20, caps=[cast.cap(100)]))
    cast.merge(book.old, book.alice)
    again = cast.buy(book.stationer, book.alice, cast.bonus(70, **first), cast.bonus(70, caps=[cast.cap(100)]))
    assert [award["points"] for award in again.awards] == [0, 10]
    assert CapUsage.objects.get(member_id=book.alice.pk).used == 100
    assert Once.objects.filter(member_id=book.alice.pk).count() == 1
    assert broken() == {}


def test_a_buyer_of_the_old_account_is_no_newcomer_with_the_other(book: Book) -> None:
    """The shop began to greet newcomers later, so no key says that the old account bought there."""
    cast.buy(book.stationer, book.old, cast.award(10))
    cast.merge(book.old, book.alice)
    gift = cast.bonus(200, once=f"first-purchase:{book.stationer.pk}")
    assert cast.buy(book.stationer, book.alice, cast.award(1), gift).movements[0].points == 1
    elsewhere = cast.bonus(200, once=f"first-purchase:{book.garage.pk}")
    assert cast.buy(book.garage, book.alice, cast.award(1), elsewhere).movements[0].points == 201
    assert broken() == {}


def test_it_is_refused_while_a_hold_is_open_and_done_when_it_has_lapsed(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.award(50))
    cast.hold(book.garage, book.old, 20)
    with pytest.raises(errors.HoldsAreOpen) as refusal:
        cast.merge(book.old, book.alice)
    assert refusal.value.facts["holds"] == 1
    assert cast.wallet(book.old).balance == 30
    order = MemberMerge.objects.get()
    functions.merge(merge_id=order.pk, moment=NOON + 2 * DAY)
    assert cast.wallet(book.alice).balance == 50


def test_a_hold_of_the_survivor_is_no_hindrance(book: Book) -> None:
    cast.buy(book.stationer, book.alice, cast.award(50))
    held = cast.hold(book.garage, book.alice, 20).act_id
    cast.buy(book.stationer, book.old, cast.award(5))
    cast.merge(book.old, book.alice)
    cast.capture(book.garage, held)
    assert (cast.wallet(book.alice).balance, cast.wallet(book.alice).held) == (35, 0)
    assert broken() == {}


def test_a_retry_gets_the_same_answer(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.award(50))
    first = cast.merge(book.old, book.alice)
    again = merges.book(merge_id=MemberMerge.objects.get().pk, moment=NOON)
    assert (again.status, again.act_id, again.movements) == ("replayed", first.act_id, first.movements)


def test_a_merged_member_is_neither_merged_again_nor_a_survivor(book: Book) -> None:
    bob = factories.member("Bob")
    cast.merge(book.old, book.alice)
    order = cast.merge_order(bob, book.old)
    with pytest.raises(MemberMerged):
        functions.merge(merge_id=order.pk, moment=NOON)


def test_spent_points_that_come_back_after_the_merge_come_to_the_survivor(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.bonus(50, expires_at=NOON + 300 * DAY))
    spent = cast.redeem(book.garage, book.old, 30).act_id
    cast.merge(book.old, book.alice)
    cast.refund(book.garage, spent, 10)
    cast.refund(book.garage, spent, 20)
    with pytest.raises(errors.MoreThanWasSpent):
        cast.refund(book.garage, spent, 1)
    assert (cast.wallet(book.old).balance, cast.wallet(book.alice).balance) == (0, 50)
    assert cast.lots(book.alice) == [20, 10, 20]
    assert broken() == {}


@pytest.mark.parametrize("policy", ["forgive", "owe"])
def test_goods_that_go_back_after_the_merge_take_the_points_from_the_survivor(book: Book, policy: str) -> None:
    """First of all those that the purchase itself earned, though they wait still."""
    bought = cast.buy(book.stationer, book.old, cast.award(40, usable_from=NOON + 7 * DAY)).act_id
    cast.buy(book.garage, book.alice, cast.award(15))
    cast.merge(book.old, book.alice)
    back = cast.give_back_goods(book.stationer, bought, 25, policy=policy)
    assert [(one.member_id, one.points) for one in back.movements] == [(book.alice.pk, -25)]
    assert cast.lots(book.alice) == [15, 15]
    assert broken() == {}


def test_a_mistaken_entry_of_the_old_account_is_reversed_at_the_survivor(book: Book) -> None:
    wrong = cast.buy(book.stationer, book.old, cast.award(40)).act_id
    right = cast.buy(book.stationer, book.old, cast.award(60)).act_id
    spent = cast.redeem(book.garage, book.old, 50).act_id
    cast.merge(book.old, book.alice)
    cast.reverse(book.garage, spent)
    cast.reverse(book.stationer, wrong)
    assert (cast.wallet(book.old).balance, cast.wallet(book.alice).balance) == (0, 60)
    cast.give_back_goods(book.stationer, right, 60)
    assert cast.wallet(book.alice).balance == 0
    assert broken() == {}


def test_merged_twice_over_goods_still_find_who_has_their_points(book: Book) -> None:
    last = factories.member("Alice", book.stationer)
    bought = cast.buy(book.stationer, book.old, cast.award(40, once="first", usable_from=NOON + DAY)).act_id
    earlier = cast.buy(book.stationer, book.old, cast.award(9)).act_id
    cast.merge(book.old, book.alice)
    cast.give_back_goods(book.stationer, earlier, 4)
    cast.merge(book.alice, last)
    cast.give_back_goods(book.stationer, bought, 40)
    assert cast.wallet(last).balance == 5
    assert Once.objects.filter(member_id=last.pk, once_key="first").exists()
    assert broken() == {}


def test_lots_keep_the_older_price_that_they_had_a_right_to(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.award(40))
    announced_at = timezone.now()
    cast.merge(book.old, book.alice)
    cast.buy(book.stationer, book.alice, cast.award(5))
    query = {"member_id": book.alice.pk, "purse": Purse.BASE, "granted_before": announced_at, "moment": NOON}
    assert available_granted_before(**query) == 40
    with pytest.raises(errors.InsufficientPoints):
        cast.redeem(book.garage, book.alice, 41, granted_before=announced_at)
    cast.redeem(book.garage, book.alice, 40, granted_before=announced_at)


def test_the_past_stays_as_it_was(book: Book) -> None:
    cast.buy(book.stationer, book.old, cast.award(40))
    cast.merge(book.old, book.alice, at=NOON + 2 * DAY)
    was, since = (
        [wallets_as_of(member_id=who.pk, as_of=NOON + days * DAY)[0].balance for who in (book.old, book.alice)]
        for days in (1, 3)
    )
    assert (was, since) == ([40, 0], [0, 40])


def test_the_old_id_answers_whom_it_was_merged_into_if_the_merchant_knows_them(book: Book) -> None:
    outsider = factories.merchant("outsider")
    cast.buy(book.stationer, book.old, cast.award(40))
    cast.merge(book.old, book.alice)
    for act in (cast.buy, cast.redeem, cast.hold):
        with pytest.raises(MemberMerged) as refusal:
            act(book.stationer, book.old, cast.award(5) if act is cast.buy else 5)  # type: ignore[operator]
        assert refusal.value.facts["merged_into"] == str(book.alice.public_id)
        with pytest.raises(MemberNotFound):
            act(outsider, book.old, cast.award(5) if act is cast.buy else 5)  # type: ignore[operator]


def test_an_earlier_request_gets_its_first_answer_again(book: Book) -> None:
    request = {"reference": "r", "request_hash": cast.new_hash()}
    cast.buy(book.stationer, book.old, cast.award(40), **request)
    cast.merge(book.old, book.alice)
    assert cast.buy(book.stationer, book.old, cast.award(40), **request).status == "replayed"


# Two people, whatever is tried


def test_one_approver_is_refused_by_the_database(book: Book, app_cursor: psycopg.Cursor) -> None:
    bob = factories.member("Bob")
    order = MemberMerge.objects.create(
        duplicate=book.old, survivor=book.alice, reason="same", proposed_by=bob, proposed_at=NOON
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="a_merge_is_approved_by_another_person"):
        app_cursor.execute("UPDATE accounts_membermerge SET approved_by_id = proposed_by_id, approved_at = now()")
    with pytest.raises(psycopg.Error, match="merge_not_approved"):
        app_cursor.execute("SELECT points.merge(%s, now())", [order.pk])
    with pytest.raises(psycopg.Error, match="only two people together merge accounts"):
        app_cursor.execute("UPDATE accounts_user SET merged_into_id = %s WHERE id = %s", [book.alice.pk, book.old.pk])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_cursor.execute("SELECT points._move_lots(1, %s, %s, 1, now())", [book.old.pk, book.alice.pk])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_cursor.execute("UPDATE points_wallet SET is_merged = true")


def test_the_decision_of_two_people_is_not_rewritten(book: Book, app_cursor: psycopg.Cursor) -> None:
    cast.merge(book.old, book.alice)
    for attack in (
        "UPDATE accounts_membermerge SET approved_by_id = NULL, approved_at = NULL",
        "UPDATE accounts_membermerge SET reason = 'another'",
        "UPDATE accounts_user SET merged_into_id = NULL WHERE merged_into_id IS NOT NULL",
        "DELETE FROM accounts_membermerge",
    ):
        with pytest.raises(psycopg.Error):
            app_cursor.execute(attack)


def test_a_closed_wallet_takes_nothing_even_from_the_ledgers_role(book: Book, owner_cursor: psycopg.Cursor) -> None:
    cast.merge(book.old, book.alice)
    with pytest.raises(psycopg.errors.SerializationFailure):
        owner_cursor.execute("UPDATE points_wallet SET balance = balance + 1 WHERE member_id = %s", [book.old.pk])


def test_the_audit_sees_a_merge_that_nobody_decided(book: Book, owner_cursor: psycopg.Cursor) -> None:
    cast.buy(book.stationer, book.old, cast.award(40))
    cast.merge(book.old, book.alice)
    owner_cursor.execute("ALTER TABLE accounts_membermerge DISABLE TRIGGER USER")
    owner_cursor.execute("UPDATE accounts_membermerge SET survivor_id = proposed_by_id, approved_by_id = duplicate_id")
    assert set(broken()) == {"a_merge_moves_lots_whole", "replay_people"}


def test_the_audit_sees_a_lot_that_lost_its_promise(book: Book, owner_cursor: psycopg.Cursor) -> None:
    cast.buy(book.stationer, book.old, cast.green(40))
    cast.merge(book.old, book.alice)
    owner_cursor.execute("ALTER TABLE points_lot DISABLE TRIGGER USER")
    owner_cursor.execute("UPDATE points_lot SET transferable = false WHERE member_id = %s", [book.alice.pk])
    assert "a_merge_moves_lots_whole" in broken()
    assert Wallet.objects.filter(member=book.old, is_merged=True).count() == 2
