"""Booking purchases through the partner API: Alice has joined the Stationer, Bob the Garage, Charlie neither."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from merchants.models import Merchant, MerchantStatus
from points.models import Act, Wallet
from tests import factories, partner_client
from tests.partner_client import PartnerClient, counts, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def stationer() -> Merchant:
    shop = factories.merchant("stationer")
    partner_client.publish_rule(shop)
    return shop


@pytest.fixture
def partner(stationer: Merchant) -> PartnerClient:
    return PartnerClient(stationer)


@pytest.fixture
def alice(stationer: Merchant) -> User:
    return factories.member("Alice", stationer)


def test_r01_fifty_yuan_earn_fifty_points_and_the_answer_names_the_rule(partner: PartnerClient, alice: User) -> None:
    answer = partner.post("/purchases", purchase(alice, 5_000))
    assert answer.status_code == 201
    body = answer.json()
    [award] = body["awards"]
    assert body["id"] == str(Act.objects.get(merchant=partner.shop).pk)
    assert body["member_id"] == str(alice.public_id)
    assert set(award) == {"purse", "points", "rule", "rule_version", "reason", "expires_at"}
    assert (award["purse"], award["points"], award["rule_version"]) == ("base", 50, 1)
    assert (award["reason"], award["expires_at"]) == ("rate", None)
    assert award["rule"].isdigit()
    assert body["wallets"] == [{"purse": "base", "points": 50, "balance_after": 50}]
    assert "Idempotent-Replayed" not in answer.headers


def test_r01_points_are_floored_once_per_order(partner: PartnerClient, alice: User) -> None:
    assert partner.post("/purchases", purchase(alice, 19_999)).json()["wallets"][0]["points"] == 199


def test_a_purchase_that_earns_nothing_is_booked_all_the_same(partner: PartnerClient, alice: User) -> None:
    body = partner.post("/purchases", purchase(alice, 0)).json()
    assert (body["awards"], body["wallets"]) == ([], [{"purse": "base", "points": 0, "balance_after": 0}])
    assert Act.objects.filter(pk=body["id"]).exists()


def test_lines_store_and_channel_are_booked_with_it(partner: PartnerClient, stationer: Merchant, alice: User) -> None:
    store = factories.store(stationer, code="1", name="一店")
    lines = [
        {"sku": "RULER-1", "category": "rulers", "quantity": 2, "amount_fen": 3_000},
        {"sku": "INK-1", "quantity": 1, "amount_fen": 2_000},
    ]
    body = purchase(alice, 5_000, lines=lines, store_id=str(store.pk), channel="shop")
    assert partner.post("/purchases", body).status_code == 201
    act = Act.objects.get(merchant=stationer)
    assert (act.store_id, act.breakdown["channel"], len(act.breakdown["lines"])) == (store.pk, "shop", 2)


def test_the_same_key_and_body_get_the_first_answer_again(partner: PartnerClient, alice: User) -> None:
    body = purchase(alice)
    first = partner.post("/purchases", body, key="k-1")
    partner.post("/purchases", purchase(alice))  # the balance has moved on
    before = counts()
    again = partner.post("/purchases", body, key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counts() == before


def test_the_same_moment_written_with_another_offset_is_the_same_body(partner: PartnerClient, alice: User) -> None:
    body = purchase(alice, occurred_at="2026-11-11T20:00:00+08:00")
    first = partner.post("/purchases", body, key="k")
    again = partner.post("/purchases", body | {"occurred_at": "2026-11-11T12:00:00Z"}, key="k")
    assert again.content == first.content


def test_the_same_reference_under_a_new_key_is_a_replay(partner: PartnerClient, alice: User) -> None:
    body = purchase(alice)
    first = partner.post("/purchases", body)
    again = partner.post("/purchases", body)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.parametrize(
    ("key", "change", "code"),
    [
        ("k-1", {"amount_fen": 1}, "key_reused"),
        ("k-1", {"reference": "another"}, "key_reused"),
        ("k-2", {"amount_fen": 1}, "reference_conflict"),
        ("k-2", {"channel": "shop"}, "reference_conflict"),
    ],
)
def test_another_body_under_a_used_key_or_reference_is_refused(
    partner: PartnerClient, alice: User, key: str, change: dict[str, Any], code: str
) -> None:
    body = purchase(alice)
    partner.post("/purchases", body, key="k-1")
    before = counts()
    answer = partner.post("/purchases", body | change, key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert counts() == before


def test_keys_and_references_of_two_merchants_have_nothing_to_do_with_each_other(
    partner: PartnerClient, alice: User
) -> None:
    garage = factories.merchant("garage", category="automotive")
    partner_client.publish_rule(garage)
    bob = factories.member("Alice", garage)
    assert partner.post("/purchases", purchase(alice, reference="1"), key="1").status_code == 201
    answer = PartnerClient(garage).post("/purchases", purchase(bob, reference="1"), key="1")
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)


@pytest.mark.parametrize("path", ["/purchases", "/purchases/batch", "/purchases/x/returns"])
def test_a_write_without_a_key_is_refused(partner: PartnerClient, alice: User, path: str) -> None:
    answer = partner.post(path, purchase(alice), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def test_a_member_who_has_not_joined_is_not_found(partner: PartnerClient) -> None:
    charlie = factories.person()
    unknown = purchase(charlie, member_id=str(uuid.uuid4()))
    before = counts()
    answers = [partner.post("/purchases", body) for body in (purchase(charlie), unknown)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "member_not_found")] * 2
    assert counts() == before


def test_the_garages_client_books_nothing_for_the_stationers_member(alice: User) -> None:
    garage = factories.merchant("garage", category="automotive")
    assert PartnerClient(garage).post("/purchases", purchase(alice)).status_code == 404


def test_a_purchase_more_than_five_minutes_ahead_is_refused(partner: PartnerClient, alice: User) -> None:
    for minutes, status in ((4, 201), (6, 400)):
        at = (timezone.now() + timedelta(minutes=minutes)).isoformat()
        assert partner.post("/purchases", purchase(alice, occurred_at=at)).status_code == status


def test_an_unknown_store_or_another_merchants_is_refused(partner: PartnerClient, alice: User) -> None:
    garage = factories.merchant("garage", category="automotive")
    foreign = factories.store(garage, code="1", name="4S")
    for store_id in (str(foreign.pk), "999999999"):
        answer = partner.post("/purchases", purchase(alice, store_id=store_id))
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_store")
    assert not Act.objects.filter(merchant=partner.shop).exists()


def test_lines_must_sum_to_the_amount(partner: PartnerClient, alice: User) -> None:
    lines = [{"sku": "RULER-1", "quantity": 1, "amount_fen": 4_999}]
    answer = partner.post("/purchases", purchase(alice, 5_000, lines=lines))
    assert (answer.status_code, answer.json()["code"]) == (400, "lines_do_not_sum")


def test_an_exiting_merchant_issues_nothing_more(partner: PartnerClient, stationer: Merchant, alice: User) -> None:
    Merchant.objects.filter(pk=stationer.pk).update(status=MerchantStatus.EXITING)
    answer = partner.post("/purchases", purchase(alice))
    assert (answer.status_code, answer.json()["code"]) == (403, "merchant_not_live")


def test_a_problem_names_itself_and_the_request(partner: PartnerClient) -> None:
    answer = partner.post("/purchases", purchase(factories.person()))
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert (problem["type"], problem["request_id"]) == ("/problems/member_not_found", answer.headers["X-Request-Id"])


def test_a_problem_is_in_chinese_by_default(partner: PartnerClient, alice: User) -> None:
    answer = partner.client.post("/api/v1/purchases", headers={"Authorization": f"Bearer {partner.token}"})
    assert answer.headers["Content-Language"] == "zh-hans"


def test_limits_are_in_headers(partner: PartnerClient, alice: User) -> None:
    poor, lost = PartnerClient(partner.shop, scopes=("wallets:read",)), PartnerClient(partner.shop)
    lost.token = "unknown"
    answers = [
        partner.post("/purchases", purchase(alice)),
        *(one.post("/purchases", {}) for one in (partner, poor, lost)),
    ]
    answers.append(partner.client.post("/api/v1/purchases", {}, content_type="application/json"))
    assert [answer.status_code for answer in answers] == [201, 400, 403, 401, 401]
    for answer in answers:
        assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} <= set(answer.headers)


def test_a_client_over_its_limit_waits(partner: PartnerClient, alice: User, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "default": "2/minute"}
    answers = [partner.post("/purchases/preview", purchase(alice)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert answers[2].json()["code"] == "throttled"


@pytest.mark.parametrize("path", ["/purchases", "/purchases/preview", "/purchases/batch", "/purchases/x/returns"])
def test_a_client_without_the_scope_may_not_book(stationer: Merchant, alice: User, path: str) -> None:
    answer = PartnerClient(stationer, scopes=("wallets:read",)).post(path, purchase(alice))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_request_without_a_token_is_refused(partner: PartnerClient, alice: User) -> None:
    answer = partner.client.post("/api/v1/purchases", purchase(alice), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_preview_answers_what_booking_would_and_writes_nothing(partner: PartnerClient, alice: User) -> None:
    body, before = purchase(alice, 5_000), counts()
    seen = partner.post("/purchases/preview", body, key=None)
    assert (seen.status_code, counts()) == (200, before)
    assert not Wallet.objects.filter(member=alice).exists()
    booked = partner.post("/purchases", body).json()
    assert seen.json() == booked | {"id": None}


def test_a_preview_refuses_what_booking_would_refuse(partner: PartnerClient) -> None:
    answer = partner.post("/purchases/preview", purchase(factories.person()))
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
