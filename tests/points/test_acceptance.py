"""Acceptance of SPEC that only the whole book can show. Each test is named by its requirement."""

import itertools
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from points import audit, ledger, queries
from points.models import Act, Draw, Journal, Lot, Wallet
from tests.points import cast, whole_book
from tests.points.cast import DAY, NOON


def live_through_a_month() -> list[User]:
    """Each kind of act on a day of its own, as it comes in life: what is booked later occurred later."""
    stationer, garage = cast.merchant(), cast.merchant("garage")
    alice, bob = cast.member("Alice", stationer, garage), cast.member("Bob", stationer)
    cast.family(alice, bob)
    days = (NOON + number * DAY for number in itertools.count())
    bought = cast.buy(stationer, alice, cast.award(500), cast.green(60), at=next(days))
    cast.buy(garage, alice, cast.bonus(40, expires_at=NOON + 20 * DAY), cast.award(9), at=next(days))
    spent = cast.redeem(garage, alice, 130, at=next(days))
    cast.refund(garage, spent.act_id, 30, at=next(days))
    held = [cast.hold(garage, alice, 50, at=next(days), lasts=20 * DAY) for _ in range(2)]
    cast.capture(garage, held[0].act_id, 35, at=next(days))
    cast.release(garage, held[1].act_id, at=next(days))
    cast.hold(garage, alice, 20, at=next(days), lasts=DAY / 2)
    ledger.lapse(limit=1_000, moment=next(days))
    cast.give(alice, bob, 25, at=next(days))
    cast.give_back_goods(stationer, bought.act_id, 100, green=10, at=next(days))
    cast.take_away(stationer, alice, 7, at=next(days))
    cast.reverse(garage, cast.redeem(garage, alice, 11, at=next(days)).act_id, at=next(days))
    cast.buy(garage, alice, cast.bonus(8, expires_at=NOON + 25 * DAY), at=next(days))
    ledger.expire(member_ids=[alice.pk, bob.pk], moment=NOON + 30 * DAY)
    return [alice, bob]


def test_R54_the_sum_of_entries_is_the_balance_for_every_wallet_and_any_date(own_db: str) -> None:
    people = live_through_a_month()
    kinds = set(Act.objects.filter(journal__member__in=people).values_list("kind", flat=True))
    assert kinds >= {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15}
    for wallet in Wallet.objects.filter(member__in=people):
        assert entries_of(wallet, until=NOON + 60 * DAY) == wallet.balance
        for moment in days_of_the_book():
            seen = queries.wallets_as_of(member_id=wallet.member_id, as_of=moment)[wallet.purse - 1]
            assert seen.balance == entries_of(wallet, until=moment)


def test_R54_it_holds_where_acts_are_dated_back_too(own_db: str) -> None:
    """Goods are given back late and dated at the day they came; what the return takes was earned in between."""
    stationer = cast.merchant()
    alice = cast.member("Alice", stationer)
    bought = cast.buy(stationer, alice, cast.award(100), at=NOON)
    cast.redeem(stationer, alice, 60, at=NOON + DAY)
    cast.buy(stationer, alice, cast.award(70), at=NOON + 5 * DAY)
    cast.give_back_goods(stationer, bought.act_id, 100, at=NOON + 2 * DAY)
    wallet = Wallet.objects.get(member=alice, purse=1)
    for moment in days_of_the_book():
        seen = queries.wallets_as_of(member_id=alice.pk, as_of=moment)[0]
        assert seen.balance == entries_of(wallet, until=moment)
        assert seen.available >= 0


def test_R54_every_act_has_its_entry_and_every_point_of_it_a_lot(own_db: str) -> None:
    """Earned, held, spent, lapsed: whatever an act moved is in the journal, and the lots it came from are named."""
    whole_book.write()
    assert not Act.objects.filter(journal=None).exists()
    for entry in Journal.objects.exclude(points=0):
        # A grant makes lots; whatever else moves points draws from lots or gives back to them.
        granted = Lot.objects.filter(act_id=entry.act_id, member=entry.member_id, purse=entry.purse)
        drawn = Draw.objects.filter(act_id=entry.act_id, lot__member=entry.member_id, lot__purse=entry.purse)
        moved = sum(granted.values_list("granted", flat=True)) + sum(drawn.values_list("points", flat=True))
        assert moved == entry.points, entry.act.kind


def test_R53_every_night_the_audit_proves_that_points_never_touched_reserve_money(own_db: str) -> None:
    whole_book.write()
    with audit.snapshot() as snapshot:
        found = {finding.name: finding for finding in audit.findings(snapshot, moment=timezone.now())}
    assert found["points_never_touch_reserve_money"].ok
    assert settings.CELERY_BEAT_SCHEDULE["audit_books"]["task"] == "points.tasks.audit_books"


def days_of_the_book() -> list[datetime]:
    """A moment before everything, then right before, at and after each moment at which something occurred."""
    second = timedelta(seconds=1)
    moments = sorted(set(Act.objects.values_list("occurred_at", flat=True)))
    around = [moment + step for moment in moments for step in (-second, timedelta(0), second)]
    return [moments[0] - timedelta(days=365), *around]


def entries_of(wallet: Wallet, *, until: datetime) -> int:
    entries = Journal.objects.filter(member=wallet.member_id, purse=wallet.purse, act__occurred_at__lte=until)
    return entries.aggregate(points=Sum("points"))["points"] or 0
