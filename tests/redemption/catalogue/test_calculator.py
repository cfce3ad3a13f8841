"""The seeds' own figures (†, SPEC §2 end), and D2 and D4 that keep two pairs of figures apart."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redemption import calculator
from redemption.calculator import CouponKind, CouponTerms, Priced

NOTEBOOKS = {"reward_points": 500, "reward_value_fen": 2_500}
BALLPOINT = {"reward_points": 1_000, "reward_value_fen": 5_000}
MAINTENANCE = {"reward_points": 5_000, "reward_value_fen": 50_000}


@pytest.mark.parametrize(
    ("spent_fen", "reward", "months", "points", "yuan"),
    [
        (5_000, NOTEBOOKS, 10, 500, "25"),
        (20_000, BALLPOINT, 5, 1_000, "50"),
        (100_000, MAINTENANCE, 5, 5_000, "500"),
    ],
)
def test_R02_to_R04_monthly_spending_reaches_the_reward_of_the_seeds(
    spent_fen: int, reward: dict[str, int], months: int, points: int, yuan: str
) -> None:
    assert calculator.months_until(points=reward["reward_points"], spent_fen=spent_fen) == months
    assert calculator.points_earned(spent_fen=spent_fen, months=months) == points
    assert calculator.yuan(calculator.worth(points=points, **reward).redeemable_fen) == yuan


def test_D4_a_year_of_50_yuan_a_month_accrues_30_yuan_and_redeems_25() -> None:
    year = calculator.worth(points=calculator.points_earned(spent_fen=5_000, months=12), **NOTEBOOKS)
    assert calculator.yuan(year.accrued_fen) == "30"
    assert (year.pieces, calculator.yuan(year.redeemable_fen), year.points_left) == (1, "25", 100)


def test_D4_a_year_of_1000_yuan_a_month_accrues_1200_yuan_and_redeems_two_services() -> None:
    year = calculator.worth(points=calculator.points_earned(spent_fen=100_000, months=12), **MAINTENANCE)
    assert calculator.yuan(year.accrued_fen) == "1200"
    assert (year.pieces, calculator.yuan(year.redeemable_fen), year.points_left) == (2, "1000", 2_000)


def test_R26_20000_points_take_a_premium_of_5000_down_to_4000() -> None:
    coupon = CouponTerms(CouponKind.FIXED, off_fen=100_000)
    left_fen = calculator.to_pay_fen(bill_fen=500_000, coupon=coupon)
    assert left_fen is not None
    assert calculator.yuan(left_fen) == "4000"


@pytest.mark.parametrize(("before", "now", "saved", "up"), [(500, 400, "20", "25"), (6_000, 5_000, "16.7", "20")])
def test_D2_points_saved_is_not_the_rise_of_the_value(before: int, now: int, saved: str, up: str) -> None:
    assert calculator.rounded(calculator.points_saved_percent(before=before, now=now)) == saved
    assert calculator.rounded(calculator.value_up_percent(before=before, now=now)) == up


def test_R01_an_order_is_floored_once_and_not_the_sum_of_the_year() -> None:
    assert calculator.points_earned(spent_fen=19_999) == 199
    assert calculator.points_earned(spent_fen=19_999, months=12) == 199 * 12


def test_an_order_that_earns_nothing_never_reaches_anything() -> None:
    with pytest.raises(ValueError, match="no points"):
        calculator.months_until(points=500, spent_fen=99)


@pytest.mark.parametrize(
    ("coupon", "bill_fen", "left_fen"),
    [
        (CouponTerms(CouponKind.THRESHOLD, off_fen=3_000, minimum_fen=20_000), 19_999, None),
        (CouponTerms(CouponKind.THRESHOLD, off_fen=3_000, minimum_fen=20_000), 20_000, 17_000),
        (CouponTerms(CouponKind.PERCENT, off_percent=20), 9_999, 8_000),
        (CouponTerms(CouponKind.FIXED, off_fen=5_000), 3_000, 0),
    ],
)
def test_R26_a_coupon_takes_off_a_sum_or_a_percentage_from_its_minimum_on(
    coupon: CouponTerms, bill_fen: int, left_fen: int | None
) -> None:
    assert calculator.to_pay_fen(bill_fen=bill_fen, coupon=coupon) == left_fen


def test_R37_300_points_and_9_90_yuan_reach_the_guarantee_at_a_face_value_of_24_90() -> None:
    assert calculator.fen_per_point(face_value_fen=2_490, points=300, cash_fen=990) == 5
    assert calculator.fen_per_point(face_value_fen=2_489, points=300, cash_fen=990) < 5


def test_R30_it_names_the_nearest_rewards_with_the_points_still_missing() -> None:
    rewards = [Priced(1, 500, 2_500), Priced(2, 1_000, 5_000), Priced(3, 5_000, 50_000), Priced(4, 10_000, 100_000)]
    assert [(one.reward.reward_id, one.missing) for one in calculator.affordable_next(points=600, rewards=rewards)] == [
        (2, 400),
        (3, 4_400),
        (4, 9_400),
    ]
    assert [one.reward.reward_id for one in calculator.affordable_now(points=1_000, rewards=rewards)] == [2, 1]


@given(points=st.integers(0, 10**9), price=st.integers(1, 10**6), value=st.integers(1, 10**8))
def test_redeemable_value_never_exceeds_accrued_value(points: int, price: int, value: int) -> None:
    found = calculator.worth(points=points, reward_points=price, reward_value_fen=value)
    assert found.redeemable_fen <= found.accrued_fen
    assert found.pieces * price + found.points_left == points
    assert 0 <= found.points_left < price


@given(before=st.integers(2, 10**6), data=st.data())
def test_the_value_always_rises_by_more_than_the_points_saved(before: int, data: st.DataObject) -> None:
    now = data.draw(st.integers(1, before - 1))
    saved = calculator.points_saved_percent(before=before, now=now)
    up = calculator.value_up_percent(before=before, now=now)
    assert up > saved
    # The same saving seen from both ends.
    assert (1 - saved / 100) * (1 + up / 100) == Fraction(1)
