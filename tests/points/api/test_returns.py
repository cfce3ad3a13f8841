"""Returns through the partner API (SPEC §3: granted − award on the goods kept − earlier clawbacks)."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import User
from merchants.models import Merchant, MerchantStatus
from points.models import Act
from tests import factories, partner_client
from tests.partner_client import PartnerClient, counts, purchase

pytestmark = pytest.mark.usefixtures("committed_db")

LINES = [
    {"sku": "RULER", "category": "rulers", "quantity": 2, "amount_fen": 6_000},
    {"sku": "INK", "quantity": 1, "amount_fen": 4_000},
]


@pytest.fixture
def partner() -> PartnerClient:
    shop = factories.merchant("stationer")
    partner_client.publish_rule(shop)
    return PartnerClient(shop)


@pytest.fixture
def alice(partner: PartnerClient) -> User:
    return factories.member("Alice", partner.shop)


def buy(partner: PartnerClient, who: User, amount_fen: int, **fields: Any) -> str:
    body = purchase(who, amount_fen, **fields)
    assert partner.post("/purchases", body).status_code == 201
    return f"/purchases/{quote(body['reference'], safe='')}/returns"


def points_of(answer: Any) -> int:
    assert answer.status_code == 201, answer.content
    points: int = answer.json()["wallets"][0]["points"]
    return points


def test_199_99_less_100_00_keeps_99_and_claws_100(partner: PartnerClient, alice: User) -> None:
    answer = partner.post(buy(partner, alice, 19_999), {"reference": "r-1", "amount_fen": 10_000})
    assert points_of(answer) == -100
    body = answer.json()
    assert body["wallets"] == [{"purse": "base", "points": -100, "balance_after": 99, "owed": 0}]
    assert body["id"].isdigit()


def test_returns_add_up_to_all_and_no_further(partner: PartnerClient, alice: User) -> None:
    path = buy(partner, alice, 10_000)
    taken = [points_of(partner.post(path, {"reference": f"r-{n}", "amount_fen": 2_500})) for n in range(4)]
    assert sum(taken) == -100
    before = counts()
    answer = partner.post(path, {"reference": "r-5", "amount_fen": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "return_exceeds_purchase")
    assert counts() == before


def test_a_return_has_the_given_time_and_is_booked_now(partner: PartnerClient, alice: User) -> None:
    path = buy(partner, alice, 10_000)
    came_back = datetime.fromisoformat("2026-11-12T09:00:00+08:00")
    body = {"reference": "r-1", "amount_fen": 1_000, "occurred_at": came_back.isoformat()}
    answer = partner.post(path, body)
    assert points_of(answer) == -10
    act = Act.objects.get(pk=answer.json()["id"])
    assert act.occurred_at == came_back
    assert act.recorded_at > came_back


def test_lines_may_come_with_or_without_their_sum(partner: PartnerClient, alice: User) -> None:
    path = buy(partner, alice, 10_000, lines=LINES)
    ruler = {"sku": "RULER", "quantity": 1, "amount_fen": 3_000}
    assert points_of(partner.post(path, {"reference": "r-1", "lines": [ruler]})) == -30
    assert points_of(partner.post(path, {"reference": "r-2", "lines": [ruler], "amount_fen": 3_000})) == -30
    answer = partner.post(path, {"reference": "r-3", "lines": [ruler], "amount_fen": 2_999})
    assert (answer.status_code, answer.json()["code"]) == (400, "lines_do_not_sum")


def test_a_repetition_gets_the_first_answer(partner: PartnerClient, alice: User) -> None:
    path, body = buy(partner, alice, 10_000), {"reference": "r-1", "amount_fen": 100}
    first = partner.post(path, body, key="k")
    before = counts()
    for key in ("k", "another"):
        again = partner.post(path, body, key=key)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
    assert counts()[:-1] == before[:-1]


def test_another_body_or_another_purchase_under_a_used_key_is_refused(partner: PartnerClient, alice: User) -> None:
    path, other = buy(partner, alice, 10_000), buy(partner, alice, 10_000)
    partner.post(path, {"reference": "r-1", "amount_fen": 100}, key="k")
    for where, body, key, code in (
        (path, {"reference": "r-1", "amount_fen": 200}, "k", "key_reused"),
        (other, {"reference": "r-1", "amount_fen": 100}, "k", "key_reused"),
        (other, {"reference": "r-1", "amount_fen": 100}, "k-2", "reference_conflict"),
    ):
        answer = partner.post(where, body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_key_of_a_purchase_is_no_key_of_a_return(partner: PartnerClient, alice: User) -> None:
    body = purchase(alice)
    partner.post("/purchases", body, key="k")
    answer = partner.post(f"/purchases/{body['reference']}/returns", {"reference": "r", "amount_fen": 1}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("reference", ["订单 7/1", "a/b/returns", "100%", "a?b#c", "..%2f"])
def test_any_reference_finds_its_purchase(partner: PartnerClient, alice: User, reference: str) -> None:
    path = buy(partner, alice, 10_000, reference=reference)
    assert points_of(partner.post(path, {"reference": "r-1", "amount_fen": 10_000})) == -100


@pytest.mark.parametrize("reference", ["unknown", "%00", "%0A", "%FF", "x" * 129, "%F0%9F%98%80"])
def test_an_unknown_purchase_is_not_found(partner: PartnerClient, alice: User, reference: str) -> None:
    answer = partner.post(f"/purchases/{reference}/returns", {"reference": "r-1", "amount_fen": 1})
    assert (answer.status_code, answer.json()["code"] in ("purchase_not_found", "not_found")) == (404, True)


def test_the_garage_returns_nothing_bought_at_the_stationers(partner: PartnerClient, alice: User) -> None:
    path = buy(partner, alice, 10_000)
    garage = PartnerClient(factories.merchant("garage", category="automotive"))
    answer = garage.post(path, {"reference": "r-1", "amount_fen": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "purchase_not_found")


def test_an_exiting_merchant_still_takes_goods_back(partner: PartnerClient, alice: User) -> None:
    path = buy(partner, alice, 10_000)
    Merchant.objects.filter(pk=partner.shop.pk).update(status=MerchantStatus.EXITING)
    assert points_of(partner.post(path, {"reference": "r-1", "amount_fen": 10_000})) == -100


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reference": "r"},
        {"amount_fen": 1},
        {"reference": "r", "amount_fen": 0},
        {"reference": "r", "amount_fen": -1},
        {"reference": "r", "lines": []},
        {"reference": "r", "lines": [{"sku": "RULER", "quantity": 0, "amount_fen": 1}]},
        {"reference": "r", "lines": [{"sku": "RULER", "quantity": 1, "amount_fen": 1, "category": "rulers"}]},
    ],
)
def test_a_return_names_the_returned_goods(partner: PartnerClient, alice: User, body: Any) -> None:
    answer = partner.post(buy(partner, alice, 10_000), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
