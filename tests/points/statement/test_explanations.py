"""The explanation of an act in sentences; every reason of the rules has one."""

from typing import Any

import pytest
from django.utils import translation

from points.models import Act
from points.statement import explanations
from points.types import ActKind

RULES = {7: "1 point per yuan"}


def explained(kind: ActKind = ActKind.PURCHASE, **breakdown: Any) -> list[str]:
    amount_fen = breakdown.pop("amount_fen", 5000)
    with translation.override("en"):
        return explanations.sentences(Act(kind=kind, amount_fen=amount_fen, breakdown=breakdown), RULES)


def award(reason: str, points: int, **fields: Any) -> dict[str, Any]:
    return {"purse": "base", "points": points, "kind": "spend", "rule": 7, "version": 1, "reason": reason} | fields


@pytest.mark.parametrize(
    ("booked", "sentence"),
    [
        (
            award("rate", 199, note={"fen": 19999, "rate": "1/100"}),
            "1 point per yuan: 199.99 yuan at 1 per 1 yuan, rounded down once per order: 199 points.",
        ),
        (
            award("multiplier", 50, note={"base": 50, "percent": 200}),
            "1 point per yuan: 50 points × 2, 50 more.",
        ),
        (award("bonus", 30), "1 point per yuan: 30 points."),
        (
            award("first_purchase", 200, note={"threshold_fen": 10000}),
            "1 point per yuan: your first order reached 100 yuan, 200 points.",
        ),
        (
            award("first_purchase_missed", 0, note={"threshold_fen": 10000}),
            "1 point per yuan: your first order stayed below 100 yuan, so the gift for it was not earned.",
        ),
        (award("birthday", 88, note={"year": 2026}), "1 point per yuan: 88 points for the birthday in 2026."),
        (
            award("green", 60, purse="green", note={"sku": "LED-9W", "items": 3, "each": 20}),
            "1 point per yuan: 3 × LED-9W, 20 each: 60 green points.",
        ),
    ],
)
def test_a_reason_of_the_rules_is_a_sentence(booked: dict[str, Any], sentence: str) -> None:
    assert explained(awards=[booked]) == [sentence]


def test_a_rate_without_an_amount_in_its_note_counted_the_whole_order() -> None:
    whole, part = award("rate", 50, note={"rate": "1/100"}), award("rate", 20, note={"fen": 2000, "rate": "1/100"})
    assert explained(awards=[whole, part], amount_fen=5000) == [
        "1 point per yuan: 50 yuan at 1 per 1 yuan, rounded down once per order: 50 points.",
        "1 point per yuan: 20 yuan at 1 per 1 yuan, rounded down once per order: 20 points.",
    ]


def test_an_expiry_stands_in_the_sentence_of_its_award() -> None:
    ending = award("bonus", 30, expires_at="2026-02-05T16:00:00+00:00")
    assert explained(awards=[award("rate", 50, note={"fen": 5000, "rate": "1/100"}), ending]) == [
        "1 point per yuan: 50 yuan at 1 per 1 yuan, rounded down once per order: 50 points.",
        "1 point per yuan: 30 points. Valid until 2026-02-05.",
    ]


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ({"dropped": "already_awarded", "points": 0}, "It is given once and you had it before."),
        ({"dropped": "cap_reached", "points": 0}, "The most for this time was reached already."),
        ({"awarded": 100}, "It would have been 100, but the most for this time was reached."),
    ],
)
def test_a_cut_by_the_ledger_is_explained(lost: dict[str, Any], why: str) -> None:
    (sentence,) = explained(awards=[award("bonus", 30) | lost])
    assert sentence.endswith(why)


def test_a_name_with_a_percent_sign_breaks_nothing() -> None:
    booked = award("rate", 50, note={"fen": 5000, "rate": "1/100"})
    with translation.override("en"):
        act = Act(kind=ActKind.PURCHASE, breakdown={"awards": [booked]})
        (sentence,) = explanations.sentences(act, {7: "50%(off)s 100%"})
    assert sentence.startswith("50%(off)s 100%: 50 yuan")


def test_a_purchase_that_earns_nothing_is_explained() -> None:
    assert explained(awards=[]) == ["No rule of the shop grants points for this purchase."]


def test_a_return_states_the_points_the_goods_had_earned() -> None:
    assert explained(ActKind.RETURN, clawback={"base": 45, "green": 0}, amount_fen=4500) == [
        "Goods for 45 yuan went back; they had earned 45 points."
    ]


@pytest.mark.parametrize("kind", [kind for kind in ActKind if kind not in (ActKind.REDEMPTION, ActKind.AWARD)])
def test_every_kind_of_act_has_an_explanation(kind: ActKind) -> None:
    assert explained(kind, reason="a mistake", lapses_at="2026-11-23T12:00:00+08:00")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_figure_of_a_sentence_is_filled_in(language: str) -> None:
    booked = [
        award("rate", 50, note={"fen": 5000, "rate": "1/100"}),
        award("sign_up", 100),
        award("bonus", 6, note={"items": 2, "each": 3}),
    ]
    with translation.override(language):
        sentences = explanations.sentences(Act(kind=ActKind.PURCHASE, breakdown={"awards": booked}), RULES)
    assert not any("%" in sentence for sentence in sentences)
