"""Booking purchases through the partner API: Alice has joined the Stationer, Bob the Garage, Charlie neither."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from merchants.models import Merchant, MerchantStatus, Store
from points.models import Act, Wallet
from tests import partner_client as tills
from tests.partner_client import PartnerClient, counts, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def stationer() -> Merchant:
    shop = tills.merchant("stationer")
    tills.publish_rule(shop)
    return shop


@pytest.fixture
def till(stationer: Merchant) -> PartnerClient:
    return PartnerClient(stationer)


@pytest.fixture
def alice(stationer: Merchant) -> User:
    return tills.member(stationer)


def test_r01_fifty_yuan_earn_fifty_points_and_the_answer_says_by_which_rule(till: PartnerClient, alice: User) -> None:
    answer = till.post("/purchases", purchase(alice, 5_000))
    assert answer.status_code == 201
    body = answer.json()
    [award] = body["awards"]
    assert body["id"] == str(Act.objects.get(merchant=till.shop).pk)
    assert body["member_id"] == str(alice.public_id)
    assert set(award) == {"purse", "points", "rule", "rule_version", "reason", "expires_at"}
    assert (award["purse"], award["points"], award["rule_version"]) == ("base", 50, 1)
    assert (award["reason"], award["expires_at"]) == ("rate", None)
    assert award["rule"].isdigit()
    assert body["wallets"] == [{"purse": "base", "points": 50, "balance_after": 50}]
    assert "Idempotent-Replayed" not in answer.headers


def test_r01_points_are_floored_once_per_order(till: PartnerClient, alice: User) -> None:
    assert till.post("/purchases", purchase(alice, 19_999)).json()["wallets"][0]["points"] == 199


def test_a_purchase_that_earns_nothing_is_booked_all_the_same(till: PartnerClient, alice: User) -> None:
    body = till.post("/purchases", purchase(alice, 0)).json()
    assert (body["awards"], body["wallets"]) == ([], [{"purse": "base", "points": 0, "balance_after": 0}])
    assert Act.objects.filter(pk=body["id"]).exists()


def test_lines_store_and_channel_are_booked_with_it(till: PartnerClient, stationer: Merchant, alice: User) -> None:
    store = Store.objects.create(merchant=stationer, code="1", name="一店")
    lines = [
        {"sku": "PEN-1", "category": "pens", "quantity": 2, "amount_fen": 3_000},
        {"sku": "INK-1", "quantity": 1, "amount_fen": 2_000},
    ]
    asked = purchase(alice, 5_000, lines=lines, store_id=str(store.pk), channel="shop")
    assert till.post("/purchases", asked).status_code == 201
    act = Act.objects.get(merchant=stationer)
    assert (act.store_id, act.breakdown["channel"], len(act.breakdown["lines"])) == (store.pk, "shop", 2)


def test_the_same_key_and_body_get_the_first_answer_again(till: PartnerClient, alice: User) -> None:
    asked = purchase(alice)
    first = till.post("/purchases", asked, key="k-1")
    till.post("/purchases", purchase(alice))  # the balance has moved on
    before = counts()
    again = till.post("/purchases", asked, key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counts() == before


def test_the_same_moment_written_with_another_offset_is_the_same_body(till: PartnerClient, alice: User) -> None:
    asked = purchase(alice, occurred_at="2026-11-11T20:00:00+08:00")
    first = till.post("/purchases", asked, key="k")
    again = till.post("/purchases", asked | {"occurred_at": "2026-11-11T12:00:00Z"}, key="k")
    assert again.content == first.content


def test_the_same_reference_under_a_new_key_is_a_replay(till: PartnerClient, alice: User) -> None:
    asked = purchase(alice)
    first = till.post("/purchases", asked)
    again = till.post("/purchases", asked)
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
    till: PartnerClient, alice: User, key: str, change: dict[str, Any], code: str
) -> None:
    asked = purchase(alice)
    till.post("/purchases", asked, key="k-1")
    before = counts()
    answer = till.post("/purchases", asked | change, key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert counts() == before


def test_keys_and_references_of_two_merchants_have_nothing_to_do_with_each_other(
    till: PartnerClient, alice: User
) -> None:
    garage = tills.merchant("garage", category="automotive")
    tills.publish_rule(garage)
    bob = tills.member(garage)
    assert till.post("/purchases", purchase(alice, reference="1"), key="1").status_code == 201
    answer = PartnerClient(garage).post("/purchases", purchase(bob, reference="1"), key="1")
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)


@pytest.mark.parametrize("path", ["/purchases", "/purchases/batch", "/purchases/x/returns"])
def test_a_write_without_a_key_is_refused(till: PartnerClient, alice: User, path: str) -> None:
    answer = till.post(path, purchase(alice), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def test_who_has_not_joined_is_not_found(till: PartnerClient) -> None:
    charlie = tills.member()
    unknown = purchase(charlie, member_id=str(uuid.uuid4()))
    before = counts()
    answers = [till.post("/purchases", asked) for asked in (purchase(charlie), unknown)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "member_not_found")] * 2
    assert counts() == before


def test_the_garages_till_books_nothing_for_the_stationers_member(alice: User) -> None:
    garage = tills.merchant("garage", category="automotive")
    assert PartnerClient(garage).post("/purchases", purchase(alice)).status_code == 404


def test_what_has_not_happened_yet_is_refused_from_five_minutes_on(till: PartnerClient, alice: User) -> None:
    for minutes, status in ((4, 201), (6, 400)):
        at = (timezone.now() + timedelta(minutes=minutes)).isoformat()
        assert till.post("/purchases", purchase(alice, occurred_at=at)).status_code == status


def test_an_unknown_store_or_another_merchants_is_refused(till: PartnerClient, alice: User) -> None:
    garage = tills.merchant("garage", category="automotive")
    foreign = Store.objects.create(merchant=garage, code="1", name="4S")
    for store_id in (str(foreign.pk), "999999999"):
        answer = till.post("/purchases", purchase(alice, store_id=store_id))
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_store")
    assert not Act.objects.filter(merchant=till.shop).exists()


def test_lines_must_sum_to_the_amount(till: PartnerClient, alice: User) -> None:
    lines = [{"sku": "PEN-1", "quantity": 1, "amount_fen": 4_999}]
    answer = till.post("/purchases", purchase(alice, 5_000, lines=lines))
    assert (answer.status_code, answer.json()["code"]) == (400, "lines_do_not_sum")


def test_an_exiting_merchant_issues_nothing_more(till: PartnerClient, stationer: Merchant, alice: User) -> None:
    Merchant.objects.filter(pk=stationer.pk).update(status=MerchantStatus.EXITING)
    answer = till.post("/purchases", purchase(alice))
    assert (answer.status_code, answer.json()["code"]) == (403, "merchant_not_live")


def test_a_problem_names_itself_and_the_request(till: PartnerClient) -> None:
    answer = till.post("/purchases", purchase(tills.member()))
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert (problem["type"], problem["request_id"]) == ("/problems/member_not_found", answer.headers["X-Request-Id"])


def test_a_problem_is_told_in_chinese_first(till: PartnerClient, alice: User) -> None:
    answer = till.client.post("/api/v1/purchases", headers={"Authorization": f"Bearer {till.token}"})
    assert answer.headers["Content-Language"] == "zh-hans"


def test_limits_are_told_in_headers(till: PartnerClient, alice: User) -> None:
    poor, lost = PartnerClient(till.shop, scopes=("wallets:read",)), PartnerClient(till.shop)
    lost.token = "unknown"
    answers = [till.post("/purchases", purchase(alice)), *(one.post("/purchases", {}) for one in (till, poor, lost))]
    answers.append(till.client.post("/api/v1/purchases", {}, content_type="application/json"))
    assert [answer.status_code for answer in answers] == [201, 400, 403, 401, 401]
    for answer in answers:
        assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} <= set(answer.headers)


def test_who_knocks_too_often_waits(till: PartnerClient, alice: User, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "default": "2/minute"}
    answers = [till.post("/purchases/preview", purchase(alice)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert answers[2].json()["code"] == "throttled"


@pytest.mark.parametrize("path", ["/purchases", "/purchases/preview", "/purchases/batch", "/purchases/x/returns"])
def test_a_till_without_the_scope_may_not_book(stationer: Merchant, alice: User, path: str) -> None:
    answer = PartnerClient(stationer, scopes=("wallets:read",)).post(path, purchase(alice))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_without_a_token_nobody_is_heard(till: PartnerClient, alice: User) -> None:
    answer = till.client.post("/api/v1/purchases", purchase(alice), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_preview_answers_what_booking_would_and_writes_nothing(till: PartnerClient, alice: User) -> None:
    asked, before = purchase(alice, 5_000), counts()
    seen = till.post("/purchases/preview", asked, key=None)
    assert (seen.status_code, counts()) == (200, before)
    assert not Wallet.objects.filter(member=alice).exists()
    booked = till.post("/purchases", asked).json()
    assert seen.json() == booked | {"id": None}


def test_a_preview_refuses_what_booking_would_refuse(till: PartnerClient) -> None:
    answer = till.post("/purchases/preview", purchase(tills.member()))
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
