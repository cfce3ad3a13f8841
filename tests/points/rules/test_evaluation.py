"""Points of purchases at the Stationer: the acceptance lines of SPEC §2 by number, tables, and properties."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.rules import awards, evaluation
from points.rules.kinds.birthday import birthday_in
from points.rules.rule_set import RuleSet
from points.rules.types import Event, MemberFacts
from tests.points.rules.examples import (
    DOUBLE,
    FIRST,
    NOON,
    OPENING,
    RATE,
    SHANGHAI,
    STATIONER,
    basket,
    book,
    line,
    paid,
    points,
    rule,
    utc,
)

SECOND = timedelta(seconds=1)
amounts = st.integers(0, 5_000_000)


# Figures of the specification.


@pytest.mark.parametrize(("amount_fen", "earned"), [(5_000, [50]), (19_999, [199]), (100, [1]), (99, []), (0, [])])
def test_R01_one_yuan_earns_one_point_floored_once_per_order(amount_fen, earned):
    assert points(book(RATE), paid(amount_fen)) == earned


def test_R01_the_floor_falls_once_on_the_order_and_not_on_each_line():
    order = basket(line("pencil", 50), line("ink", 50))
    assert points(book(RATE), order) == [1]
    assert points(book(RATE | {"round_per": "line"}), order) == []


@pytest.mark.parametrize(
    ("times", "amount_fen", "total"),
    [
        pytest.param(10, 5_000, 500, id="R02 a notebook set"),
        pytest.param(5, 20_000, 1_000, id="R03 a pencil"),
        pytest.param(5, 100_000, 5_000, id="R04 a basic maintenance"),
    ],
)
def test_R02_R03_R04_monthly_earning_adds_up(times, amount_fen, total):
    months = [paid(amount_fen, at=NOON - timedelta(days=30 * month)) for month in range(times)]
    assert sum(sum(points(book(RATE), purchase)) for purchase in months) == total


def test_R05_joining_earns_once_per_member_and_merchant():
    (award,) = evaluation.award_for_event(book({"kind": "sign_up", "points": 100}), Event("sign_up", NOON))
    assert (award.points, award.once_key, award.kind) == (100, "sign-up:3", "bonus")


def test_R06_a_first_order_of_99_yuan_earns_99_and_is_used_up():
    rate, first = evaluation.award_for(book(RATE, FIRST), paid(9_900))
    assert rate.points == 99
    assert (first.points, first.reason, first.once_key) == (0, "first_purchase_missed", "first-purchase:3")


def test_R06_a_first_order_of_100_yuan_earns_100_and_200():
    rate, first = evaluation.award_for(book(RATE, FIRST), paid(10_000))
    assert (rate.points, first.points) == (100, 200)
    assert (first.reason, first.once_key) == ("first_purchase", "first-purchase:3")


def test_R06_of_two_first_purchase_rules_the_better_one_holds_the_one_key():
    bigger = FIRST | {"points": 500, "threshold_fen": 50_000}
    assert [award.points for award in evaluation.award_for(book(FIRST, bigger), paid(50_000))] == [500]
    assert [award.points for award in evaluation.award_for(book(FIRST, bigger), paid(10_000))] == [200]


def test_R06_a_first_order_of_nothing_is_used_up_too():
    assert [award.once_key for award in evaluation.award_for(book(RATE, FIRST), paid(0))] == ["first-purchase:3"]


def test_R08_points_double_inside_the_window_and_not_one_second_after_it():
    start, end = datetime(2026, 11, 18, tzinfo=SHANGHAI), datetime(2026, 11, 19, tzinfo=SHANGHAI)
    shop = RuleSet.compiled(STATIONER, [rule(RATE), rule(DOUBLE, id=2, starts_at=start, ends_at=end)])
    assert points(shop, paid(19_999, at=start - SECOND)) == [199]
    assert points(shop, paid(19_999, at=start)) == [199, 199]
    assert points(shop, paid(19_999, at=end - SECOND)) == [199, 199]
    assert points(shop, paid(19_999, at=end)) == [199]
    assert points(shop, paid(19_999, at=end + SECOND)) == [199]


def test_R08_every_18th_is_a_day_of_shanghai_wherever_the_shop_stands():
    shop = book(RATE, DOUBLE | {"conditions": {"days_of_month": [18]}})
    assert points(shop, paid(100, at=utc("2026-11-17T16:00:00Z"))) == [1, 1]
    assert points(shop, paid(100, at=utc("2026-11-18T15:59:59Z"))) == [1, 1]
    assert points(shop, paid(100, at=utc("2026-11-18T16:00:00Z"))) == [1]


def test_R09_a_pet_has_one_birthday_a_year_and_its_gift_is_only_for_the_cake():
    gift = {"kind": "birthday", "points": 88, "whose": "pet", "earmark": "cake"}
    (award,) = evaluation.award_for_event(book(gift), Event("pet_birthday", NOON, subject="pet-7"))
    assert (award.points, award.earmark, award.once_key) == (88, "cake", "birthday:1:2026:pet-7")
    assert evaluation.award_for_event(book(gift), Event("member_birthday", NOON)) == ()


@pytest.mark.parametrize(("year", "day"), [(2024, 29), (2025, 28), (2028, 29), (2100, 28)])
def test_R09_29_february_is_celebrated_on_the_28th_of_a_common_year(year, day):
    assert birthday_in(date(2024, 2, 29), year) == date(year, 2, day)


def test_R10_a_certified_lamp_earns_green_points_that_name_it_beside_base_points():
    green = {"kind": "green", "points": 20, "conditions": {"include": {"labels": ["green:*"]}}}
    order = basket(line("LED-9", 6_000, 2, labels="green:label-1"), line("LED-9", 3_000, 1, labels="green:label-1"))
    base, lamp = evaluation.award_for(book(RATE, green), order)
    assert (base.purse, base.points) == ("base", 90)
    assert (lamp.purse, lamp.kind, lamp.points, lamp.note["sku"]) == ("green", "green", 60, "LED-9")
    assert lamp.transferable
    assert points(book(RATE, green), basket(line("bulb", 6_000))) == [60]


# Rates.


def test_a_rate_on_some_goods_notes_the_amount_it_counted():
    definition = RATE | {"conditions": {"include": {"skus": ["pencil"]}}}
    (award,) = evaluation.award_for(book(definition), basket(line("pencil", 2_000), line("ink", 3_000)))
    assert award.note == {"fen": 2_000, "rate": "1/100"}


@pytest.mark.parametrize(("rounding", "earned"), [("floor", [1]), ("half_up", [2]), ("ceil", [2])])
def test_a_rate_rounds_as_it_discloses(rounding, earned):
    assert points(book(RATE | {"rounding": rounding}), paid(150)) == earned


def test_a_rate_explains_what_it_counted():
    (award,) = evaluation.award_for(book(RATE), paid(19_999))
    assert award.note == {"rate": "1/100"}
    assert (award.rule_id, award.rule_version, award.reason, award.kind) == (1, 1, "rate", "spend")
    assert award.expires_at is None


@pytest.mark.parametrize(
    ("conditions", "earned"),
    [
        ({"include": {"skus": ["pencil"]}}, [30]),
        ({"include": {"categories": ["paper"]}}, [50]),
        ({"include": {"labels": ["sale"]}}, [50]),
        ({"include": {"skus": ["pencil"], "categories": ["paper"]}}, [80]),
        ({"exclude": {"skus": ["pencil"]}}, [70]),
        ({"include": {"categories": ["paper"]}, "exclude": {"labels": ["sale"]}}, []),
        ({"stores": [1]}, [100]),
        ({"stores": [2]}, []),
        ({"exclude_stores": [1]}, []),
        ({"channels": ["app"]}, []),
        ({"exclude_channels": ["app"]}, [100]),
        ({"minimum_fen": 10_000}, [100]),
        ({"minimum_fen": 10_001}, []),
        ({"minimum_fen": 3_001, "minimum_of": "eligible", "include": {"skus": ["pencil"]}}, []),
        ({"minimum_fen": 3_000, "minimum_of": "eligible", "include": {"skus": ["pencil"]}}, [30]),
        ({"weekdays": [7]}, [100]),
        ({"weekdays": [1, 2]}, []),
        ({"hours": ["12:00", "13:00"]}, [100]),
        ({"hours": ["11:00", "12:00"]}, []),
        ({"hours": ["12:00", "24:00"]}, [100]),
    ],
)
def test_a_rule_applies_where_its_conditions_hold(conditions, earned):
    order = basket(
        line("pencil", 3_000),
        line("pad", 5_000, category="paper", labels="sale"),
        line("gum", 2_000),
        store_id=1,
        channel="shop",
    )
    assert points(book(RATE | {"conditions": conditions}), order) == earned


def test_an_order_without_lines_has_no_goods_to_include():
    assert points(book(RATE | {"conditions": {"include": {"skus": ["pencil"]}}}), paid(10_000)) == []
    assert points(book(RATE | {"conditions": {"exclude": {"skus": ["pencil"]}}}), paid(10_000)) == [100]


def test_an_exclusive_rate_takes_its_goods_from_the_rates_after_it():
    gold = {"kind": "rate", "points": 1, "per_fen": 1_000, "stacking": "exclusive", "priority": 1}
    shop = book(RATE, gold | {"conditions": {"include": {"categories": ["gold"]}}})
    first, second = evaluation.award_for(shop, basket(line("ring", 100_000, category="gold"), line("pencil", 3_000)))
    assert (first.rule_id, first.points, first.note["over"]) == (2, 100, [[1, 1]])
    assert (second.rule_id, second.points) == (1, 30)


def test_an_exclusive_rate_leaves_the_other_purse_alone():
    base, green = evaluation.award_for(book(RATE | {"stacking": "exclusive"}, RATE | {"purse": "green"}), paid(100))
    assert (base.points, green.points) == (1, 1)
    assert "over" not in base.note


def test_an_exclusive_rate_that_earns_nothing_still_claims_its_goods():
    gold = {"kind": "rate", "points": 1, "per_fen": 1_000, "stacking": "exclusive", "priority": 1}
    (award,) = evaluation.award_for(book(RATE, gold), paid(999))
    assert (award.rule_id, award.points) == (2, 0)


# Multipliers and bonuses.


@pytest.mark.parametrize(
    ("policies", "extras"),
    [
        (("add", "add"), [100, 200]),
        (("multiply", "multiply"), [100, 400]),
        (("add", "multiply"), [100, 400]),
        (("best", "best"), [200]),
        (("best", "add"), [300, 200]),  # those that add come first, then ×2 of what they reached
        (("exclusive", "add"), [100]),
        (("exclusive", "best"), [100]),
    ],
)
def test_two_multipliers_stack_by_their_policy(policies, extras):
    two, three = (
        {"kind": "multiplier", "percent": p, "stacking": s} for p, s in zip((200, 300), policies, strict=True)
    )
    base, *rest = points(book(RATE, two, three), paid(10_000))
    assert base == 100
    assert rest == extras


def test_a_multiplier_for_some_goods_multiplies_what_they_alone_would_earn():
    shop = book(RATE, DOUBLE | {"conditions": {"include": {"skus": ["pencil"]}}})
    assert points(shop, basket(line("pencil", 5_050), line("ink", 4_950))) == [100, 50]


def test_a_multiplier_doubles_points_already_rounded_down():
    assert points(book(RATE, DOUBLE), paid(19_999)) == [199, 199]
    assert points(book(RATE, DOUBLE | {"percent": 150}), paid(19_999)) == [199, 99]


def test_a_factor_whose_own_step_rounds_to_nothing_is_still_named_beside_the_others():
    half_more = DOUBLE | {"percent": 150}
    assert points(book(RATE, half_more), paid(100)) == [1]
    assert points(book(RATE, half_more, DOUBLE | {"stacking": "multiply"}), paid(100)) == [1, 0, 2]


def test_a_green_multiplier_leaves_base_points_alone():
    assert points(book(RATE, DOUBLE | {"purse": "green"}), paid(10_000)) == [100]


def test_bonuses_add_up_unless_only_the_best_counts():
    ten, fifty = {"kind": "bonus", "points": 10}, {"kind": "bonus", "points": 50}
    assert points(book(ten, fifty), paid(100)) == [10, 50]
    (best,) = evaluation.award_for(book(ten | {"stacking": "best"}, fifty | {"stacking": "best"}), paid(100))
    assert (best.points, best.note["over"]) == (50, [[1, 1]])
    assert points(book(ten | {"stacking": "exclusive", "priority": 1}, fifty), paid(100)) == [10]


def test_a_bonus_by_piece_counts_no_free_pieces():
    each = {"kind": "bonus", "points": 5, "per": "item"}
    assert points(book(each), basket(line("pencil", 3_000, 3), line("gift", 0, 4))) == [15]
    assert points(book({"kind": "bonus", "points": 5}), paid(0)) == []


def test_a_member_who_buys_on_the_birthday_earns_double():
    shop = book(RATE, {"kind": "birthday", "percent": 200, "trigger": "purchase"})
    assert shop.needs_member_facts
    assert points(shop, paid(10_000), MemberFacts(birthday=date(1990, 11, 22))) == [100, 100]
    assert points(shop, paid(10_000), MemberFacts(birthday=date(1990, 11, 23))) == [100]
    assert points(shop, paid(10_000)) == [100]
    assert not book(RATE).needs_member_facts


def test_a_birthday_month_bonus_comes_once_a_year():
    shop = book({"kind": "birthday", "points": 66, "trigger": "purchase", "on": "month"})
    (award,) = evaluation.award_for(shop, paid(100), MemberFacts(birthday=date(1990, 11, 1)))
    assert (award.points, award.once_key) == (66, "birthday:1:2026")


# Versions, lots, caps.


def test_a_later_version_replaces_the_earlier_from_its_start():
    change = datetime(2026, 6, 1, tzinfo=SHANGHAI)
    shop = RuleSet.compiled(
        STATIONER, [rule(RATE | {"points": 2}, version=2, starts_at=change), rule(RATE, ends_at=NOON)]
    )
    assert points(shop, paid(100, at=OPENING - SECOND)) == []
    assert points(shop, paid(100, at=change - SECOND)) == [1]
    assert points(shop, paid(100, at=change)) == [2]
    assert points(shop, paid(100, at=NOON)) == [2]


def test_of_two_versions_the_later_start_wins_whatever_their_numbers():
    change = datetime(2026, 6, 1, tzinfo=SHANGHAI)
    shop = RuleSet.compiled(STATIONER, [rule(RATE, version=2), rule(RATE | {"points": 3}, version=1, starts_at=change)])
    assert points(shop, paid(100, at=change - SECOND)) == [1]
    assert points(shop, paid(100, at=change)) == [3]


def test_points_wait_for_the_return_period():
    (award,) = evaluation.award_for(book(RATE | {"pending_days": 7}), paid(100))
    assert award.usable_from == NOON + timedelta(days=7)


def test_a_bonus_lot_is_valid_through_its_last_shanghai_day():
    notice = {"kind": "bonus", "points": 1, "expiry_notice": "Valid for 30 days."}
    (by_days,) = evaluation.award_for(book(notice | {"valid_days": 30}), paid(100))
    (by_date,) = evaluation.award_for(book(notice | {"expires_on": "2026-12-22"}), paid(100))
    assert by_days.expires_at == by_date.expires_at == datetime(2026, 12, 23, tzinfo=SHANGHAI)


def test_a_rule_grants_no_lot_that_has_expired_already():
    shop = book({"kind": "bonus", "points": 1, "expires_on": "2026-11-22", "expiry_notice": "Today only."})
    midnight = datetime(2026, 11, 23, tzinfo=SHANGHAI)
    assert points(shop, paid(100, at=midnight - SECOND)) == [1]
    assert points(shop, paid(100, at=midnight)) == []


def test_a_rule_with_a_last_day_stops_when_pending_points_would_outlive_it():
    definition = {
        "kind": "bonus",
        "points": 1,
        "expires_on": "2026-11-30",
        "expiry_notice": "November.",
        "pending_days": 7,
    }
    last = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    assert points(book(definition), paid(100, at=last - SECOND)) == [1]
    assert points(book(definition), paid(100, at=last)) == []


def test_caps_name_their_shanghai_windows_and_budgets():
    caps = [
        {"limit": 100, "window": "day"},
        {"limit": 900, "window": "month", "scope": "merchant"},
        {"limit": 50_000, "window": "campaign", "scope": "campaign", "per": "merchant"},
    ]
    definition = RATE | {"caps": caps, "campaign": "spring"}
    (award,) = evaluation.award_for(book(definition), paid(100, at=utc("2026-11-30T16:00:00Z")))
    assert [(cap.key, cap.window, cap.limit, cap.member) for cap in award.caps] == [
        ("rule:1", "2026-12-01", 100, True),
        ("merchant:3", "2026-12", 900, True),
        ("campaign:3:spring", "campaign", 50_000, False),
    ]


def test_awards_come_back_from_json_as_they_went():
    definitions = [
        RATE | {"caps": [{"limit": 9, "window": "day"}], "pending_days": 7},
        FIRST,
        {
            "kind": "bonus",
            "points": 5,
            "purse": "green",
            "earmark": "cake",
            "valid_days": 3,
            "expiry_notice": "Three days.",
        },
    ]
    granted = evaluation.award_for(book(*definitions), paid(10_000))
    assert awards.from_json(awards.to_json(granted)) == granted


def test_the_json_of_a_plain_award_leaves_defaults_out():
    assert awards.to_json(evaluation.award_for(book(RATE), paid(5_000))) == [
        {
            "points": 50,
            "rule": 1,
            "version": 1,
            "reason": "rate",
            "note": {"rate": "1/100"},
        }
    ]


# Properties.

EVERY_KIND = [
    RATE,
    RATE | {"conditions": {"include": {"skus": ["pencil"]}}, "priority": 2, "stacking": "exclusive", "points": 3},
    DOUBLE,
    {"kind": "multiplier", "percent": 150, "stacking": "best", "conditions": {"include": {"skus": ["pencil", "ink"]}}},
    {"kind": "multiplier", "percent": 300, "stacking": "best", "conditions": {"minimum_fen": 20_000}},
    {"kind": "bonus", "points": 30, "conditions": {"minimum_fen": 5_000}},
    FIRST,
    {"kind": "green", "points": 7, "conditions": {"include": {"skus": ["ink"]}}},
]
baskets = st.lists(
    st.builds(line, st.sampled_from(["pencil", "ink", "pad"]), st.integers(0, 30_000), st.integers(1, 5)),
    min_size=1,
    max_size=5,
).map(lambda lines: basket(*lines))


@given(
    amounts,
    amounts,
    st.integers(1, 50),
    st.sampled_from(["floor", "half_up", "ceil"]),
)
def test_paying_more_never_earns_less(one_fen, other_fen, rate, rounding):
    shop = book({"kind": "rate", "points": rate, "per_fen": 997, "rounding": rounding})
    less, more = sorted((one_fen, other_fen))
    assert sum(points(shop, paid(less))) <= sum(points(shop, paid(more)))


@given(baskets, st.permutations(list(enumerate(EVERY_KIND, 1))))
def test_the_order_in_which_rules_are_listed_plays_no_part(purchase, shuffled):
    listed = RuleSet.compiled(STATIONER, [rule(definition, id=number) for number, definition in shuffled])
    assert evaluation.award_for(listed, purchase) == evaluation.award_for(book(*EVERY_KIND), purchase)


@given(baskets)
def test_no_award_is_negative_and_every_award_names_its_rule(purchase):
    for award in evaluation.award_for(book(*EVERY_KIND), purchase):
        assert award.points >= 0
        assert 1 <= award.rule_id <= len(EVERY_KIND)


@given(amounts, st.lists(st.sampled_from([110, 150, 200, 300]), min_size=1, max_size=4))
def test_multiplying_gives_the_exact_product_rounded_down_once(amount_fen, percents):
    factors = [{"kind": "multiplier", "percent": percent, "stacking": "multiply"} for percent in percents]
    product, scale = amount_fen // 100, 1
    for percent in percents:
        product, scale = product * percent, scale * 100
    assert sum(points(book(RATE, *factors), paid(amount_fen))) == product // scale


@given(baskets)
def test_splitting_a_receipt_into_lines_changes_nothing_for_a_rate_on_the_order(purchase):
    assert sum(points(book(RATE), purchase)) == purchase.amount_fen // 100


def test_R48_an_airlines_points_that_end_are_miles_and_a_shops_are_spend():
    miles = RATE | {"valid_days": 1_095, "expiry_notice": "里程三年有效"}
    assert [award.kind for award in evaluation.award_for(book(miles), paid(100))] == ["miles"]
    assert [award.kind for award in evaluation.award_for(book(RATE), paid(100))] == ["spend"]
