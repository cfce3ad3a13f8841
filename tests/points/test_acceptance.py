"""Acceptance of SPEC requirements that need a whole ledger. Each test is named by its requirement."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from celery.schedules import crontab
from django.db.models import Sum
from django.urls import reverse
from psycopg import errors

from hongmi.celery import app
from points import queries
from points.ledger import functions
from points.models import Act, AuditRun, Draw, Journal, Lot, Wallet
from points.operations import expiry, purchases
from points.purchase import Line, PurchaseRequest
from points.types import ActKind
from tests import factories
from tests.partner_client import publish_rule
from tests.points import cast
from tests.points.audit import ledger_with_every_act
from tests.points.cast import DAY, NOON
from tests.points.console import staff
from tests.points.statement.test_pages import reader


def live_through_a_month() -> None:
    """Each kind of act on a day of its own, booked in the order in which they occur."""
    stationer, garage = factories.merchant(), factories.merchant("garage")
    alice, bob = factories.member("Alice", stationer, garage), factories.member("Bob", stationer)
    factories.family(alice, bob)
    days = (NOON + number * DAY for number in itertools.count())
    bought = cast.buy(stationer, alice, cast.award(500), cast.green(60), at=next(days))
    cast.buy(garage, alice, cast.bonus(40, expires_at=NOON + 20 * DAY), cast.award(9), at=next(days))
    spent = cast.redeem(garage, alice, 130, at=next(days))
    cast.refund(garage, spent.act_id, 30, at=next(days))
    held = [cast.hold(garage, alice, 50, at=next(days), lasts=20 * DAY) for _ in range(2)]
    cast.capture(garage, held[0].act_id, 35, at=next(days))
    cast.release(garage, held[1].act_id, at=next(days))
    cast.hold(garage, alice, 20, at=next(days), lasts=DAY / 2)
    functions.lapse(limit=1_000, moment=next(days))
    cast.give(alice, bob, 25, at=next(days))
    cast.give_back_goods(stationer, bought.act_id, 100, green=10, at=next(days))
    cast.take_away(stationer, alice, 7, at=next(days))
    cast.reverse(garage, cast.redeem(garage, alice, 11, at=next(days)).act_id, at=next(days))
    cast.buy(garage, alice, cast.bonus(8, expires_at=NOON + 25 * DAY), at=next(days))
    functions.expire(member_ids=[alice.pk, bob.pk], moment=NOON + 30 * DAY)


TWO_LINES = tuple(Line(sku, 1, 150) for sku in ("INK", "CAP"))


@pytest.mark.parametrize(
    ("rounding", "points", "zh", "en"),
    [
        ({}, 3, "每单合计后舍去零头", "rounded down once per order"),
        (
            {"rounding": "half_up", "round_per": "line"},
            4,
            "每项商品分别四舍五入",
            "rounded to the nearest line by line",
        ),
    ],
    ids=["floor", "half_up per line"],
)
def test_r01_the_rule_of_rounding_is_disclosed_on_the_rule_s_page_and_at_each_entry_it_made(
    db: None, rounding: dict[str, str], points: int, zh: str, en: str
) -> None:
    shop = factories.merchant()
    alice, owner = factories.member("Alice", shop), staff.staff("owner", "owner", shop)
    rule = publish_rule(shop, {"kind": "rate", "points": 1, "per_fen": 100} | rounding)
    purchase = PurchaseRequest(NOON, 300, lines=TWO_LINES, member=alice.public_id, reference="two lines")
    purchases.record(merchant_id=shop.pk, purchase=purchase, key=None, moment=NOON)
    assert cast.wallet(alice).balance == points
    rule_page = reverse("admin:points_earningrule_change", args=[rule.pk])
    for client, path in ((reader(alice), "/me/points"), (owner, rule_page)):
        for language, sentence in (("zh-CN", zh), ("en", en)):
            assert sentence in client.get(path, headers={"accept-language": language}).content.decode()


# The month in the order of occurrence; the whole ledger also has acts dated back, and a merge.
@pytest.mark.parametrize(
    ("live", "kinds"),
    [
        (live_through_a_month, set(ActKind.values) - {"award", "compensation", "opening", "merge"}),
        (ledger_with_every_act.write, set(ActKind.values)),
    ],
    ids=["a month", "the whole ledger"],
)
def test_R54_the_sum_of_entries_is_the_balance_for_every_wallet_and_any_date(
    own_db: str, live: Callable[[], Any], kinds: set[str]
) -> None:
    live()
    # Reads end expired points at once; the next sweep books the expiry, dated at their end.
    expiry.sweep(moment=days_of_the_ledger()[-1])
    assert set(Act.objects.values_list("kind", flat=True)) >= kinds
    moments = days_of_the_ledger()
    for wallet in Wallet.objects.all():
        assert entries_of(wallet, until=moments[-1]) == wallet.balance
        for moment in moments:
            seen = queries.wallets_as_of(member_id=wallet.member_id, as_of=moment)
            (balance,) = [view.balance for view in seen if view.purse == wallet.purse]
            assert balance == entries_of(wallet, until=moment)


def test_R54_it_holds_where_acts_are_dated_back_too(own_db: str) -> None:
    """Goods are returned late and dated at the day they came; the return takes points earned in between."""
    stationer = factories.merchant()
    alice = factories.member("Alice", stationer)
    bought = cast.buy(stationer, alice, cast.award(100), at=NOON)
    cast.redeem(stationer, alice, 60, at=NOON + DAY)
    cast.buy(stationer, alice, cast.award(70), at=NOON + 5 * DAY)
    cast.give_back_goods(stationer, bought.act_id, 100, at=NOON + 2 * DAY)
    wallet = Wallet.objects.get(member=alice, purse="base")
    for moment in days_of_the_ledger():
        seen = queries.wallets_as_of(member_id=alice.pk, as_of=moment)[0]
        assert seen.balance == entries_of(wallet, until=moment)
        assert seen.available >= 0


def test_R54_every_act_has_its_entry_and_every_point_of_it_a_lot(own_db: str) -> None:
    """Earned, held, spent, lapsed: the journal has every movement, and draws name its lots."""
    ledger_with_every_act.write()
    assert not Act.objects.filter(journal=None).exists()
    for entry in Journal.objects.exclude(points=0):
        # A grant makes lots; every other act draws from lots or gives back to them.
        granted = Lot.objects.filter(act_id=entry.act_id, member=entry.member_id, purse=entry.purse)
        drawn = Draw.objects.filter(act_id=entry.act_id, lot__member=entry.member_id, lot__purse=entry.purse)
        moved = sum(granted.values_list("granted", flat=True)) + sum(drawn.values_list("points", flat=True))
        assert moved == entry.points, entry.act.kind


RESERVE_MONEY = """
    INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
    SELECT act_id, 99, 'base', debit_kind, debit_holder, 'reserve', 1, 5
    FROM points_posting ORDER BY act_id DESC LIMIT 1"""


def test_R53_the_database_refuses_points_beside_reserve_money_and_every_night_the_audit_proves_it(
    own_db: str, owner_cursor: psycopg.Cursor
) -> None:
    nightly = app.conf.beat_schedule["audit_ledger"]
    assert nightly["schedule"] == crontab(hour=3, minute=30)
    ledger_with_every_act.write()
    assert broken_by(nightly) == 0
    with pytest.raises(errors.CheckViolation):
        owner_cursor.execute(RESERVE_MONEY)
    # The audit finds it even without the constraint.
    owner_cursor.execute("ALTER TABLE points_posting DROP CONSTRAINT a_posting_joins_only_accounts_that_may_meet")
    owner_cursor.execute(RESERVE_MONEY)
    assert broken_by(nightly) == 1


def broken_by(nightly: dict[str, Any]) -> int:
    """Run the nightly audit; returns in how many acts points touched reserve money."""
    app.loader.import_default_modules()  # as a worker does
    app.tasks[nightly["task"]]()
    run = AuditRun.objects.latest("pk")
    return run.findings["points_never_touch_reserve_money"]["count"]


def days_of_the_ledger() -> list[datetime]:
    """A moment before everything, then right before, at and after each moment at which something occurred."""
    second = timedelta(seconds=1)
    moments = sorted(set(Act.objects.values_list("occurred_at", flat=True)))
    around = [moment + step for moment in moments for step in (-second, timedelta(0), second)]
    return [moments[0] - timedelta(days=365), *around]


def entries_of(wallet: Wallet, *, until: datetime) -> int:
    entries = Journal.objects.filter(member=wallet.member_id, purse=wallet.purse, act__occurred_at__lte=until)
    return entries.aggregate(points=Sum("points"))["points"] or 0
