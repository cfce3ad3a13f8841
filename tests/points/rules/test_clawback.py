"""The clawback of a return (SPEC §3): its figures, the decisions of `points.rules.clawback`, general properties."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from points.purchase import Line, Purchase
from points.rules import clawback, evaluation
from points.rules.awards import Award
from points.rules.clawback import Return, ReturnedLine, ReturnExceedsPurchase
from points.rules.rule_set import RuleSet
from tests.points.rules.examples import DOUBLE, FIRST, NOON, RATE, STATIONER, basket, line, paid, rule


class Sale:
    """A purchase booked by these rules, and its returns in order, each evaluated as the operation does."""

    def __init__(self, purchase: Purchase, *definitions: dict[str, Any], clamp: Sequence[int] | None = None) -> None:
        book = [rule(one, id=number) for number, one in enumerate(definitions, 1)]
        self.purchase = purchase
        self.granted: tuple[Award, ...] = evaluation.award_for(RuleSet.compiled(STATIONER, book), purchase)
        if clamp is not None:
            self.granted = tuple(replace(a, points=min(a.points, c)) for a, c in zip(self.granted, clamp, strict=True))
        wanted = clawback.frozen_versions(self.granted)
        self.frozen = RuleSet.frozen(STATIONER, [one for one in book if (one.id, one.version) in wanted])
        self.returns: list[Return] = []
        self.taken = [0] * len(self.granted)

    def returned(self, back: int | Return) -> int:
        self.returns.append(back if isinstance(back, Return) else Return(back))
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
    sale = Sale(paid(19_999), RATE)
    assert sale.returned(10_000) == 100
    assert sale.kept_points == 99


def test_return_rule_a_hundred_with_a_first_purchase_bonus_less_one_keeps_99():
    sale = Sale(paid(10_000), RATE, FIRST)
    assert sale.returned(100) == 201
    assert sale.kept_points == 99


def test_R06_a_returned_first_order_keeps_its_key_used():
    sale = Sale(paid(10_000), RATE, FIRST)
    sale.returned(10_000)
    assert sale.kept_points == 0
    assert [award.once_key for award in sale.granted] == [None, "first-purchase:3"]


def test_R08_a_return_of_a_doubled_purchase_takes_back_double():
    sale = Sale(paid(19_999), RATE, DOUBLE)
    assert sale.returned(10_000) == 200
    assert sale.kept_points == 2 * 99


def test_R10_a_returned_lamp_takes_base_and_green_points_back():
    green = {"kind": "green", "points": 20, "conditions": {"include": {"skus": ["LED-9"]}}}
    sale = Sale(basket(line("LED-9", 6_000, 2), line("pencil", 1_000)), RATE, green)
    assert sale.returned(by_line("LED-9", 1, 3_000)) == 30 + 20
    assert sale.returned(by_line("LED-9", 1, 3_000)) == 30 + 20
    assert sale.kept_points == 10


def test_three_small_returns_round_as_one():
    sale = Sale(paid(10_000), RATE)
    assert [sale.returned(50) for _ in range(4)] == [1, 0, 1, 0]


def test_points_a_cap_cut_off_are_taken_back_last():
    sale = Sale(paid(10_000), RATE, clamp=[50])
    assert sale.returned(4_000) == 0
    assert sale.returned(2_000) == 10
    assert sale.returned(4_000) == 40


def test_falling_below_the_minimum_of_the_better_rate_leaves_the_plain_one():
    better = RATE | {"points": 2, "stacking": "exclusive", "priority": 1, "conditions": {"minimum_fen": 50_000}}
    sale = Sale(paid(50_000), RATE, better)
    assert [award.points for award in sale.granted] == [1_000]
    assert sale.returned(100) == 501
    assert sale.kept_points == 499


def test_falling_below_the_minimum_of_the_best_multiplier_leaves_the_next():
    double = DOUBLE | {"stacking": "best"}
    triple = double | {"percent": 300, "conditions": {"minimum_fen": 50_000}}
    sale = Sale(paid(50_000), RATE, double, triple)
    sale.returned(10_000)
    assert sale.kept_points == 800


def test_a_later_version_does_not_apply_to_a_return():
    book = [rule(RATE), rule(RATE | {"points": 3}, version=2, starts_at=NOON.replace(day=23))]
    (award,) = evaluation.award_for(RuleSet.compiled(STATIONER, book), paid(10_000))
    assert clawback.frozen_versions([award]) == {(1, 1)}


# The purchase less its returns.


def test_an_amount_without_lines_is_spread_in_proportion_and_no_piece_comes_back():
    order = basket(line("pencil", 100, 2), line("ink", 100, 1), line("pad", 101, 3))
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


def test_returned_lines_are_subtracted_before_amounts_are_spread_in_any_order():
    order = basket(line("pencil", 10_000), line("ink", 10_000))
    loose, pencil = Return(5_000), by_line("pencil", 1, 10_000)
    assert clawback.kept_of(order, [loose, pencil]) == clawback.kept_of(order, [pencil, loose])
    assert [one.amount_fen for one in clawback.kept_of(order, [loose, pencil]).lines] == [0, 5_000]


def test_two_lines_of_one_sku_empty_one_after_the_other():
    kept = clawback.kept_of(basket(line("pencil", 300), line("pencil", 200)), [by_line("pencil", 2, 400)])
    assert [(one.quantity, one.amount_fen) for one in kept.lines] == [(0, 0), (0, 100)]


@pytest.mark.parametrize(
    "back",
    [
        pytest.param([Return(10_001)], id="more money than was paid"),
        pytest.param([Return(6_000), Return(4_001)], id="more money in two returns"),
        pytest.param([by_line("pencil", 3, 100)], id="more pieces"),
        pytest.param([by_line("pencil", 1, 6_001)], id="more money for the pencil"),
        pytest.param([by_line("hat", 1, 100)], id="never bought"),
    ],
)
def test_it_refuses_to_take_back_more_than_was_bought(back):
    with pytest.raises(ReturnExceedsPurchase):
        clawback.kept_of(basket(line("pencil", 6_000, 2), line("ink", 4_000)), back)


def test_it_refuses_lines_where_the_purchase_had_none():
    with pytest.raises(ReturnExceedsPurchase):
        clawback.kept_of(paid(10_000), [by_line("pencil", 1, 100)])
    with pytest.raises(ReturnExceedsPurchase, match="no lines"):
        clawback.kept_of(paid(10_000), [Return(100), by_line("pencil", 1, 100)])


# Properties of every purchase and every series of returns.

SHOP = [
    RATE,
    RATE | {"points": 3, "stacking": "exclusive", "priority": 1, "conditions": {"include": {"skus": ["pencil"]}}},
    {"kind": "multiplier", "percent": 150, "conditions": {"include": {"skus": ["pencil", "ink"]}}},
    {"kind": "multiplier", "percent": 200, "stacking": "best"},
    {"kind": "multiplier", "percent": 300, "stacking": "best", "conditions": {"minimum_fen": 20_000}},
    {"kind": "bonus", "points": 40, "stacking": "best", "conditions": {"minimum_fen": 5_000}},
    {"kind": "bonus", "points": 90, "stacking": "best", "conditions": {"minimum_fen": 9_000}},
    {"kind": "bonus", "points": 3, "per": "item", "purse": "green"},
    FIRST,
    {"kind": "green", "points": 7, "conditions": {"include": {"skus": ["ink"]}}},
]
lines = st.lists(
    st.builds(line, st.sampled_from(["pencil", "ink", "pad"]), st.integers(0, 20_000), st.integers(1, 4)),
    min_size=1,
    max_size=4,
)


def pieces(of: Line) -> Return:
    return by_line(of.sku, of.quantity, of.amount_fen)


def total(sale: Sale) -> int:
    return sum(award.points for award in sale.granted)


@given(lines, st.lists(st.integers(1, 100), max_size=6), st.data())
def test_partial_returns_never_take_more_than_was_granted_and_a_full_one_takes_all(receipt, weights, data):
    order = basket(*receipt)
    sale = Sale(order, *SHOP)
    limits = data.draw(st.lists(st.integers(0, 500), min_size=len(sale.granted), max_size=len(sale.granted)))
    sale = Sale(order, *SHOP, clamp=limits)
    left = order.amount_fen
    for weight in weights:
        back = math.floor(left * weight / 100)
        left -= back
        assert sale.returned(back) >= 0
        assert all(0 <= taken <= award.points for taken, award in zip(sale.taken, sale.granted, strict=True))
    sale.returned(left)
    assert sale.kept_points == 0


@given(st.permutations([line("pencil", 7_000, 2), line("ink", 9_000, 3), line("pencil", 4_000), line("pad", 50)]))
def test_goods_returned_line_by_line_in_any_order_take_all(receipt):
    sale = Sale(basket(line("pencil", 7_000, 2), line("ink", 9_000, 3), line("pencil", 4_000), line("pad", 50)), *SHOP)
    for one in receipt:
        sale.returned(pieces(one))
    assert sale.kept_points == 0


@given(lines, st.integers(0, 100), st.integers(0, 100))
def test_two_returns_take_what_one_return_of_both_takes(receipt, first, second):
    order = basket(*receipt)
    assume(order.amount_fen)
    one, other = order.amount_fen * first // 200, order.amount_fen * second // 200
    at_once, in_two = Sale(order, *SHOP), Sale(order, *SHOP)
    at_once.returned(one + other)
    in_two.returned(one)
    in_two.returned(other)
    assert in_two.kept_points == at_once.kept_points


@given(lines, st.integers(0, 100))
def test_the_kept_goods_earn_the_points_of_buying_only_them(receipt, percent):
    order = basket(*receipt)
    sale = Sale(order, *SHOP)
    sale.returned(order.amount_fen * percent // 100)
    shop = RuleSet.compiled(STATIONER, [rule(one, id=number) for number, one in enumerate(SHOP, 1)])
    kept = clawback.kept_of(order, sale.returns)
    assert sale.kept_points == min(total(sale), sum(award.points for award in evaluation.award_for(shop, kept)))
