"""What a return takes back (SPEC §3): its figures, the choices of `points.rules.clawback`, and general properties."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from points.rules import clawback, evaluation
from points.rules.awards import Award
from points.rules.clawback import Return, ReturnedLine, ReturnExceedsPurchase
from points.rules.rule_set import RuleSet
from points.rules.types import Line, Purchase
from tests.points.rules.examples import DOUBLE, FIRST, NOON, RATE, STATIONER, basket, line, paid, rule


class Till:
    """A purchase booked by these rules, and its returns one after another, each judged as the operation judges it."""

    def __init__(self, purchase: Purchase, *said: dict[str, Any], clamp: Sequence[int] | None = None) -> None:
        book = [rule(one, id=number) for number, one in enumerate(said, 1)]
        self.purchase = purchase
        self.granted: tuple[Award, ...] = evaluation.award_for(RuleSet.compiled(STATIONER, book), purchase)
        if clamp is not None:
            self.granted = tuple(replace(a, points=min(a.points, c)) for a, c in zip(self.granted, clamp, strict=True))
        wanted = clawback.frozen_versions(self.granted)
        self.frozen = RuleSet.frozen(STATIONER, [one for one in book if (one.id, one.version) in wanted])
        self.returns: list[Return] = []
        self.taken = [0] * len(self.granted)

    def gives_back(self, what: int | Return) -> int:
        self.returns.append(what if isinstance(what, Return) else Return(what))
        clawbacks = clawback.clawback_for(
            frozen=self.frozen,
            purchase=self.purchase,
            kept=clawback.kept_of(self.purchase, self.returns),
            granted=self.granted,
            earlier=self.taken,
        )
        self.taken = [taken + points for taken, points in zip(self.taken, clawbacks, strict=True)]
        return sum(clawbacks)

    @property
    def kept_points(self) -> int:
        return sum(award.points for award in self.granted) - sum(self.taken)


def by_line(sku: str, quantity: int, amount_fen: int) -> Return:
    return Return(amount_fen, (ReturnedLine(sku, quantity, amount_fen),))


def test_return_rule_199_99_less_100_00_keeps_99_points_and_takes_100():
    till = Till(paid(19_999), RATE)
    assert till.gives_back(10_000) == 100
    assert till.kept_points == 99


def test_return_rule_a_hundred_with_a_first_purchase_bonus_less_one_keeps_99():
    till = Till(paid(10_000), RATE, FIRST)
    assert till.gives_back(100) == 201
    assert till.kept_points == 99


def test_R06_a_returned_first_order_keeps_its_key_used():
    till = Till(paid(10_000), RATE, FIRST)
    till.gives_back(10_000)
    assert till.kept_points == 0
    assert [award.once_key for award in till.granted] == [None, "first-purchase:3"]


def test_R08_a_doubled_purchase_gives_back_doubled():
    till = Till(paid(19_999), RATE, DOUBLE)
    assert till.gives_back(10_000) == 200
    assert till.kept_points == 2 * 99


def test_R10_a_returned_lamp_takes_base_and_green_points_back():
    green = {"kind": "green", "points": 20, "conditions": {"include": {"skus": ["LED-9"]}}}
    till = Till(basket(line("LED-9", 6_000, 2), line("pen", 1_000)), RATE, green)
    assert till.gives_back(by_line("LED-9", 1, 3_000)) == 30 + 20
    assert till.gives_back(by_line("LED-9", 1, 3_000)) == 30 + 20
    assert till.kept_points == 10


def test_three_small_returns_round_as_one():
    till = Till(paid(10_000), RATE)
    assert [till.gives_back(50) for _ in range(4)] == [1, 0, 1, 0]


def test_points_a_cap_cut_off_are_taken_back_last():
    till = Till(paid(10_000), RATE, clamp=[50])
    assert till.gives_back(4_000) == 0
    assert till.gives_back(2_000) == 10
    assert till.gives_back(4_000) == 40


def test_falling_below_the_minimum_of_the_better_rate_leaves_the_plain_one():
    better = RATE | {"points": 2, "stacking": "exclusive", "priority": 1, "conditions": {"minimum_fen": 50_000}}
    till = Till(paid(50_000), RATE, better)
    assert [award.points for award in till.granted] == [1_000]
    assert till.gives_back(100) == 501
    assert till.kept_points == 499


def test_falling_below_the_minimum_of_the_best_multiplier_leaves_the_next():
    double = DOUBLE | {"stacking": "best"}
    triple = double | {"percent": 300, "conditions": {"minimum_fen": 50_000}}
    till = Till(paid(50_000), RATE, double, triple)
    till.gives_back(10_000)
    assert till.kept_points == 800


def test_a_rule_that_came_later_has_no_say_in_a_return():
    book = [rule(RATE), rule(RATE | {"points": 3}, version=2, starts_at=NOON.replace(day=23))]
    (award,) = evaluation.award_for(RuleSet.compiled(STATIONER, book), paid(10_000))
    assert clawback.frozen_versions([award]) == {(1, 1)}


# What is kept.


def test_an_amount_without_lines_is_spread_in_proportion_and_no_piece_comes_back():
    order = basket(line("pen", 100, 2), line("ink", 100, 1), line("pad", 101, 3))
    kept = clawback.kept_of(order, [Return(100)])
    assert [one.amount_fen for one in kept.lines] == [67, 67, 67]
    assert [one.quantity for one in kept.lines] == [2, 1, 3]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=5), st.integers(1, 100))
def test_a_line_never_regains_a_fen_when_more_comes_back(amounts, percent):
    order = basket(*[line(f"sku-{number}", amount) for number, amount in enumerate(amounts)])
    back = order.amount_fen * percent // 100
    assume(back)
    less, more = (clawback.kept_of(order, [Return(fen)]).lines for fen in (back - 1, back))
    assert sum(one.amount_fen for one in more) == order.amount_fen - back
    assert all(0 <= after.amount_fen <= before.amount_fen for before, after in zip(less, more, strict=True))


def test_goods_leave_by_line_before_loose_amounts_are_spread_whatever_came_first():
    order = basket(line("pen", 10_000), line("ink", 10_000))
    loose, pen = Return(5_000), by_line("pen", 1, 10_000)
    assert clawback.kept_of(order, [loose, pen]) == clawback.kept_of(order, [pen, loose])
    assert [one.amount_fen for one in clawback.kept_of(order, [loose, pen]).lines] == [0, 5_000]


def test_two_lines_of_one_sku_empty_one_after_the_other():
    kept = clawback.kept_of(basket(line("pen", 300), line("pen", 200)), [by_line("pen", 2, 400)])
    assert [(one.quantity, one.amount_fen) for one in kept.lines] == [(0, 0), (0, 100)]


@pytest.mark.parametrize(
    "back",
    [
        pytest.param([Return(10_001)], id="more money than was paid"),
        pytest.param([Return(6_000), Return(4_001)], id="more money in two returns"),
        pytest.param([by_line("pen", 3, 100)], id="more pieces"),
        pytest.param([by_line("pen", 1, 6_001)], id="more money for the pen"),
        pytest.param([by_line("hat", 1, 100)], id="never bought"),
    ],
)
def test_it_refuses_to_take_back_more_than_was_bought(back):
    with pytest.raises(ReturnExceedsPurchase):
        clawback.kept_of(basket(line("pen", 6_000, 2), line("ink", 4_000)), back)


def test_it_refuses_lines_where_the_purchase_had_none():
    with pytest.raises(ReturnExceedsPurchase):
        clawback.kept_of(paid(10_000), [by_line("pen", 1, 100)])


# What holds for every purchase and every series of returns.

SHOP = [
    RATE,
    RATE | {"points": 3, "stacking": "exclusive", "priority": 1, "conditions": {"include": {"skus": ["pen"]}}},
    {"kind": "multiplier", "percent": 150, "conditions": {"include": {"skus": ["pen", "ink"]}}},
    {"kind": "multiplier", "percent": 200, "stacking": "best"},
    {"kind": "multiplier", "percent": 300, "stacking": "best", "conditions": {"minimum_fen": 20_000}},
    {"kind": "bonus", "points": 40, "stacking": "best", "conditions": {"minimum_fen": 5_000}},
    {"kind": "bonus", "points": 90, "stacking": "best", "conditions": {"minimum_fen": 9_000}},
    {"kind": "bonus", "points": 3, "per": "item", "purse": "green"},
    FIRST,
    {"kind": "green", "points": 7, "conditions": {"include": {"skus": ["ink"]}}},
]
lines = st.lists(
    st.builds(line, st.sampled_from(["pen", "ink", "pad"]), st.integers(0, 20_000), st.integers(1, 4)),
    min_size=1,
    max_size=4,
)


def pieces(of: Line) -> Return:
    return by_line(of.sku, of.quantity, of.amount_fen)


def total(till: Till) -> int:
    return sum(award.points for award in till.granted)


@given(lines, st.lists(st.integers(1, 100), max_size=6), st.data())
def test_partial_returns_never_take_more_than_was_granted_and_a_full_one_takes_all(receipt, weights, data):
    order = basket(*receipt)
    till = Till(order, *SHOP)
    limits = data.draw(st.lists(st.integers(0, 500), min_size=len(till.granted), max_size=len(till.granted)))
    till = Till(order, *SHOP, clamp=limits)
    left = order.amount_fen
    for weight in weights:
        back = math.floor(left * weight / 100)
        left -= back
        assert till.gives_back(back) >= 0
        assert all(0 <= taken <= award.points for taken, award in zip(till.taken, till.granted, strict=True))
    till.gives_back(left)
    assert till.kept_points == 0


@given(st.permutations([line("pen", 7_000, 2), line("ink", 9_000, 3), line("pen", 4_000), line("pad", 50)]))
def test_goods_returned_line_by_line_in_any_order_take_all(receipt):
    till = Till(basket(line("pen", 7_000, 2), line("ink", 9_000, 3), line("pen", 4_000), line("pad", 50)), *SHOP)
    for one in receipt:
        till.gives_back(pieces(one))
    assert till.kept_points == 0


@given(lines, st.integers(0, 100), st.integers(0, 100))
def test_two_returns_take_what_one_return_of_both_takes(receipt, first, second):
    order = basket(*receipt)
    assume(order.amount_fen)
    one, other = order.amount_fen * first // 200, order.amount_fen * second // 200
    at_once, in_two = Till(order, *SHOP), Till(order, *SHOP)
    at_once.gives_back(one + other)
    in_two.gives_back(one)
    in_two.gives_back(other)
    assert in_two.kept_points == at_once.kept_points


@given(lines, st.integers(0, 100))
def test_what_is_kept_earns_what_buying_only_that_would_have_earned(receipt, percent):
    order = basket(*receipt)
    till = Till(order, *SHOP)
    till.gives_back(order.amount_fen * percent // 100)
    shop = RuleSet.compiled(STATIONER, [rule(one, id=number) for number, one in enumerate(SHOP, 1)])
    kept = clawback.kept_of(order, till.returns)
    assert till.kept_points == min(total(till), sum(award.points for award in evaluation.award_for(shop, kept)))
