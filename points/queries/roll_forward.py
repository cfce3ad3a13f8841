"""An issuer's outstanding points, month by month: opening + issued − taken back − redeemed − expired."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection

from hongmi.lib import rls
from points.types import Purse

_STATEMENT = (Path(__file__).parent / "sql" / "roll_forward.sql").read_text()


@dataclass(frozen=True, slots=True)
class Month:
    """Shanghai's month that starts on `month`. All figures are points; none is negative in an ordinary month."""

    month: date
    opening: int
    issued: int
    taken_back: int
    redeemed: int
    expired: int

    @property
    def closing(self) -> int:
        return self.opening + self.issued - self.taken_back - self.redeemed - self.expired


def roll_forward(*, issuer_id: int | None, purse: Purse, last: date, months: int = 12) -> list[Month]:
    """The `months` up to that of `last`, of one issuer's points or (None) everybody's; the oldest first."""
    # Outside row-level security, because an issuer's points are spent at other merchants too; only sums are returned.
    with rls.unscoped(), connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"issuer": issuer_id, "purse": purse.value})
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    shown = [_months_before(last, back) for back in reversed(range(months))]
    outstanding = sum(_net(figures) for month, figures in rows.items() if month < shown[0])
    found = []
    for month in shown:
        issued, taken_back, redeemed, expired = rows.get(month, (0, 0, 0, 0))
        found.append(Month(month, outstanding, issued, taken_back, redeemed, expired))
        outstanding = found[-1].closing
    return found


def _net(figures: tuple[int, int, int, int]) -> int:
    issued, taken_back, redeemed, expired = figures
    return issued - taken_back - redeemed - expired


def _months_before(day: date, back: int) -> date:
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)
