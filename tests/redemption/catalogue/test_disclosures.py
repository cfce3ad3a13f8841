"""Objections to publishing a reward (SPEC R26, R31–R33, R47, R48, R50, D11). The Scenic spot sells tickets."""

from dataclasses import replace
from typing import Any

import pytest

from redemption import disclosures, prohibited_goods
from redemption.disclosures import RewardFacts

RETURNS = {"days": 7, "cash_days": 7, "terms": "商品完好,寄回运费由会员承担。"}
NOTEBOOKS = RewardFacts(
    "goods", "stationery", "stationery/notebooks", "笔记本套装", "", "到店自提。", {"returns": RETURNS}
)
ALL_WEEK = {day: [["08:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
TICKET = replace(
    NOTEBOOKS,
    kind="ticket",
    merchant_category="scenic",
    goods_category="travel/ticket",
    title="景区门票",
    details={
        "hours": ALL_WEEK,
        "cash_hours": ALL_WEEK,
        "after_sales": "未使用可退。",
        "cash_after_sales": "未使用可退。",
    },
)
MILES = {"rate": "1元累积1里程", "validity": "36个月", "limits": "限经济舱"}
FLIGHT = replace(TICKET, merchant_category="airline", title="往返机票", details={"miles": MILES})
INSURANCE = replace(
    NOTEBOOKS,
    kind="coupon",
    goods_category="insurance/motor",
    title="车险满减券",
    details={
        "coupon": {"kind": "fixed", "off_fen": 100_000},
        "valid_days": 90,
        "insurer_contract": "PICC-2026-0118",
        "compliance_approval": "HG-2026-031",
    },
)


def codes(reward: RewardFacts) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in disclosures.objections(reward)]


def with_details(reward: RewardFacts, **changes: Any) -> RewardFacts:
    return replace(reward, details={**reward.details, **changes})


@pytest.mark.parametrize("reward", [NOTEBOOKS, TICKET, FLIGHT, INSURANCE])
def test_a_reward_with_all_disclosures_meets_no_objection(reward: RewardFacts) -> None:
    assert disclosures.objections(reward) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"days": 6, "cash_days": 6}, "days", "less_than_law"),
        ({"days": 7, "cash_days": 15}, "days", "less_than_cash"),
        ({"days": "7"}, "days", "malformed"),
        ({"except": "my own"}, "except", "malformed"),
        ({"terms": " "}, "terms", "missing_disclosure"),
        ({"cash_days": None}, "cash_days", "missing_disclosure"),
    ],
)
def test_goods_come_with_the_right_to_return_them_as_for_cash(change: dict[str, Any], field: str, code: str) -> None:
    assert codes(with_details(NOTEBOOKS, returns=RETURNS | change)) == [(f"details.returns.{field}", code)]


def test_goods_that_say_nothing_of_returning_and_those_that_the_law_excepts() -> None:
    assert {name for name, _ in codes(replace(NOTEBOOKS, details={}))} == {
        "details.returns.days", "details.returns.cash_days", "details.returns.terms",
    }  # fmt: skip
    cake = {"except": "perishable", "cash_days": 0, "terms": "现做,不适用无理由退货。"}
    assert codes(with_details(NOTEBOOKS, returns=cake)) == []
    assert codes(with_details(NOTEBOOKS, returns=cake | {"cash_days": 7})) == [
        ("details.returns.days", "less_than_cash")
    ]


def test_it_wants_terms_and_a_category_of_every_reward() -> None:
    assert codes(replace(NOTEBOOKS, terms=" ", goods_category="")) == [
        ("terms", "missing_disclosure"),
        ("goods_category", "missing_disclosure"),
    ]


@pytest.mark.parametrize("ban", prohibited_goods.BANS, ids=lambda ban: str(ban.category))
def test_R33_it_refuses_banned_goods_with_the_reason(ban: prohibited_goods.Ban) -> None:
    for category in (ban.category, f"{ban.category}/anything", ban.category.upper()):
        [objection] = disclosures.objections(replace(NOTEBOOKS, goods_category=category))
        assert objection.code == "banned_goods"
        assert ban.zh in objection.zh
        assert ban.en in objection.en


def test_R33_a_harmless_category_does_not_hide_a_banned_title() -> None:
    assert codes(replace(NOTEBOOKS, title="进口香烟一条")) == [("goods_category", "banned_goods")]


def test_R33_a_ban_covers_subcategories_and_not_similar_names() -> None:
    assert codes(replace(NOTEBOOKS, goods_category="cashmere")) == []


def test_R47_narrower_hours_than_the_cash_twin_are_refused_and_the_difference_is_listed() -> None:
    weekdays_only = {day: spans for day, spans in ALL_WEEK.items() if day != "sun"} | {"sat": [["10:00", "15:00"]]}
    [objection] = disclosures.objections(with_details(TICKET, hours=weekdays_only))
    assert (objection.field, objection.code) == ("details.hours", "less_than_cash")
    assert objection.difference == ("周六 sat 08:00–10:00, 15:00–17:30", "周日 sun 08:00–17:30")


def test_R47_wider_hours_and_hours_in_two_pieces_are_welcome() -> None:
    wider = {day: [["07:00", "12:00"], ["12:00", "18:00"]] for day in ALL_WEEK}
    assert disclosures.objections(with_details(TICKET, hours=wider)) == []


def test_R47_days_on_which_only_the_points_ticket_is_void_are_listed() -> None:
    [objection] = disclosures.objections(
        with_details(TICKET, closed_on=["2027-02-06", "2026-12-31"], cash_closed_on=["2026-12-31"])
    )
    assert objection.difference == ("2027-02-06 不可用 closed",)


def test_R50_after_sales_are_those_of_the_cash_ticket() -> None:
    [objection] = disclosures.objections(with_details(TICKET, after_sales="一经兑换概不退换。"))
    assert (objection.field, objection.code) == ("details.after_sales", "less_than_cash")


@pytest.mark.parametrize("hours", [{"sat": "08:00-17:00"}, {"sat": [["17:00", "08:00"]]}, {"someday": []}, {"sat": 8}])
def test_hours_that_cannot_be_read_are_refused(hours: Any) -> None:
    assert codes(with_details(TICKET, hours=hours)) == [("details.hours", "malformed")]


@pytest.mark.parametrize("name", ["rate", "validity", "limits"])
def test_R48_a_flight_for_miles_states_rate_validity_and_limits(name: str) -> None:
    assert codes(with_details(FLIGHT, miles=MILES | {name: " "})) == [(f"details.miles.{name}", "missing_disclosure")]
    assert len(codes(with_details(FLIGHT, miles=None))) == 3


@pytest.mark.parametrize("paper", ["insurer_contract", "compliance_approval"])
def test_D11_an_insurance_benefit_needs_both_papers(paper: str) -> None:
    assert codes(with_details(INSURANCE, **{paper: ""})) == [(f"details.{paper}", "missing_disclosure")]


def test_D11_insurance_is_known_by_its_words_too() -> None:
    assert len(codes(replace(NOTEBOOKS, title="汽车保险满减券"))) == 2


@pytest.mark.parametrize(
    ("coupon", "field"),
    [
        (None, "details.coupon"),
        ({"kind": "gift"}, "details.coupon.kind"),
        ({"kind": "percent", "off_percent": 101}, "details.coupon.off_percent"),
        ({"kind": "fixed"}, "details.coupon.off_fen"),
        ({"kind": "threshold", "off_fen": 3_000}, "details.coupon.minimum_fen"),
    ],
)
def test_R26_a_coupon_discloses_its_discount_and_minimum_spend(coupon: Any, field: str) -> None:
    reward = replace(NOTEBOOKS, kind="coupon", details={"coupon": coupon, "valid_days": 30})
    assert [name for name, _ in codes(reward)] == [field]


def test_R31_a_service_has_slots_or_a_validity() -> None:
    check_up = replace(NOTEBOOKS, kind="service", goods_category="pets/health")
    assert codes(check_up) == [("details.valid_days", "missing_disclosure")]
    assert codes(replace(check_up, has_slots=True)) == []
    assert codes(replace(check_up, details={"valid_days": 60, "off_percent": 30})) == []


def test_R23_a_customised_service_discloses_its_number_of_pieces() -> None:
    reward = replace(NOTEBOOKS, kind="customised", details={})
    assert [name for name, _ in codes(reward)] == ["details.pieces", "details.needs_logo"]
    assert codes(replace(reward, details={"pieces": 100, "needs_logo": True})) == []
