"""A merchant publishes each of the seven kinds from the console, and types no JSON."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from merchants.models import Merchant, StaffRole
from redemption.forms import details
from redemption.models import Reward, RewardKind
from tests import factories
from tests.environment import ROOT
from tests.redemption import sample_rewards
from tests.redemption.console.test_rewards import RETURNS, price, signed_in

pytestmark = pytest.mark.django_db
CSS = ROOT / "hongmi/static/hongmi/console.css"
WEEK = [["08:00", "17:30"]]


def hours(name: str, typed: str = "08:00-17:30") -> dict[str, str]:
    return {f"{name}_{day}": typed for day in range(7)}


# Typed values of each kind, and the details stored for them.
TYPED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "goods": (RETURNS, {"returns": {"days": 7, "cash_days": 7, "terms": RETURNS["return_terms"]}}),
    "service": ({"valid_days": "90", "off_percent": "30"}, {"valid_days": 90, "off_percent": 30}),
    "customised": ({"pieces": "100", "needs_logo": "True"}, {"pieces": 100, "needs_logo": True}),
    "ticket": (
        {**hours("cash_hours"), "cash_after_sales": "未使用可退。", "cash_closed_on": "2026-10-01, 2026-10-02"},
        {
            "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEK),
            "cash_hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEK),
            "cash_closed_on": ["2026-10-01", "2026-10-02"],
            "after_sales": "未使用可退。",
            "cash_after_sales": "未使用可退。",
        },
    ),
    "coupon": (
        {"coupon_kind": "threshold", "coupon_off": "20", "coupon_minimum": "100", "valid_days": "60"},
        {"coupon": {"kind": "threshold", "off_fen": 2000, "minimum_fen": 10_000}, "valid_days": 60},
    ),
    "offset": (
        {"coupon_kind": "fixed", "coupon_off": "50.50", "valid_days": "365"},
        {"coupon": {"kind": "fixed", "off_fen": 5050}, "valid_days": 365},
    ),
    "sample": ({}, {}),
}


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant()


@pytest.fixture
def alice(shop: Merchant) -> Client:
    return signed_in(shop)


def drafted(client: Client, shop: Merchant, kind: str, typed: dict[str, str], **more: str) -> Any:
    form = {
        "merchant": shop.pk, "sku": "NEW", "kind": kind, "goods_category": "stationery", "title": "新奖品",
        "terms": "凭券使用。", "purse": "base", "limit_window": "ever",
    }  # fmt: skip
    return client.post(reverse("admin:redemption_reward_add"), form | typed | more)


def test_every_kind_has_its_way_through_the_console() -> None:
    assert set(TYPED) == set(RewardKind.values)


@pytest.mark.parametrize("kind", RewardKind.values)
def test_a_manager_publishes_each_kind_without_a_developer(alice: Client, shop: Merchant, kind: str) -> None:
    typed, kept = TYPED[kind]
    assert drafted(alice, shop, kind, typed).status_code == 302
    reward = Reward.objects.get(merchant=shop, sku="NEW")
    assert reward.details == kept
    alice.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), price())
    published = alice.post(reverse("admin:redemption_reward_publish", args=[reward.pk]))
    assert published.status_code == 302, published.content.decode()
    page = alice.get(reverse("admin:redemption_reward_change", args=[reward.pk])).content.decode()
    assert 'name="details"' not in page


def published(category: str, kind: str, title: str, typed: dict[str, str]) -> Reward:
    """By a manager of a shop of its own."""
    shop = factories.merchant(category, category=category)
    client = signed_in(shop)
    assert drafted(client, shop, kind, typed, title=title).status_code == 302
    reward = Reward.objects.get(merchant=shop)
    client.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), price())
    client.post(reverse("admin:redemption_reward_publish", args=[reward.pk]))
    reward.refresh_from_db()
    assert reward.status == "published"
    return reward


def test_R48_an_airline_discloses_its_miles() -> None:
    typed = {"miles_rate": "1元1里程", "miles_validity": "36个月", "miles_limits": "限经济舱"}
    reward = published("airline", "ticket", "机票", typed)
    assert reward.details == {"miles": {"rate": "1元1里程", "validity": "36个月", "limits": "限经济舱"}}


def test_an_insurance_shows_its_papers() -> None:
    papers = {"insurer_contract": "PICC-1", "compliance_approval": "HG-1"}
    reward = published("bank", "coupon", "车险满减券", TYPED["coupon"][0] | papers)
    assert reward.details == TYPED["coupon"][1] | papers


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("ticket", {"cash_hours_5": "8 bis 5"}, "Saturday: write hours as 08:00-12:00, 13:00-17:30."),
        ("ticket", {"cash_hours_0": "17:00-08:00"}, "Monday: write hours as"),
        ("ticket", {"closed_on": "1 October"}, "Write days as 2026-10-01"),
        ("coupon", {"coupon_percent": "120"}, "less than or equal to 100"),
        ("coupon", {"coupon_off": "1.005"}, "no more than 2 decimal places"),
        ("customised", {"pieces": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_mistyped_value_is_an_error_of_its_field(
    alice: Client, shop: Merchant, kind: str, typed: dict[str, str], says: str
) -> None:
    answer = drafted(alice, shop, kind, typed)
    assert answer.status_code == 200
    [name] = {field.removesuffix(f"_{field[-1]}") if field[-1].isdigit() else field for field in typed}
    assert says in str(answer.context["adminform"].form.errors[name])
    assert not Reward.objects.filter(merchant=shop).exists()


def test_an_objection_to_a_published_reward_is_an_error_of_its_field(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    form = {"goods_category": reward.goods_category, "title": reward.title, "terms": "x", "limit_window": "ever"}
    answer = alice.post(
        reverse("admin:redemption_reward_change", args=[reward.pk]), form | RETURNS | {"return_days": "3"}
    )
    assert "at least 7 days" in str(answer.context["adminform"].form.errors["return_days"])
    reward.refresh_from_db()
    assert reward.details["returns"]["days"] == 7


def test_a_change_preserves_keys_without_a_field_and_shows_typed_values(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, kind="coupon", details=TYPED["coupon"][1] | {"note": "kept"})
    page = alice.get(reverse("admin:redemption_reward_change", args=[reward.pk]))
    form = page.context["adminform"].form
    assert (form["coupon_off"].value(), form["coupon_kind"].value()) == ("20.00", "threshold")
    form = {"goods_category": reward.goods_category, "title": reward.title, "terms": "x", "limit_window": "ever"}
    typed = TYPED["coupon"][0] | {"coupon_kind": "percent", "coupon_percent": "20"}
    assert alice.post(reverse("admin:redemption_reward_change", args=[reward.pk]), form | typed).status_code == 302
    reward.refresh_from_db()
    assert reward.details == {
        "coupon": {"kind": "percent", "off_percent": 20, "minimum_fen": 10_000}, "valid_days": 60, "note": "kept",
    }  # fmt: skip


def test_a_read_only_page_shows_details_as_text(shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, kind="ticket", details=TYPED["ticket"][1])
    page = signed_in(shop, StaffRole.CASHIER).get(reverse("admin:redemption_reward_change", args=[reward.pk]))
    assert "Saturday 08:00-17:30" in page.content.decode()
    assert "<input" not in page.content.decode().split("hm-pairs")[1].split("</dl>")[0]


def test_every_field_has_a_label_in_both_languages() -> None:
    for language, alphabet in (("zh-hans", "[一-鿿]"), ("en", "[a-z]")):
        with translation.override(language):
            for name, field in details.fields().items():
                assert re.search(alphabet, str(field.label)), name
                assert not field.help_text or re.search(f"{alphabet}|[0-9]", str(field.help_text)), name


@pytest.mark.parametrize("kind", ["", *RewardKind.values])
def test_the_page_hides_exactly_the_fields_of_other_kinds(kind: str) -> None:
    rule = re.search(rf'option\[value="{kind}"\]:checked\) :is\(([^)]*)\)', CSS.read_text())
    assert rule
    hidden = {name.strip().removeprefix(".field-") for name in rule[1].split(",")}
    own = set(details.of_kind(kind)) if kind else set()
    assert hidden == set(details.NAMES) - set(details.RARE) - own
