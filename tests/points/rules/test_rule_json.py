"""Strict reading of a rule's JSON, its canonical form, and the rules that a merchant may not publish."""

import json
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.rules import rule_json, validation
from points.rules.effect import Definition
from points.rules.kinds.rate import Rate
from points.rules.reader import DefinitionInvalid
from points.rules.types import CapTerm, Conditions, Goods, LotTerms
from tests.points.rules.examples import DOUBLE, FIRST, OPENING, RATE, SHANGHAI

SIGN_UP = {"kind": "sign_up", "points": 100}
PET_GIFT = {"kind": "birthday", "points": 88, "whose": "pet", "earmark": "cake"}
GREEN = {"kind": "green", "points": 20, "conditions": {"include": {"labels": ["green:*"]}}}
NOTICE = {"expiry_notice": "Valid for 30 days."}


def refusals(raw: dict[str, Any], category: str = "stationery", **window: datetime) -> list[str]:
    definition = rule_json.parse(raw)
    return [problem.code for problem in validation.validate(definition, category, **window)]


def misreadings(raw: object) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionInvalid) as caught:
        rule_json.parse(raw)
    return [(problem.where, problem.code) for problem in caught.value.problems]


# Reading.


def test_a_rule_with_every_field_is_read_whole():
    raw = RATE | {
        "purse": "base",
        "rounding": "half_up",
        "round_per": "line",
        "conditions": {
            "minimum_fen": 5_000,
            "minimum_of": "eligible",
            "include": {"skus": ["pencil"], "categories": ["paper"], "labels": ["sale"]},
            "exclude": {"skus": ["gold-pencil"]},
            "stores": [1, 2],
            "exclude_channels": ["app"],
            "weekdays": [6, 7],
            "days_of_month": [18],
            "hours": ["10:00", "24:00"],
        },
        "priority": 5,
        "stacking": "exclusive",
        "caps": [{"limit": 100, "window": "day"}],
        "pending_days": 7,
        "campaign": "spring",
    }
    assert rule_json.parse(raw) == Definition(
        effect=Rate(1, 100, "base", "half_up", "line"),
        conditions=Conditions(
            minimum_fen=5_000,
            minimum_of="eligible",
            include=Goods(frozenset({"pencil"}), frozenset({"paper"}), frozenset({"sale"})),
            exclude=Goods(frozenset({"gold-pencil"})),
            stores=frozenset({1, 2}),
            exclude_channels=frozenset({"app"}),
            weekdays=frozenset({6, 7}),
            days_of_month=frozenset({18}),
            hours=(time(10), time.max),
        ),
        priority=5,
        stacking="exclusive",
        caps=(CapTerm(100, "day"),),
        lot=LotTerms(pending_days=7),
        campaign="spring",
    )


@pytest.mark.parametrize(
    ("raw", "misread"),
    [
        (
            [],
            [("", "not_an_object"), ("kind", "not_a_choice"), ("points", "not_a_number"), ("per_fen", "not_a_number")],
        ),
        ({"kind": "rate", "points": 1}, [("per_fen", "not_a_number")]),
        (RATE | {"points": 1.0}, [("points", "not_a_number")]),
        (RATE | {"points": True}, [("points", "not_a_number")]),
        (RATE | {"points": "1"}, [("points", "not_a_number")]),
        (RATE | {"points": 0}, [("points", "not_a_number")]),
        (RATE | {"per_fen": 0}, [("per_fen", "not_a_number")]),
        (RATE | {"point": 1}, [("point", "unknown_field")]),
        (RATE | {"percent": 200}, [("percent", "unknown_field")]),
        (RATE | {"rounding": "up"}, [("rounding", "not_a_choice")]),
        (RATE | {"purse": None}, [("purse", "not_a_choice")]),
        (RATE | {"priority": None}, [("priority", "not_a_number")]),
        (DOUBLE | {"percent": 100}, [("percent", "not_a_number")]),
        (RATE | {"conditions": {"skus": []}}, [("conditions.skus", "unknown_field")]),
        (RATE | {"conditions": {"include": {"skus": "pencil"}}}, [("conditions.include.skus", "not_a_list")]),
        (RATE | {"conditions": {"include": {"skus": [7]}}}, [("conditions.include.skus", "not_a_list_of_text")]),
        (RATE | {"conditions": {"weekdays": [0]}}, [("conditions.weekdays", "not_a_number")]),
        (RATE | {"conditions": {"hours": ["12:00", "10:00"]}}, [("conditions.hours", "not_hours")]),
        (RATE | {"conditions": {"hours": [10, 12]}}, [("conditions.hours", "not_hours")]),
        (RATE | {"conditions": None}, [("conditions", "not_an_object")]),
        (RATE | {"caps": [{"limit": 0, "window": "day"}]}, [("caps.0.limit", "not_a_number")]),
        (RATE | {"caps": [{"limit": 5}]}, [("caps.0.window", "not_a_choice")]),
        (RATE | {"expires_on": "2026-13-01"}, [("expires_on", "not_a_date")]),
        (RATE | {"transferable": "yes"}, [("transferable", "not_yes_or_no")]),
        (RATE | {"campaign": "x" * 31}, [("campaign", "not_text")]),
    ],
)
def test_an_unreadable_field_is_refused_by_name(raw, misread):
    assert misreadings(raw) == misread


def test_every_problem_has_a_sentence():
    with pytest.raises(DefinitionInvalid) as caught:
        rule_json.parse(RATE | {"points": 0, "rounding": "up"})
    assert [str(problem) for problem in caught.value.problems] == [
        "This must be a whole number from 1 to 1000000.",
        "Choose one of: floor, half_up, ceil.",
    ]


# Writing.


def test_the_canonical_form_leaves_defaults_out_and_sorts_lists():
    raw = RATE | {"purse": "base", "priority": 0, "caps": [], "conditions": {"stores": [2, 1], "exclude": {}}}
    assert rule_json.canonical(rule_json.parse(raw)) == RATE | {"conditions": {"stores": [1, 2]}}


def test_green_points_are_transferable_unless_the_rule_forbids_it():
    assert rule_json.parse(GREEN).lot.transferable
    kept = GREEN | {"transferable": False}
    assert rule_json.canonical(rule_json.parse(kept)) == kept
    assert not rule_json.parse(RATE).lot.transferable


texts = st.lists(st.sampled_from(["pencil", "纸", "green:*"]), max_size=3)
goods = st.fixed_dictionaries({}, optional={"skus": texts, "categories": texts, "labels": texts})
conditions = st.fixed_dictionaries(
    {},
    optional={
        "minimum_fen": st.integers(0, 10**6),
        "minimum_of": st.sampled_from(["order", "eligible"]),
        "include": goods,
        "exclude": goods,
        "stores": st.lists(st.integers(1, 99)),
        "channels": texts,
        "weekdays": st.lists(st.integers(1, 7)),
        "hours": st.sampled_from([["00:00", "24:00"], ["10:30", "12:00"]]),
    },
)
caps = st.fixed_dictionaries(
    {"limit": st.integers(1, 10**9), "window": st.sampled_from(["day", "month", "year", "campaign"])},
    optional={
        "per": st.sampled_from(["member", "merchant"]),
        "scope": st.sampled_from(["rule", "campaign", "merchant"]),
    },
)
definitions = st.builds(
    lambda effect, more: effect | more,
    st.sampled_from([RATE, DOUBLE, FIRST, SIGN_UP, PET_GIFT, GREEN, {"kind": "bonus", "points": 5, "purse": "green"}]),
    st.fixed_dictionaries(
        {},
        optional={
            "conditions": conditions,
            "priority": st.integers(-1000, 1000),
            "stacking": st.sampled_from(["add", "multiply", "best", "exclusive"]),
            "caps": st.lists(caps, max_size=3),
            "pending_days": st.integers(0, 365),
            "valid_days": st.none() | st.integers(1, 999),
            "expires_on": st.none() | st.dates().map(date.isoformat),
            "expiry_notice": st.sampled_from(["", "Soon."]),
            "transferable": st.booleans(),
            "campaign": st.none() | st.just("spring"),
        },
    ),
)


@given(definitions)
def test_the_canonical_form_reads_back_as_the_same_rule(raw):
    definition = rule_json.parse(raw)
    written = rule_json.canonical(definition)
    assert rule_json.parse(json.loads(json.dumps(written))) == definition
    assert rule_json.canonical(rule_json.parse(written)) == written


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = ["kind", "points", "per_fen", "conditions", "caps", "hours", "purse", "stacking", "expires_on", "transferable"]


# A valid rule with one arbitrary field, because an entirely invalid one is refused before its validation.
nearly_valid = st.tuples(definitions, st.sampled_from(fields), json_values).map(
    lambda rule: rule[0] | {rule[1]: rule[2]}
)


@given(
    definitions
    | nearly_valid
    | json_values
    | st.dictionaries(st.sampled_from(fields), json_values | st.sampled_from(["rate", "birthday"]))
)
def test_any_json_is_read_or_refused_without_an_exception(raw):
    try:
        definition = rule_json.parse(raw)
    except DefinitionInvalid:
        return
    validation.validate(definition, "retail")


# Validating.


@pytest.mark.parametrize("raw", [RATE, DOUBLE, FIRST, SIGN_UP, PET_GIFT, GREEN])
def test_a_shop_can_publish_the_rules_of_the_specification(raw):
    assert refusals(raw) == []


@pytest.mark.parametrize("category", ["bank", "payment"])
@pytest.mark.parametrize("gift", [SIGN_UP, PET_GIFT])
def test_R51_R52_a_bank_cannot_grant_points_without_a_purchase(category, gift):
    assert refusals(gift, category) == ["gift_refused"]


@pytest.mark.parametrize(
    "raw", [RATE, DOUBLE, FIRST, GREEN, {"kind": "birthday", "percent": 200, "trigger": "purchase"}]
)
def test_R51_a_bank_can_grant_points_for_spending(raw):
    assert refusals(raw, "bank") == []


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (RATE | NOTICE | {"valid_days": 30}, ["spending_never_expires"]),
        (GREEN | NOTICE | {"valid_days": 30}, ["spending_never_expires"]),
        (SIGN_UP | {"valid_days": 30}, ["expiry_not_disclosed"]),
        (SIGN_UP | NOTICE | {"valid_days": 30}, []),
        (SIGN_UP | NOTICE | {"valid_days": 30, "expires_on": "2026-12-31"}, ["two_expiries"]),
        (FIRST | NOTICE | {"valid_days": 7, "pending_days": 7}, ["expires_while_pending"]),
        (RATE | {"points": 20}, ["rate_too_high"]),
        (RATE | {"points": 19}, []),
        ({"kind": "green", "points": 20}, ["green_without_goods"]),
        (RATE | {"stacking": "best"}, ["stacking_refused"]),
        (FIRST | {"stacking": "exclusive"}, ["stacking_refused"]),
        (RATE | {"transferable": True}, ["only_green_transferable"]),
        (SIGN_UP | {"conditions": {"minimum_fen": 1}}, ["conditions_without_purchase"]),
        (RATE | {"conditions": {"stores": [1], "exclude_stores": [1]}}, ["both_in_and_out"]),
        ({"kind": "birthday"}, ["points_or_percent"]),
        ({"kind": "birthday", "points": 5, "percent": 200, "trigger": "purchase"}, ["points_or_percent"]),
        ({"kind": "birthday", "percent": 200}, ["nothing_to_multiply"]),
        ({"kind": "birthday", "points": 5, "whose": "pet", "trigger": "purchase"}, ["pets_do_not_buy"]),
        (RATE | {"caps": [{"limit": 1, "window": "day"}, {"limit": 2, "window": "day"}]}, ["cap_twice"]),
        (RATE | {"caps": [{"limit": 1, "window": "day", "scope": "campaign"}]}, ["campaign_unnamed"]),
    ],
)
def test_it_refuses_a_rule_with_its_reason(raw, refused):
    assert refusals(raw) == refused


def test_R48_only_an_airlines_miles_may_expire_though_earned_by_spending():
    miles = RATE | NOTICE | {"valid_days": 1_095}
    assert refusals(miles, "airline") == []
    assert refusals(miles, "hotel") == ["spending_never_expires"]


def test_it_refuses_a_window_that_ends_before_it_starts():
    assert refusals(RATE, starts_at=OPENING, ends_at=OPENING) == ["ends_before_start"]


def test_it_refuses_points_that_would_have_expired_before_the_rule_starts():
    late = datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert refusals(FIRST | NOTICE | {"expires_on": "2026-12-31"}, starts_at=late) == ["expired_at_start"]
