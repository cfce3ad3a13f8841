"""Month by month an issuer's points add up to the points outstanding in its lots and holds."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from django.db.models import Sum

from points import queries
from points.console import charts
from points.models import Lot
from points.types import Purse
from tests import factories
from tests.points import cast

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2025, 3, 1, tzinfo=UTC)
AUGUST, NOVEMBER = datetime(2026, 8, 31, 20, tzinfo=UTC), cast.NOON  # 31 August in London is September in Shanghai


def test_the_closing_points_of_a_month_open_the_next() -> None:
    stationer, garage = factories.merchant("stationer"), factories.merchant("garage")
    alice = factories.member("Alice", stationer, garage)
    cast.buy(stationer, alice, cast.award(50), at=LONG_AGO)
    cast.redeem(garage, alice, 20, at=LONG_AGO)
    cast.buy(stationer, alice, cast.award(1000), at=AUGUST)
    bought = cast.buy(stationer, alice, cast.award(200), cast.green(5)).act_id
    cast.buy(garage, alice, cast.award(70))
    cast.give_back_goods(stationer, bought, 40)
    cast.redeem(garage, alice, 300)
    cast.capture(garage, cast.hold(garage, alice, 100).act_id, 60)
    cast.hold(garage, alice, 10)
    months = queries.roll_forward(issuer_id=stationer.pk, purse=Purse.BASE, last=date(2026, 11, 22))
    assert [one.month.month for one in months] == [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert months[0].opening == 30  # the remainder of the year before
    assert [one.issued for one in months if one.issued] == [1000, 200]
    assert months[-3].issued == 1000
    assert all(before.closing == after.opening for before, after in pairwise(months))
    assert (months[-1].taken_back, months[-1].redeemed, months[-1].expired) == (40, 360, 0)
    left = Lot.objects.filter(issuer=stationer, purse=Purse.BASE).aggregate(points=Sum("remaining"))["points"]
    assert months[-1].closing == left + 10


def test_everybody_together_is_the_sum_of_the_issuers() -> None:
    stationer, garage = factories.merchant("stationer"), factories.merchant("garage")
    alice = factories.member("Alice", stationer, garage)
    day = date(2026, 11, 22)
    before = queries.roll_forward(issuer_id=None, purse=Purse.BASE, last=day)[-1].closing
    cast.buy(stationer, alice, cast.award(200))
    cast.buy(garage, alice, cast.award(70))
    cast.redeem(garage, alice, 50)
    alone = [queries.roll_forward(issuer_id=shop.pk, purse=Purse.BASE, last=day)[-1] for shop in (stationer, garage)]
    together = queries.roll_forward(issuer_id=None, purse=Purse.BASE, last=day)[-1]
    assert together.closing - before == sum(one.closing for one in alone) == 220


def test_the_highest_bar_is_as_high_as_the_chart_and_nothing_is_drawn_for_nothing() -> None:
    chart = charts.grouped_bars([("10", (50, 0)), ("11", (100, 25))])
    assert [(bar.series, bar.height) for bar in chart.bars] == [(0, 80), (0, 160), (1, 40)]
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width for bar in chart.bars)
    assert charts.grouped_bars([("11", (0, 0))]).bars == []
