"""GET /rewards as a partner sees it (DESIGN §6): the Stationer's rewards in the fields of the contract."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant
from redemption.models import Reward
from tests import factories
from tests.partner_client import PartnerClient
from tests.redemption import sample_rewards
from tests.redemption.sample_rewards import OPENING

pytestmark = pytest.mark.django_db
FAR = OPENING.replace(year=2099)


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant()


@pytest.fixture
def partner(shop: Merchant) -> PartnerClient:
    return PartnerClient(shop)


def ours(answer: Any, shop: Merchant) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return [one for one in answer.json()["results"] if one["merchant"] == shop.code]


def test_a_reward_has_the_fields_of_the_contract(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, stock=10, per_person_limit=2)
    assert partner.get(f"/rewards/{reward.pk}").json() == {
        "id": str(reward.pk),
        "merchant": shop.code,
        "kind": "goods",
        "title": "笔记本套装",
        "purse": "base",
        "face_value_fen": 2_500,
        "points_price": 500,
        "stock": 10,
        "per_person_limit": 2,
        "terms": "到店自提。",
        "returns": {"days": 7, "terms": sample_rewards.RETURNS["terms"]},
    }


def test_R22_points_price_is_todays_and_the_window_is_shown(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    sample_rewards.row(reward, 400, kind="window", ends_at=FAR, face_value_fen=2_500, occasion="开学季")
    body = partner.get(f"/rewards/{reward.pk}").json()
    assert (body["points_price"], body["window"]["occasion"]) == (400, "开学季")
    assert set(body["window"]) == {"starts_at", "ends_at", "occasion"}
    assert "original_points_price" not in body  # nobody ever redeemed it


def test_R27_points_and_cash_stand_beside_points_alone(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    sample_rewards.row(reward, 300, cash_fen=990, with_cash=True)
    body = partner.get(f"/rewards/{reward.pk}").json()
    assert body["with_cash"] == {"points_price": 300, "cash_price_fen": 990}
    assert "cash_price_fen" not in body


def test_R27_without_a_price_in_points_alone_the_cash_is_shown(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, 300, price={"cash_fen": 990, "with_cash": True})
    body = partner.get(f"/rewards/{reward.pk}").json()
    assert (body["points_price"], body["cash_price_fen"]) == (300, 990)
    assert "with_cash" not in body


def test_R29_the_catalogue_covers_every_merchant_and_filters_by_one(partner: PartnerClient, shop: Merchant) -> None:
    garage = factories.merchant("garage", category="automotive")
    mine, theirs = (
        sample_rewards.on_sale(shop),
        sample_rewards.on_sale(garage, 5_000, kind="service", details={"valid_days": 90}),
    )
    assert [one["id"] for one in ours(partner.get("/rewards"), garage)] == [str(theirs.pk)]
    assert [one["id"] for one in partner.get("/rewards", merchant=shop.code).json()["results"]] == [str(mine.pk)]
    assert str(theirs.pk) in {one["id"] for one in partner.get("/rewards", kind="service").json()["results"]}


def test_R20_sold_out_is_shown_on_the_next_request(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, stock=1)
    assert "closed" not in partner.get(f"/rewards/{reward.pk}").json()
    Reward.objects.filter(pk=reward.pk).update(stock=0)
    body = partner.get(f"/rewards/{reward.pk}").json()
    assert (body["stock"], body["closed"]) == (0, "sold_out")


def test_pages_are_walked_by_cursor(partner: PartnerClient, shop: Merchant) -> None:
    made = [sample_rewards.on_sale(shop) for _ in range(3)]
    first = partner.get("/rewards", merchant=shop.code, limit="2").json()
    rest = partner.client.get(first["next"], headers=partner.headers()).json()
    assert [one["id"] for one in first["results"] + rest["results"]] == [str(one.pk) for one in reversed(made)]
    assert rest["next"] is None


@pytest.mark.parametrize("state", ["draft", "delisted", "without a price", "of a suspended merchant"])
def test_a_reward_not_on_sale_is_not_found(partner: PartnerClient, shop: Merchant, state: str) -> None:
    reward = sample_rewards.draft(shop) if state == "draft" else sample_rewards.on_sale(shop)
    if state == "delisted":
        Reward.objects.filter(pk=reward.pk).update(status="delisted")
    if state == "without a price":
        reward = sample_rewards.draft(shop)
        sample_rewards.row(reward, ends_at=OPENING.replace(month=2))
        Reward.objects.filter(pk=reward.pk).update(status="published", published_at=OPENING)
    if state == "of a suspended merchant":
        reward = sample_rewards.on_sale(other := factories.merchant("other"))
        Merchant.objects.filter(pk=other.pk).update(status="suspended")
    answer = partner.get(f"/rewards/{reward.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "reward_not_found")
    assert str(reward.pk) not in {one["id"] for one in partner.get("/rewards", limit="200").json()["results"]}


def test_the_catalogue_needs_its_scope(shop: Merchant) -> None:
    answer = PartnerClient(shop, scopes=("members:read",)).get("/rewards")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    "parameters", [{"kind": "gift"}, {"colour": "red"}, {"limit": "0"}, {"cursor": "x"}, {"merchant": " x"}]
)
def test_invalid_parameters_are_refused(partner: PartnerClient, parameters: dict[str, str]) -> None:
    assert partner.get("/rewards", **parameters).status_code == 400


def test_the_price_history_is_public(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    sample_rewards.row(reward, 400, kind="window", starts_at=OPENING.replace(month=3), ends_at=OPENING.replace(month=4))
    body = partner.get(f"/rewards/{reward.pk}/prices").json()["results"]
    assert [(one["kind"], one["points_price"], one["ends_at"] is None) for one in body] == [
        ("window", 400, False),
        ("base", 500, True),
    ]
    everybody = Client().get(f"/rewards/{reward.pk}/prices.json").json()
    assert {one["points_price"] for one in everybody["prices"]} == {400, 500}
    page = Client().get(f"/rewards/{reward.pk}/prices", headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert "笔记本套装" in page.content.decode()


def test_nobody_sees_the_prices_of_a_draft(partner: PartnerClient, shop: Merchant) -> None:
    reward = sample_rewards.draft(shop)
    sample_rewards.row(reward)
    assert partner.get(f"/rewards/{reward.pk}/prices").json()["results"] == []
    assert Client().get(f"/rewards/{reward.pk}/prices.json").status_code == 404
