"""The replay: plain Python that rebuilds the projections, and agrees with the laws in SQL on random ledgers."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from hongmi.lib.errors import DomainError
from points.audit import laws, replay
from points.audit.replay.books import (
    Award,
    Draw,
    Entry,
    Key,
    Lot,
    MemberBook,
    Parent,
    Posting,
    Proposal,
    RuleVersion,
    Signature,
    SystemBook,
)
from points.audit.replay.books import Wallet as StoredWallet
from points.ledger import functions
from points.models import Act, Wallet
from points.transparency import log, sealer
from tests.points import cast
from tests.points.ledger import bookkeeping

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ALICE, BOB, STATIONER, GARAGE = 7, 8, 1, 2
EMPTY_SYSTEM = SystemBook()


def entry(act_id: int, kind: str, points: int, balance_after: int, **more: Any) -> Entry:
    values = {"act_merchant_id": STATIONER, "act_member_id": ALICE, "parent_id": None, "occurred_at": NOON}
    values |= {"purse": "base", "owed": 0, "hash_bytes": 16}
    values |= {"merchant_id": more.get("act_merchant_id", STATIONER)}
    return Entry(act_id=act_id, kind=kind, points=points, balance_after=balance_after, **values | more)


def lot(**more: Any) -> Lot:
    """50 points that Alice earned by spending at the Stationer's."""
    values = {
        "id": 11,
        "act_id": 1,
        "issuer_id": STATIONER,
        "purse": "base",
        "kind": "spend",
        "granted": 50,
        "usable_from": NOON,
    }
    values |= {"first_expires_at": None, "source_lot_id": None, "rule_id": 5, "value_fen": 5, "earmark": None}
    values |= {"is_transferable": False, "remaining": 30, "expires_at": None}
    return Lot(**values | more)


def alice() -> MemberBook:
    """She earned 50 points at the Stationer's and spent 20 at the Garage."""
    earned = Award(50, rule_id=5, version=1)
    return MemberBook(
        ALICE,
        entries=[
            entry(1, "purchase", 50, 50, awards=(earned,)),
            entry(2, "redemption", -20, 30, act_merchant_id=GARAGE),
        ],
        lots=[lot()],
        draws=[Draw(2, 11, -20, None)],
        postings=[
            Posting(1, "base", "issuance", STATIONER, "member", ALICE, 50, is_sealed=False),
            Posting(2, "base", "member", ALICE, "redeemed", GARAGE, 20, is_sealed=False),
        ],
        wallets=[StoredWallet("base", balance=30, available=30, held=0, owed=0, next_change_at=None)],
    )


def found(*books: MemberBook, system: SystemBook = EMPTY_SYSTEM) -> set[str]:
    return {difference.line for difference in replay.differences(books, system, moment=NOON)}


def test_it_finds_nothing_in_a_correct_ledger() -> None:
    assert found(alice()) == set()


def test_it_finds_a_wallet_with_more_than_its_journal() -> None:
    book = alice()
    book.wallets = [book.wallets[0]._replace(balance=31)]
    assert found(book) == {"wallets", "accounts"}


def test_it_finds_points_stored_as_available_that_are_not() -> None:
    book = alice()
    book.wallets = [book.wallets[0]._replace(available=29)]
    assert found(book) == {"wallets"}


def test_it_accepts_a_wallet_past_its_next_change() -> None:
    book = alice()
    book.wallets = [book.wallets[0]._replace(available=29, next_change_at=NOON)]
    assert found(book) == set()


def test_it_finds_a_lot_drawn_after_its_end() -> None:
    book = alice()
    book.lots = [lot(first_expires_at=NOON, expires_at=NOON)]
    assert "lots" in found(book)


def test_it_finds_a_lot_that_lost_a_day_of_its_validity() -> None:
    book = alice()
    end = NOON + timedelta(days=30)
    bonus = Award(50, kind="bonus", rule_id=5, version=1, expires_at=end)
    book.entries = [book.entries[0]._replace(awards=(bonus,)), book.entries[1]]
    book.lots = [lot(kind="bonus", first_expires_at=end, expires_at=end - timedelta(days=1))]
    book.wallets = [book.wallets[0]._replace(next_change_at=end)]
    assert found(book) == {"lots"}


def test_it_finds_a_lot_that_is_not_as_promised() -> None:
    book = alice()
    book.lots = [lot(earmark="cake")]
    book.wallets = [book.wallets[0]._replace(available=0)]
    assert found(book) == {"promises"}


def test_it_finds_points_earned_by_spending_that_end_though_they_were_promised_so() -> None:
    book = alice()
    end = NOON + timedelta(days=30)
    book.entries = [book.entries[0]._replace(awards=(Award(50, rule_id=5, expires_at=end),)), book.entries[1]]
    book.lots = [lot(first_expires_at=end, expires_at=end)]
    book.wallets = [book.wallets[0]._replace(next_change_at=end)]
    assert found(book) == {"promises"}


def test_it_finds_a_spend_that_was_posted_to_nobody() -> None:
    book = alice()
    book.postings = book.postings[:1]
    assert found(book) == {"journal", "accounts", "issuers"}


def test_it_finds_a_spend_that_was_posted_to_another_shop() -> None:
    book = alice()
    book.postings = [book.postings[0], book.postings[1]._replace(credit_holder=STATIONER)]
    assert found(book) == {"issuers"}


def test_it_finds_an_issuer_who_owes_more_than_is_outstanding() -> None:
    book = alice()
    book.lots = [lot(remaining=29)]
    assert found(book) == {"lots", "issuers"}


def test_it_finds_reserve_money_in_an_act_of_points_though_the_rows_stand_apart() -> None:
    of_nobody = MemberBook(
        0, postings=[Posting(2, "base", "reserve", GARAGE, "reserve", STATIONER, 20, is_sealed=False)]
    )
    assert found(of_nobody, alice()) == {"reserve"}


def test_it_allows_reserve_money_in_an_act_of_its_own() -> None:
    of_nobody = MemberBook(
        0, postings=[Posting(3, "base", "reserve", GARAGE, "reserve", STATIONER, 20, is_sealed=False)]
    )
    assert found(of_nobody, alice()) == set()


def test_it_finds_accounts_that_may_not_meet() -> None:
    of_nobody = MemberBook(
        0, postings=[Posting(3, "base", "redeemed", GARAGE, "transit", STATIONER, 20, is_sealed=False)]
    )
    assert "pairs" in found(of_nobody, alice())


def test_it_finds_a_cap_whose_row_is_gone() -> None:
    system = SystemBook(capped_rules=[RuleVersion(5, 1, STATIONER, {"caps": [{"limit": 60, "window": "month"}]})])
    book = alice()
    book.caps = {("rule:5", "2026-11"): 50}
    assert found(book, system=system) == set()
    book.caps = {}
    assert found(book, system=system) == {"caps"}


def test_it_finds_a_budget_whose_row_is_gone() -> None:
    budget = {"limit": 60, "window": "day", "per": "merchant", "scope": "merchant"}
    system = SystemBook(capped_rules=[RuleVersion(5, 1, STATIONER, {"caps": [budget]})])
    stored = MemberBook(0, caps={("merchant:1", "2026-11-22"): 50})
    assert found(stored, alice(), system=system) == set()
    assert found(alice(), system=system) == {"caps"}


def test_it_accepts_a_cap_that_no_rule_defines() -> None:
    book = alice()
    book.caps = {("rule:99", "2026-11"): 50}
    assert found(book) == set()


def test_it_finds_a_hold_that_ends_twice() -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, "release", 0, 30, parent_id=1)]
    book.parents = {3: Parent(1, "hold", STATIONER, ALICE)}
    assert found(book) == {"holds"}


@pytest.mark.parametrize(
    "parent",
    [
        None,
        Parent(None, None, None, None),
        Parent(9, "purchase", STATIONER, ALICE),
        Parent(1, "redemption", STATIONER, ALICE),
        Parent(1, "purchase", GARAGE, ALICE),
        Parent(1, "purchase", STATIONER, BOB),
    ],
    ids=["nothing", "what is not there", "a later act", "a spend", "another shop's act", "another member's act"],
)
def test_it_finds_a_return_that_answers(parent: Parent | None) -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, "return", 0, 30)]
    book.parents = {3: Parent(1, "purchase", STATIONER, ALICE)}
    assert found(book) == set()
    book.parents = {} if parent is None else {3: parent}
    assert found(book) == {"answers"}


def test_it_lets_a_member_answer_for_a_member_merged_into_them() -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, "return", 0, 30)]
    book.parents = {3: Parent(1, "purchase", STATIONER, BOB)}
    assert found(book, system=SystemBook(merged_into={BOB: 9, 9: ALICE})) == set()
    assert found(book, system=SystemBook(merged_into={BOB: 9, 9: BOB})) == {"answers"}


def test_it_finds_a_second_reversal() -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, "reversal", 0, 30), entry(4, "reversal", 0, 30)]
    book.parents = {act: Parent(1, "purchase", STATIONER, ALICE) for act in (3, 4)}
    assert found(book) == {"answers"}


def test_it_finds_a_key_of_another_shop_and_a_hash_cut_short() -> None:
    book = alice()
    book.keys = [Key(1, STATIONER, STATIONER)]
    assert found(book) == set()
    book.keys = [Key(1, GARAGE, STATIONER)]
    assert found(book) == {"acts"}
    book.keys = []
    book.entries = [book.entries[0], book.entries[1]._replace(hash_bytes=15)]
    assert found(book) == {"acts"}


def test_it_finds_a_journal_row_of_another_shop_than_its_act() -> None:
    book = alice()
    book.entries = [book.entries[0], book.entries[1]._replace(merchant_id=STATIONER)]
    assert found(book) == {"acts"}


def test_it_finds_an_adjustment_that_is_not_what_two_people_signed() -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, "adjustment", 0, 30)]
    book.signatures = [Signature(3, "adjustment", STATIONER, 21, 22)]
    book.proposals = [Proposal(3, STATIONER, "base", 0, 21, 22)]
    assert found(book) == set()
    book.proposals = [Proposal(3, STATIONER, "base", 5, 21, 22)]
    assert found(book) == {"people"}
    book.proposals = []
    book.signatures = [Signature(3, "adjustment", STATIONER, 21, 21)]
    assert found(book) == {"people"}


def gift() -> tuple[MemberBook, MemberBook]:
    """Alice gives Bob 5 of the 9 green points that she earned at the Stationer's."""
    platform = 3
    given = {"kind": "transfer", "purse": "green", "act_merchant_id": platform}
    green = Award(9, purse="green", kind="green", rule_id=6, version=1, is_transferable=True)
    source = lot(id=31, purse="green", kind="green", granted=9, remaining=4, rule_id=6, is_transferable=True)
    posting = Posting(4, "green", "member", ALICE, "member", BOB, 5, is_sealed=False)
    giver = MemberBook(
        ALICE,
        entries=[
            entry(1, "purchase", 9, 9, purse="green", awards=(green,)),
            entry(4, points=-5, balance_after=4, **given),
        ],
        lots=[source],
        draws=[Draw(4, 31, -5, None)],
        postings=[Posting(1, "green", "issuance", STATIONER, "member", ALICE, 9, is_sealed=False), posting],
        wallets=[StoredWallet("green", balance=4, available=4, held=0, owed=0, next_change_at=None)],
        caps={("gift-day", "2026-11-22"): 5, ("gift-year", "2026"): 5},
    )
    arrived = source._replace(
        id=32, act_id=4, kind="gift", granted=5, remaining=5, source_lot_id=31, is_transferable=False
    )
    receiver = MemberBook(
        BOB,
        entries=[entry(4, points=5, balance_after=5, **given)],
        lots=[arrived],
        postings=[posting],
        wallets=[StoredWallet("green", balance=5, available=5, held=0, owed=0, next_change_at=None)],
    )
    return giver, receiver


def test_it_reads_both_sides_of_a_gift_in_either_order() -> None:
    giver, receiver = gift()
    assert found(giver, receiver) == set()
    giver, receiver = gift()
    assert found(receiver, giver) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"is_transferable": True},
        {"kind": "green"},
        {"value_fen": 4},
        {"first_expires_at": NOON + timedelta(days=9), "expires_at": NOON + timedelta(days=9)},
        {"source_lot_id": 99},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_finds_a_gift_that_arrived_as_something_else(change: dict[str, Any]) -> None:
    giver, receiver = gift()
    receiver.lots = [receiver.lots[0]._replace(**change)]
    assert "gifts" in found(giver, receiver)


def test_it_finds_a_gift_that_is_passed_on() -> None:
    giver, receiver = gift()
    giver.lots = [giver.lots[0]._replace(kind="gift")]
    assert "gifts" in found(giver, receiver)


def test_it_finds_a_gift_that_nobody_received() -> None:
    giver, _ = gift()
    assert "gifts" in found(giver)


def test_it_finds_a_gift_that_no_cap_counted() -> None:
    giver, receiver = gift()
    giver.caps = {("gift-day", "2026-11-22"): 5}
    assert found(giver, receiver) == {"caps"}


def test_it_finds_a_wallet_that_is_closed_though_nobody_was_merged() -> None:
    book = alice()
    book.wallets = [book.wallets[0]._replace(is_merged=True)]
    assert found(book) == {"merges"}


def test_it_finds_a_once_only_key_nobody_used() -> None:
    book = alice()
    book.once = {"first-purchase": 1}
    assert found(book) == {"once"}


def test_it_finds_a_folded_account_that_no_sealed_act_explains() -> None:
    assert found(alice(), system=SystemBook({(4, GARAGE, 1): (0, 20)})) == {"accounts"}


def test_it_counts_a_gift_once_though_two_members_have_it() -> None:
    given = Posting(3, "green", "member", BOB, "member", ALICE, 5, is_sealed=False)
    assert given.home == ALICE


def _random_act(people: bookkeeping.Cast, chance: random.Random, moment: datetime) -> None:
    """One act of any kind, that may well be refused."""
    who, shop = chance.choice([people.alice, people.bob]), chance.choice([people.stationer, people.garage])
    request: dict[str, Any] = {"reference": uuid.uuid4().hex, "request_hash": uuid.uuid4().bytes, "moment": moment}
    spend = request | {
        "merchant_id": shop.pk,
        "key": None,
        "member": who.public_id,
        "purse": chance.choice(["base", "base", "green"]),
    }
    earlier = list(Act.objects.filter(merchant_id=shop.pk).values_list("id", "kind"))
    some = lambda *kinds: chance.choice([act for act, kind in earlier if kind in kinds] or [0])  # noqa: E731
    points = chance.randint(1, 120)
    act = chance.choice("aaaaabrrhhcewfffvtxxlo")
    if act in "ab":
        bonus = {
            "expires_at": (moment + timedelta(days=chance.randint(1, 60))).isoformat(),
            "kind": "bonus",
            "purse": "base",
        }
        pending = {
            "usable_from": (moment + timedelta(days=chance.randint(1, 9))).isoformat(),
            "kind": "spend",
            "purse": "base",
        }
        green = {"kind": "green", "purse": "green", "transferable": True}
        cake = bonus | {"earmark": "cake"}
        forms = [
            {"kind": "spend", "purse": "base"},
            bonus,
            pending,
            green,
            cake,
            {"kind": "bonus", "purse": "base", "once": "gift"},
        ]
        awards = [{"points": chance.randint(1, 90)} | form for form in chance.sample(forms, chance.randint(0, 3))]
        functions.accrue(
            **request, kind="purchase", merchant_id=shop.pk, member=who.public_id, key=None, occurred_at=moment,
            awards=awards, breakdown={}, amount_fen=100,
        )  # fmt: skip
    elif act == "r":
        functions.redeem(**spend, points=points, earmarks=chance.choice([(), ("cake",)]))
    elif act == "h":
        functions.hold(**spend, points=points, expires_at=moment + timedelta(days=chance.randint(1, 20)))
    elif act in "ce":
        functions.end_hold(
            **request,
            merchant_id=shop.pk,
            key=None,
            kind="capture" if act == "c" else "release",
            hold_id=some("hold"),
            points=None,
        )
    elif act == "f":
        functions.refund(
            **request,
            merchant_id=shop.pk,
            key=None,
            parent_id=some("redemption", "capture"),
            points=chance.randint(1, 40),
        )
    elif act == "v":
        functions.reverse(
            **request, merchant_id=shop.pk,
            parent_id=some("purchase", "redemption", "capture", "adjustment"), policy=chance.choice(["owe", "forgive"]),
            actor_id=who.pk, breakdown={},
        )  # fmt: skip
    elif act == "w":
        functions.return_purchase(
            **request, merchant_id=shop.pk, key=None, parent_id=some("purchase"), seen_returns=0,
            base_points=chance.randint(0, 20), green_points=0, occurred_at=moment, amount_fen=1,
            policy=chance.choice(["owe", "forgive"]),
        )  # fmt: skip
    elif act == "t":
        other = people.bob if who == people.alice else people.alice
        functions.transfer(
            **request,
            platform_id=people.platform.pk,
            giver_id=who.pk,
            receiver_id=other.pk,
            points=points // 4 + 1,
            caps=cast.gift_caps(moment),
        )
    elif act == "x":
        functions.expire(member_ids=[people.alice.pk, people.bob.pk], moment=moment)
    elif act == "l":
        functions.lapse(limit=10, moment=moment)
    else:
        functions.take_away(
            **request, merchant_id=shop.pk, member=who.public_id, purse="base", points=chance.randint(1, 30),
            actor_id=people.alice.pk, approved_by_id=people.bob.pk, breakdown={},
        )  # fmt: skip


def _write_at_random(seed: int, acts: int) -> int:
    """Write random acts; returns how many were booked."""
    chance = random.Random(seed)
    moment = timezone.now() - timedelta(days=2 * acts)
    people = bookkeeping.Cast(moment)
    booked = 0
    for _ in range(acts):
        moment += timedelta(minutes=chance.randint(0, 3_000))
        try:
            _random_act(people, chance, moment)
            booked += 1
        except DomainError:
            pass
        if chance.random() < 0.02:
            sealer.seal_batch(log.keys())
    return booked


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_agrees_with_the_laws_in_sql_on_a_random_ledger(seed: int, own_db: str) -> None:
    assert _write_at_random(seed, acts=300) > 150
    with laws.snapshot() as books:
        broken = [finding for finding in laws.findings(books, moment=timezone.now()) if not finding.ok]
    assert broken == []


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("points_wallet", "balance = balance + 1, available = available + 1"),
        ("points_lot", "remaining = remaining - 1 WHERE remaining > 1"),
        ("points_journal", "points = points + 1"),
        ("points_draw", "points = points - 1"),
        ("points_posting", "amount = amount + 1"),
    ],
)
def test_both_find_every_alteration(table: str, change: str, own_db: str, owner_cursor: psycopg.Cursor[Any]) -> None:
    bookkeeping.Cast().does_everything()
    assert Wallet.objects.exists()
    owner_cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[arg-type]
    owner_cursor.execute(f"UPDATE {table} SET {change}")  # type: ignore[arg-type]
    with laws.snapshot() as books:
        broken = {finding.name for finding in laws.findings(books, moment=timezone.now()) if not finding.ok}
    assert {name for name in broken if name.startswith("replay_")}
    assert {name for name in broken if not name.startswith("replay_")}
