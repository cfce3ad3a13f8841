"""The replay: plain Python that rebuilds the projections, and agrees with the laws in SQL on books nobody planned."""

import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from points import audit, ledger, log, replay, seal
from points.models import Act, Wallet
from points.refusals import Refusal
from points.replay import Draw, Entry, Lot, MemberBook, Posting, SystemBook
from points.replay import Wallet as StoredWallet
from tests.points import bookkeeping

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ALICE, STATIONER, GARAGE = 7, 1, 2
NOTHING_FOLDED = SystemBook({})


def entry(act_id: int, kind: int, points: int, balance_after: int, **more: Any) -> Entry:
    told = {"merchant_id": STATIONER, "giver_id": ALICE, "parent_id": None, "occurred_at": NOON, "once_keys": ()}
    told |= {"purse": 1, "owed": 0}
    return Entry(act_id=act_id, kind=kind, points=points, balance_after=balance_after, **told | more)


def alice() -> MemberBook:
    """She earned 50 points at the Stationer's and spent 20 at the Garage."""
    return MemberBook(
        ALICE,
        entries=[entry(1, 1, 50, 50), entry(2, 3, -20, 30, merchant_id=GARAGE)],
        lots=[Lot(11, 1, 1, 50, NOON, None, False, remaining=30, expires_at=None)],
        draws=[Draw(2, 11, -20, None)],
        postings=[
            Posting(1, 1, 1, STATIONER, 2, ALICE, 50, is_sealed=False),
            Posting(2, 1, 2, ALICE, 4, GARAGE, 20, is_sealed=False),
        ],
        wallets=[StoredWallet(1, balance=30, available=30, held=0, owed=0, next_change_at=None)],
    )


def found(*books: MemberBook, system: SystemBook = NOTHING_FOLDED) -> set[str]:
    return {difference.projection for difference in replay.differences(books, system, moment=NOON)}


def test_it_says_nothing_of_a_book_that_holds() -> None:
    assert found(alice()) == set()


def test_it_finds_a_wallet_that_says_more_than_its_journal() -> None:
    book = alice()
    book.wallets = [replace(book.wallets[0], balance=31)]
    assert found(book) == {"wallets", "accounts"}


def test_it_finds_points_that_are_called_available_and_are_not() -> None:
    book = alice()
    book.wallets = [replace(book.wallets[0], available=29)]
    assert found(book) == {"wallets"}


def test_it_leaves_alone_what_the_clock_has_overtaken() -> None:
    book = alice()
    book.wallets = [replace(book.wallets[0], available=29, next_change_at=NOON)]
    assert found(book) == set()


def test_it_finds_a_lot_drawn_after_its_end() -> None:
    book = alice()
    book.lots = [replace(book.lots[0], first_expires_at=NOON, expires_at=NOON)]
    assert "lots" in found(book)


def test_it_finds_a_lot_that_lost_a_day_of_its_validity() -> None:
    book = alice()
    end = NOON + timedelta(days=30)
    book.lots = [replace(book.lots[0], first_expires_at=end, expires_at=end - timedelta(days=1))]
    book.wallets = [replace(book.wallets[0], next_change_at=end)]
    assert found(book) == {"lots"}


def test_it_finds_a_spend_that_was_posted_to_nobody() -> None:
    book = alice()
    book.postings = book.postings[:1]
    assert found(book) == {"journal", "accounts"}


def test_it_finds_a_hold_that_ends_twice() -> None:
    book = alice()
    book.entries = [*book.entries, entry(3, 6, 0, 30, parent_id=99)]
    assert found(book) == {"holds"}


def test_it_finds_a_once_only_key_nobody_used() -> None:
    book = alice()
    book.once = {"first-purchase": 1}
    assert found(book) == {"once"}


def test_it_finds_a_folded_account_that_no_sealed_act_explains() -> None:
    assert found(alice(), system=SystemBook({(4, GARAGE, 1): (0, 20)})) == {"accounts"}


def test_it_counts_a_gift_once_though_two_members_have_it() -> None:
    gift = Posting(3, 2, 2, 8, 2, ALICE, 5, is_sealed=False)
    assert replay.home_of(gift) == ALICE


def _random_act(cast: bookkeeping.Cast, chance: random.Random, moment: datetime) -> None:
    """One act of any kind, that may well be refused."""
    who, shop = chance.choice([cast.alice, cast.bob]), chance.choice([cast.stationer, cast.garage])
    asked: dict[str, Any] = {"reference": uuid.uuid4().hex, "request_hash": uuid.uuid4().bytes * 2, "moment": moment}
    spend = asked | {"merchant_id": shop.pk, "key": None, "member": who.public_id, "purse": chance.choice([1, 1, 2])}
    earlier = list(Act.objects.filter(merchant_id=shop.pk).values_list("id", "kind"))
    some = lambda *kinds: chance.choice([act for act, kind in earlier if kind in kinds] or [0])  # noqa: E731
    points = chance.randint(1, 120)
    act = chance.choice("aaaaabrrhhcewfffvtxxlo")
    if act in "ab":
        bonus = {"expires_at": (moment + timedelta(days=chance.randint(1, 60))).isoformat(), "kind": 2, "purse": 1}
        pending = {"usable_from": (moment + timedelta(days=chance.randint(1, 9))).isoformat(), "kind": 1, "purse": 1}
        green = {"kind": 3, "purse": 2, "transferable": True}
        cake = bonus | {"earmark": "cake"}
        forms = [{"kind": 1, "purse": 1}, bonus, pending, green, cake, {"kind": 2, "purse": 1, "once": "gift"}]
        awards = [{"points": chance.randint(1, 90)} | form for form in chance.sample(forms, chance.randint(0, 3))]
        ledger.accrue(
            **asked, kind=1, merchant_id=shop.pk, member=who.public_id, key=None, occurred_at=moment, awards=awards,
            breakdown={}, amount_fen=100,
        )  # fmt: skip
    elif act == "r":
        ledger.redeem(**spend, points=points, earmarks=chance.choice([(), ("cake",)]))
    elif act == "h":
        ledger.hold(**spend, points=points, expires_at=moment + timedelta(days=chance.randint(1, 20)))
    elif act in "ce":
        ledger.end_hold(
            **asked, merchant_id=shop.pk, key=None, kind=5 if act == "c" else 6, hold_id=some(4), points=None
        )
    elif act == "f":
        ledger.refund(**asked, merchant_id=shop.pk, key=None, parent_id=some(3, 5), points=chance.randint(1, 40))
    elif act == "v":
        ledger.reverse(
            **asked, merchant_id=shop.pk, parent_id=some(1, 3, 5, 13), policy=chance.choice(["owe", "forgive"]),
            actor_id=who.pk, breakdown={},
        )  # fmt: skip
    elif act == "w":
        ledger.return_purchase(
            **asked, merchant_id=shop.pk, key=None, parent_id=some(1), seen_returns=0,
            base_points=chance.randint(0, 20), green_points=0, occurred_at=moment, amount_fen=1,
            policy=chance.choice(["owe", "forgive"]),
        )  # fmt: skip
    elif act == "t":
        other = cast.bob if who == cast.alice else cast.alice
        ledger.transfer(
            **asked,
            platform_id=cast.platform.pk,
            giver_id=who.pk,
            receiver_id=other.pk,
            points=points // 4 + 1,
            caps=[],
        )
    elif act == "x":
        ledger.expire(member_ids=[cast.alice.pk, cast.bob.pk], moment=moment)
    elif act == "l":
        ledger.lapse(limit=10, moment=moment)
    else:
        ledger.take_away(
            **asked, merchant_id=shop.pk, member=who.public_id, purse=1, points=chance.randint(1, 30),
            actor_id=cast.alice.pk, approved_by_id=cast.bob.pk, breakdown={},
        )  # fmt: skip


def _write_at_random(seed: int, acts: int) -> int:
    """A book of acts as they come; answers how many were booked."""
    chance = random.Random(seed)
    moment = timezone.now() - timedelta(days=2 * acts)
    cast = bookkeeping.Cast(moment)
    booked = 0
    for _ in range(acts):
        moment += timedelta(minutes=chance.randint(0, 3_000))
        try:
            _random_act(cast, chance, moment)
            booked += 1
        except Refusal:
            pass
        if chance.random() < 0.02:
            seal.seal_batch(log.keys())
    return booked


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_agrees_with_the_laws_in_sql_on_a_random_book(seed: int, own_db: str) -> None:
    assert _write_at_random(seed, acts=300) > 150
    with audit.snapshot() as books:
        broken = [finding for finding in audit.findings(books, moment=timezone.now()) if not finding.ok]
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
def test_whatever_is_altered_both_see_it(
    table: str, change: str, own_db: str, owner_cursor: psycopg.Cursor[Any]
) -> None:
    bookkeeping.Cast().does_everything()
    assert Wallet.objects.exists()
    owner_cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[arg-type]
    owner_cursor.execute(f"UPDATE {table} SET {change}")  # type: ignore[arg-type]
    with audit.snapshot() as books:
        broken = {finding.name for finding in audit.findings(books, moment=timezone.now()) if not finding.ok}
    assert {name for name in broken if name.startswith("replay_")}
    assert {name for name in broken if not name.startswith("replay_")}
