"""Each kind of rule at its edges: its validation, description and award."""

from datetime import date
from typing import Any

import pytest

from points.rules import evaluation, rule_json
from points.rules.kinds import registry
from points.rules.kinds.birthday import birthday_in
from points.rules.reader import DefinitionInvalid
from points.rules.text import Factor, Number, Points, Text, Yuan
from points.rules.types import Event, MemberFacts
from tests.points.rules.examples import DOUBLE, FIRST, NOON, RATE, basket, book, line, paid, points

GREEN = {"kind": "green", "points": 20}


def sentence(definition: dict[str, Any]) -> Text:
    return rule_json.parse(definition).effect.sentence()


# Figures that are read.


@pytest.mark.parametrize(
    "least",
    [
        {"kind": "rate", "points": 1, "per_fen": 1},
        {"kind": "bonus", "points": 1},
        {"kind": "first_purchase", "points": 1, "threshold_fen": 0},
        {"kind": "sign_up", "points": 1},
        {"kind": "birthday", "points": 1},
        {"kind": "birthday", "percent": 101},
        {"kind": "green", "points": 1, "per_fen": 1},
        {"kind": "multiplier", "percent": 101},
    ],
    ids=lambda definition: definition["kind"],
)
def test_the_least_figures_of_a_kind_are_read_and_one_less_is_refused(least):
    assert rule_json.canonical(rule_json.parse(least)) == least
    for name in least.keys() - {"kind"}:
        with pytest.raises(DefinitionInvalid):
            rule_json.parse(least | {name: least[name] - 1})


# Sentences.


@pytest.mark.parametrize(
    ("reason", "note", "figures"),
    [
        (
            "rate",
            {"rate": "2/150", "fen": 700},
            {"fen": Yuan(700), "rate": Number(2), "per": Yuan(150), "rounding": Text("rounded down once per order")},
        ),
        (
            "rate",
            {"rate": "2/150", "fen": 700, "rounding": "ceil", "round_per": "line"},
            {"fen": Yuan(700), "rate": Number(2), "per": Yuan(150), "rounding": Text("rounded up line by line")},
        ),
        ("multiplier", {"base": 50, "percent": 250}, {"base": Number(50), "factor": Factor(250)}),
        ("bonus", {}, {}),
        ("bonus", {"items": 2, "each": 3}, {"items": 2, "each": 3}),
        ("green", {"sku": "LED-9", "items": 3, "each": 20}, {"sku": "LED-9", "items": 3, "each": 20}),
        (
            "green",
            {"sku": "LED-9", "fen": 6_000, "rate": "2/1000"},
            {"sku": "LED-9", "fen": Yuan(6_000), "rate": Number(2), "per": Yuan(1_000)},
        ),
        ("birthday", {"year": 2026}, {"year": 2026}),
        ("first_purchase", {"threshold_fen": 10_000}, {"threshold": Yuan(10_000)}),
        ("first_purchase_missed", {"threshold_fen": 10_000}, {"threshold": Yuan(10_000)}),
        ("sign_up", {}, {}),
    ],
)
def test_the_explanation_of_an_award_repeats_the_figures_of_its_note(reason, note, figures):
    explanation = registry.explanation(reason)
    assert explanation is not None
    assert explanation({}, note).figures == figures


def test_a_reason_that_is_no_rules_has_no_explanation():
    assert registry.explanation("a mistake") is None


@pytest.mark.parametrize(
    ("definition", "message", "figures"),
    [
        (DOUBLE, "A purchase earns %(factor)s times the points.", {"factor": Factor(200)}),
        (
            DOUBLE | {"purse": "green"},
            "A purchase earns %(factor)s times the green points.",
            {"factor": Factor(200)},
        ),
        (
            {"kind": "bonus", "points": 5},
            "An order earns %(points)s on top.",
            {"points": Points(5)},
        ),
        (
            {"kind": "bonus", "points": 5, "per": "item", "purse": "green"},
            "Every piece of the goods earns %(points)s.",
            {"points": Points(5, "green")},
        ),
        (GREEN, "Every piece of the goods earns %(points)s.", {"points": Points(20, "green")}),
        (
            GREEN | {"per_fen": 1_000},
            "Every %(yuan)s yuan spent on the goods earns %(points)s.",
            {"yuan": Yuan(1_000), "points": Points(20, "green")},
        ),
        (
            {"kind": "birthday", "percent": 200, "trigger": "purchase"},
            "A purchase %(on)s %(whose)s earns %(factor)s times the points.",
            {"on": Text("on"), "whose": Text("the member's birthday"), "factor": Factor(200)},
        ),
        (
            {"kind": "birthday", "points": 66, "trigger": "purchase", "on": "month"},
            "A purchase %(on)s %(whose)s earns %(points)s, once a year.",
            {"on": Text("in the month of"), "whose": Text("the member's birthday"), "points": Points(66)},
        ),
        (
            {"kind": "birthday", "points": 88, "whose": "pet"},
            "Granted automatically %(on)s %(whose)s: %(points)s, once a year.",
            {"on": Text("on"), "whose": Text("a pet's birthday"), "points": Points(88)},
        ),
    ],
)
def test_the_sentence_of_a_rule_states_what_it_grants(definition, message, figures):
    found = sentence(definition)
    assert (found.message, found.figures) == (message, figures)


# Rates.


@pytest.mark.parametrize(
    ("rounding", "amount_fen", "earned"),
    [
        ("floor", 1_099, [10]),
        ("half_up", 1_049, [10]),
        ("half_up", 1_050, [11]),
        ("half_up", 1_149, [11]),
        ("ceil", 1_000, [10]),
        ("ceil", 1_001, [11]),
    ],
)
def test_a_rate_rounds_at_the_edge_of_a_point(rounding, amount_fen, earned):
    assert points(book(RATE | {"rounding": rounding}), paid(amount_fen)) == earned


@pytest.mark.parametrize(
    "terms", [{"rounding": "half_up"}, {"round_per": "line"}, {"rounding": "ceil", "round_per": "line"}]
)
def test_a_rate_notes_a_rounding_that_is_not_the_usual_one(terms):
    (award,) = evaluation.award_for(book(RATE | terms), paid(1_000))
    assert award.note == {"rate": "1/100", "rounding": "floor", "round_per": "order"} | terms


EXCLUSIVE = RATE | {"stacking": "exclusive", "priority": 9}


@pytest.mark.parametrize(
    ("conditions", "over"),
    [
        ({}, [[2, 1], [3, 1]]),
        ({"stores": [7]}, [[3, 1]]),
        ({"include": {"skus": ["ink"]}}, [[3, 1]]),
        ({"include": {"skus": ["pencil"]}}, [[2, 1], [3, 1]]),
    ],
    ids=["the plain rate", "not this store's", "not on these goods", "on these goods"],
)
def test_an_exclusive_rate_names_only_rates_that_would_have_granted_for_its_goods(conditions, over):
    shop = book(EXCLUSIVE, RATE | {"conditions": conditions}, RATE | {"points": 2})
    (award,) = evaluation.award_for(shop, basket(line("pencil", 1_000)))
    assert award.note.get("over") == over


def test_an_exclusive_rate_for_goods_that_are_not_bought_takes_nothing():
    elsewhere = EXCLUSIVE | {"conditions": {"include": {"skus": ["ink"]}}}
    (award,) = evaluation.award_for(book(elsewhere, RATE), basket(line("pencil", 1_000)))
    assert (award.rule_id, award.points, award.note) == (2, 10, {"rate": "1/100"})


def test_two_exclusive_rates_divide_the_goods_by_priority():
    pencils = EXCLUSIVE | {"points": 3, "conditions": {"include": {"skus": ["pencil"]}}}
    rest = EXCLUSIVE | {"points": 2, "priority": 8}
    assert points(book(pencils, rest, RATE), basket(line("pencil", 1_000), line("ink", 500))) == [30, 10]


# Factors and bonuses.


def test_the_extra_points_of_a_factor_are_a_bonus_that_notes_what_it_multiplied():
    _, extra = evaluation.award_for(book(RATE, DOUBLE), paid(10_000))
    assert (extra.purse, extra.kind, extra.note) == ("base", "bonus", {"base": 100, "percent": 200})


def test_the_extra_green_points_of_a_factor_are_green():
    shop = book(RATE | {"purse": "green"}, DOUBLE | {"purse": "green", "percent": 150})
    _, extra = evaluation.award_for(shop, paid(10_000))
    assert (extra.purse, extra.kind, extra.points) == ("green", "green", 50)


def test_a_factor_multiplies_what_two_rates_earn():
    _, _, extra = evaluation.award_for(book(RATE, RATE | {"points": 2}, DOUBLE), paid(10_000))
    assert (extra.points, extra.note["base"]) == (300, 300)


def test_a_factor_for_some_goods_and_one_for_all_each_multiply_their_own():
    some = DOUBLE | {"conditions": {"include": {"skus": ["pencil"]}}}
    shop = book(RATE, some, DOUBLE | {"percent": 300})
    assert points(shop, basket(line("pencil", 5_000), line("ink", 5_000))) == [100, 50, 200]


def test_the_best_factor_names_those_that_it_displaces_and_one_that_adds_does_not():
    best = DOUBLE | {"stacking": "best"}
    awards = evaluation.award_for(book(RATE, best, best | {"percent": 300}, DOUBLE), paid(10_000))
    assert [(one.rule_id, one.note.get("over")) for one in awards] == [(1, None), (3, [[2, 1]]), (4, None)]


def test_the_best_bonus_names_those_that_it_displaces_and_one_that_adds_does_not():
    ten, fifty = ({"kind": "bonus", "points": number, "stacking": "best"} for number in (10, 50))
    awards = evaluation.award_for(book(ten, fifty, {"kind": "bonus", "points": 1}), paid(100))
    assert [(one.rule_id, one.points, one.note) for one in awards] == [(2, 50, {"over": [[1, 1]]}), (3, 1, {})]


def test_an_exclusive_bonus_names_those_that_it_displaces():
    alone = {"kind": "bonus", "points": 10, "stacking": "exclusive"}
    (award,) = evaluation.award_for(book({"kind": "bonus", "points": 50}, alone), paid(100))
    assert (award.rule_id, award.points, award.note) == (2, 10, {"over": [[1, 1]]})


@pytest.mark.parametrize(("purse", "kind"), [("base", "bonus"), ("green", "green")])
@pytest.mark.parametrize("per", ["order", "item"])
def test_a_bonus_becomes_a_lot_of_its_purse(purse, kind, per):
    (award,) = evaluation.award_for(book({"kind": "bonus", "points": 5, "purse": purse, "per": per}), paid(100))
    assert (award.purse, award.kind, award.points) == (purse, kind, 5)


def test_an_order_without_lines_is_one_piece():
    (award,) = evaluation.award_for(book({"kind": "bonus", "points": 5, "per": "item"}), paid(100))
    assert award.note == {"items": 1, "each": 5}


# First purchases.


def test_a_first_purchase_that_misses_every_threshold_names_the_first_rule():
    (award,) = evaluation.award_for(book(FIRST, FIRST | {"points": 500, "threshold_fen": 50_000}), paid(9_999))
    assert (award.rule_id, award.points, award.note) == (1, 0, {"threshold_fen": 10_000})


def test_the_better_first_purchase_names_the_other_that_was_reached_too():
    (award,) = evaluation.award_for(book(FIRST, FIRST | {"points": 500, "threshold_fen": 50_000}), paid(50_000))
    assert (award.rule_id, award.note) == (2, {"threshold_fen": 50_000, "over": [[1, 1]]})


@pytest.mark.parametrize(("amount_fen", "earned"), [(0, [0]), (1, [200])])
def test_a_first_purchase_without_a_threshold_needs_one_paid_fen(amount_fen, earned):
    assert points(book(FIRST | {"threshold_fen": 0}), paid(amount_fen)) == earned


def test_a_first_purchase_counts_its_goods_only_and_keeps_to_its_stores():
    pencils = FIRST | {"conditions": {"include": {"skus": ["pencil"]}}}
    assert points(book(pencils), basket(line("pencil", 9_999), line("ink", 9_999))) == [0]
    assert points(book(FIRST | {"conditions": {"stores": [7]}}), paid(10_000, store_id=8)) == [0]


# Green points.


def test_green_points_by_amount_are_rounded_down_once_for_each_sku():
    by_amount = {"kind": "green", "points": 2, "per_fen": 1_000}
    order = basket(line("LED-9", 1_400), line("LED-9", 700), line("cap", 499), line("bag", 500))
    awards = evaluation.award_for(book(by_amount), order)
    assert [(one.points, one.note) for one in awards] == [
        (4, {"sku": "LED-9", "fen": 2_100, "rate": "2/1000"}),
        (1, {"sku": "bag", "fen": 500, "rate": "2/1000"}),
    ]


def test_green_points_by_piece_count_no_free_pieces_and_keep_to_their_stores():
    order = basket(line("LED-9", 6_000, 2), line("LED-9", 0, 1), store_id=8)
    (award,) = evaluation.award_for(book(GREEN), order)
    assert (award.points, award.note) == (40, {"sku": "LED-9", "items": 2, "each": 20})
    assert points(book(GREEN | {"conditions": {"stores": [7]}}), order) == []


# Birthdays.


@pytest.mark.parametrize(("year", "day"), [(2000, 29), (2026, 28), (2100, 28), (2200, 28), (2400, 29)])
def test_R09_a_century_has_a_29_february_every_four_hundred_years(year, day):
    assert birthday_in(date(2024, 2, 29), year) == date(year, 2, day)


@pytest.mark.parametrize("born_on", [date(1990, 2, 28), date(1990, 3, 29), date(1990, 1, 29)])
def test_any_other_birthday_stays_on_its_day(born_on):
    assert birthday_in(born_on, 2027) == born_on.replace(year=2027)


def test_a_birthday_month_is_no_other_month():
    shop = book({"kind": "birthday", "points": 66, "trigger": "purchase", "on": "month"})
    assert points(shop, paid(100), MemberFacts(birthday=date(1990, 11, 1))) == [66]
    assert points(shop, paid(100), MemberFacts(birthday=date(1990, 10, 22))) == []


def test_a_members_birthday_gift_names_its_year_and_no_subject():
    (award,) = evaluation.award_for_event(book({"kind": "birthday", "points": 88}), Event("member_birthday", NOON))
    assert (award.once_key, award.note, award.usable_from) == ("birthday:1:2026", {"year": 2026}, None)


def test_of_two_gifts_with_one_key_the_first_counts():
    shop = book({"kind": "sign_up", "points": 5}, {"kind": "sign_up", "points": 9})
    assert [one.points for one in evaluation.award_for_event(shop, Event("sign_up", NOON))] == [5]
