"""The worth of points, in whole points and fen. Pure.

Two pairs of figures stay distinct (SPEC D2, D4): accrued value and value redeemable today; points saved by a lower
price and the rise in what a point buys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from points.clearing_value import CLEARING_VALUE_FEN

FEN_PER_YUAN: Final = 100


@dataclass(frozen=True, slots=True)
class Worth:
    """`points` valued at one reward: accrued value, value redeemable now, and the points left over."""

    points: int
    accrued_fen: int
    pieces: int
    redeemable_fen: int
    points_left: int


@dataclass(frozen=True, slots=True)
class Priced:
    """A reward with today's price in points alone."""

    reward_id: int
    points: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class WithinReach:
    """A reward and the points still missing; 0 when it can be redeemed now."""

    reward: Priced
    missing: int


class CouponKind(StrEnum):
    THRESHOLD = "threshold"
    PERCENT = "percent"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """The discount of a coupon: `off_fen`, or `off_percent` of the bill, from a bill of `minimum_fen`."""

    kind: CouponKind
    off_fen: int = 0
    off_percent: int = 0
    minimum_fen: int = 0


def points_earned(*, spent_fen: int, months: int = 1, points_per_yuan: int = 1) -> int:
    """Points of one order of `spent_fen` a month, each floored as SPEC R01 does."""
    return spent_fen * points_per_yuan // FEN_PER_YUAN * months


def months_until(*, points: int, spent_fen: int, points_per_yuan: int = 1) -> int:
    """Months of one order of `spent_fen` until `points` are earned. Raises ValueError when it earns nothing."""
    monthly = points_earned(spent_fen=spent_fen, points_per_yuan=points_per_yuan)
    if monthly < 1:
        raise ValueError("such an order earns no points")
    return -(-points // monthly)


def worth(*, points: int, reward_points: int, reward_value_fen: int) -> Worth:
    """`points` valued at a reward of `reward_value_fen` that costs `reward_points` (SPEC D4)."""
    pieces, left = divmod(points, reward_points)
    return Worth(
        points=points,
        accrued_fen=points * reward_value_fen // reward_points,
        pieces=pieces,
        redeemable_fen=pieces * reward_value_fen,
        points_left=left,
    )


def clearing_worth_fen(points: int) -> int:
    """The guaranteed worth of points in fen (SPEC D3)."""
    return points * CLEARING_VALUE_FEN


def fen_per_point(*, face_value_fen: int, points: int, cash_fen: int = 0) -> Fraction:
    """Fen that a point buys: face value less cash, divided by points."""
    return Fraction(face_value_fen - cash_fen, points)


def points_saved_percent(*, before: int, now: int) -> Fraction:
    """The reduction of a price in points: 500 → 400 is 20 (SPEC D2)."""
    return Fraction(before - now, before) * 100


def value_up_percent(*, before: int, now: int) -> Fraction:
    """The rise in what a point buys: 500 → 400 is 25 (SPEC D2)."""
    return Fraction(before, now) * 100 - 100


def rounded(percent: Fraction) -> str:
    """With one decimal, half up, and none where it is whole: `16.7`, `20`."""
    tenths = (percent * 20 + 1) // 2
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def yuan(fen: int) -> str:
    """Fen as yuan without needless zeros: `25`, `9.90`."""
    whole, rest = divmod(fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def to_pay_fen(*, bill_fen: int, coupon: CouponTerms) -> int | None:
    """Fen left of a bill after the coupon, or None when the bill is below the coupon's minimum.

    A percentage is rounded down to the fen; no coupon pays more than the bill.
    """
    if bill_fen < coupon.minimum_fen:
        return None
    off_fen = bill_fen * coupon.off_percent // 100 if coupon.kind == CouponKind.PERCENT else coupon.off_fen
    return max(bill_fen - off_fen, 0)


def affordable_next(*, points: int, rewards: Iterable[Priced], most: int = 3) -> list[WithinReach]:
    """The next rewards to come within reach, nearest first (SPEC R30), without those within reach already."""
    missing = [WithinReach(one, one.points - points) for one in rewards if one.points > points]
    return sorted(missing, key=lambda one: (one.missing, -one.reward.value_fen, one.reward.reward_id))[:most]


def affordable_now(*, points: int, rewards: Iterable[Priced], most: int = 3) -> list[WithinReach]:
    """Rewards within reach already, the dearest first."""
    reached = [WithinReach(one, 0) for one in rewards if one.points <= points]
    return sorted(reached, key=lambda one: (-one.reward.points, one.reward.reward_id))[:most]
