"""The description of a rule agrees with its evaluation in `points.rules.evaluation`."""

from typing import Any

import pytest
from django.utils import translation

from points.rules import descriptions, rule_json
from points.rules.kinds import registry


def sentence(definition: dict[str, Any], language: str = "zh-hans") -> str:
    with translation.override(language):
        return descriptions.sentence(rule_json.parse(definition))


def terms(definition: dict[str, Any], language: str = "en") -> dict[str, str]:
    with translation.override(language):
        return dict(descriptions.terms(rule_json.parse(definition), stores={7: "上海五角场店"}))


RATE = {"kind": "rate", "points": 1, "per_fen": 100}
SENTENCES = [
    (RATE, "每消费 1 元得 1 积分。", "Every 1 yuan spent earns 1 point."),
    (
        {"kind": "rate", "points": 2, "per_fen": 1_050, "purse": "green"},
        "每消费 10.50 元得 2 绿色积分。",
        "Every 10.50 yuan spent earns 2 green points.",
    ),
    ({"kind": "multiplier", "percent": 250}, "消费可得 2.5 倍积分。", "A purchase earns 2.5 times the points."),
    ({"kind": "bonus", "points": 50}, "每单另加 50 积分。", "An order earns 50 points on top."),
    ({"kind": "bonus", "points": 5, "per": "item"}, "每件商品得 5 积分。", "Every piece of the goods earns 5 points."),
    (
        {"kind": "first_purchase", "points": 200, "threshold_fen": 10_000},
        "首单满 100 元另加 200 积分，仅一次。",
        "The first order of at least 100 yuan earns 200 points on top, once.",
    ),
    ({"kind": "sign_up", "points": 100}, "加入即得 100 积分，仅一次。", "Joining earns 100 points, once."),
    (
        {"kind": "birthday", "points": 88, "whose": "pet"},
        "宠物生日当天自动发放 88 积分，每年一次。",
        "Granted automatically on a pet's birthday: 88 points, once a year.",
    ),
    (
        {"kind": "birthday", "percent": 200, "on": "month", "trigger": "purchase"},
        "会员生日当月消费可得 2 倍积分。",
        "A purchase in the month of the member's birthday earns 2 times the points.",
    ),
    (
        {"kind": "green", "points": 20, "conditions": {"include": {"labels": ["green:*"]}}},
        "每件商品得 20 绿色积分。",
        "Every piece of the goods earns 20 green points.",
    ),
]


@pytest.mark.parametrize(("definition", "zh", "en"), SENTENCES)
def test_each_kind_is_one_sentence_in_both_languages(definition: dict[str, Any], zh: str, en: str) -> None:
    assert (sentence(definition), sentence(definition, "en")) == (zh, en)


def test_every_kind_has_a_sentence() -> None:
    assert {definition["kind"] for definition, _, _ in SENTENCES} == set(registry.by_name())


def test_every_term_of_a_rule_stands_in_its_table() -> None:
    definition = RATE | {
        "rounding": "half_up",
        "round_per": "line",
        "conditions": {
            "minimum_fen": 5_000,
            "include": {"categories": ["stationery/pencils"]},
            "exclude": {"skus": ["GIFT"]},
            "stores": [7],
            "weekdays": [6, 7],
            "days_of_month": [8, 18],
            "hours": ["10:00", "24:00"],
        },
        "caps": [{"limit": 1_000, "window": "month"}, {"limit": 90_000, "window": "campaign", "per": "merchant"}],
        "pending_days": 7,
        "valid_days": 365,
        "expiry_notice": "一年内有效",
        "earmark": "NOTEBOOK",
        "stacking": "best",
        "campaign": "spring",
        "priority": 3,
    }
    assert terms(definition) == {
        "Rounding": "rounded to the nearest line by line",
        "Minimum spend": "¥50 of the order",
        "Only categories": "stationery/pencils",
        "Not SKUs": "GIFT",
        "Shops": "上海五角场店",
        "Weekdays": "Saturday · Sunday",
        "Every month on": "day 8 · day 18",
        "Hours": "10:00–24:00",
        "Limit for a member": "1,000 points a month",
        "Budget for all members": "90,000 points in the whole campaign",
        "Usable": "after 7 days",
        "Valid": "365 days",
        "Notice to the member": "一年内有效",
        "Usable only for": "NOTEBOOK",
        "Beside other rules": "only the best of these counts",
        "Priority": "3",
        "Campaign": "spring",
    }


def test_defaults_are_not_listed() -> None:
    assert terms(RATE) == {"Rounding": "rounded down once per order", "Valid": "for ever"}
