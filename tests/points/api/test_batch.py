"""Many purchases in one call: each is judged alone, and one bad item never spoils the rest."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from merchants.models import Merchant, MerchantStatus
from points.models import Act
from tests import factories, partner_client
from tests.partner_client import PartnerClient, counts, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def partner() -> PartnerClient:
    shop = factories.merchant("stationer")
    partner_client.publish_rule(shop)
    return PartnerClient(shop)


@pytest.fixture
def alice(partner: PartnerClient) -> User:
    return factories.member("Alice", partner.shop)


def results(partner: PartnerClient, *purchases: Any) -> list[dict[str, Any]]:
    answer = partner.post("/purchases/batch", {"purchases": list(purchases)})
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_results_come_in_the_order_of_the_purchases(partner: PartnerClient, alice: User) -> None:
    sent = [purchase(alice, fen) for fen in (300, 100, 0, 200)]
    outcomes = results(partner, *sent)
    assert [one["reference"] for one in outcomes] == [one["reference"] for one in sent]
    assert [(one["status"], one["points"]) for one in outcomes] == [
        ("booked", 3),
        ("booked", 1),
        ("booked", 0),
        ("booked", 2),
    ]
    assert all(Act.objects.filter(pk=one["id"], merchant=partner.shop).exists() for one in outcomes)
    assert all(set(one) == {"reference", "status", "id", "points", "green_points"} for one in outcomes)


def test_one_bad_item_never_spoils_the_rest(partner: PartnerClient, alice: User) -> None:
    good = [purchase(alice, reference=f"good-{number}-{uuid.uuid4().hex}") for number in range(3)]
    bad = [
        ("member_not_found", purchase(factories.person())),
        ("invalid_item", purchase(alice, amount_fen="1")),
        ("invalid_item", purchase(alice, surprise=1)),
        ("invalid_item", purchase(alice, occurred_at="yesterday")),
        ("lines_do_not_sum", purchase(alice, lines=[{"sku": "A", "quantity": 1, "amount_fen": 1}])),
        ("occurred_in_future", purchase(alice, occurred_at="2199-01-01T00:00:00Z")),
        ("unknown_store", purchase(alice, store_id="999999999")),
        ("reference_conflict", good[0] | {"amount_fen": 1}),
    ]
    outcomes = results(
        partner, good[0], *[item for _, item in bad[:4]], good[1], *[item for _, item in bad[4:]], good[2]
    )
    assert [one["status"] for one in (outcomes[0], outcomes[5], outcomes[10])] == ["booked"] * 3
    rejected = outcomes[1:5] + outcomes[6:10]
    assert [one["code"] for one in rejected] == [code for code, _ in bad]
    assert all(set(one) == {"reference", "status", "code"} for one in rejected)


@pytest.mark.parametrize("item", [None, 1, "text", [], {}, {"reference": 7}, {"reference": None}])
def test_an_item_that_is_no_purchase_at_all_is_rejected_without_a_name(
    partner: PartnerClient, alice: User, item: Any
) -> None:
    outcomes = results(partner, item, purchase(alice))
    assert outcomes[0] == {"reference": None, "status": "rejected", "code": "invalid_item"}
    assert outcomes[1]["status"] == "booked"


def test_only_bad_items_make_no_act(partner: PartnerClient) -> None:
    before = counts()
    assert [one["status"] for one in results(partner, {}, 1)] == ["rejected", "rejected"]
    assert counts() == before


def test_sent_again_everything_is_replayed_and_nothing_written(partner: PartnerClient, alice: User) -> None:
    sent = [purchase(alice), purchase(alice)]
    first = results(partner, *sent)
    before = counts()
    again = results(partner, *sent)
    assert [one["status"] for one in again] == ["replayed", "replayed"]
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert counts() == before


def test_a_purchase_booked_alone_is_known_to_a_batch_and_the_other_way_round(
    partner: PartnerClient, alice: User
) -> None:
    one, other = purchase(alice), purchase(alice)
    booked = partner.post("/purchases", one).json()
    outcomes = results(partner, one, other)
    assert [(item["status"], item["points"]) for item in outcomes] == [("replayed", 100), ("booked", 100)]
    assert outcomes[0]["id"] == booked["id"]
    assert partner.post("/purchases", other).json()["id"] == outcomes[1]["id"]


def test_the_same_item_twice_is_booked_once(partner: PartnerClient, alice: User) -> None:
    sent = purchase(alice)
    outcomes = results(partner, sent, sent)
    assert [one["status"] for one in outcomes] == ["booked", "replayed"]
    assert outcomes[0]["id"] == outcomes[1]["id"]


def test_a_thousand_purchases_are_taken_and_one_more_is_not(partner: PartnerClient, alice: User) -> None:
    sent = [purchase(alice, 100) for _ in range(1_000)]
    assert {one["status"] for one in results(partner, *sent)} == {"booked"}
    before = counts()
    answer = partner.post("/purchases/batch", {"purchases": [*sent, purchase(alice)]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert counts() == before


def test_a_batch_may_have_five_megabytes_where_another_call_may_have_one(partner: PartnerClient, alice: User) -> None:
    lines = [{"sku": "S" * 60, "category": "C" * 60, "quantity": 1, "amount_fen": 0} for _ in range(499)]
    lines.append({"sku": "A", "quantity": 1, "amount_fen": 100})
    assert results(partner, *[purchase(alice, 100, lines=lines) for _ in range(30)])[0]["status"] == "booked"
    too_long = b'{"purchases": [' + b" " * 5 * 1_048_576 + b"]}"
    answer = partner.post("/purchases/batch", too_long)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_too_large")


@pytest.mark.parametrize(
    "body", [{}, {"purchases": []}, {"purchases": {}}, {"purchases": "x"}, {"purchases": None}, []]
)
def test_a_body_that_is_no_batch_is_refused_whole(partner: PartnerClient, body: Any) -> None:
    answer = partner.post("/purchases/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_an_exiting_merchant_books_no_batch(partner: PartnerClient, alice: User) -> None:
    Merchant.objects.filter(pk=partner.shop.pk).update(status=MerchantStatus.EXITING)
    answer = partner.post("/purchases/batch", {"purchases": [purchase(alice)]})
    assert (answer.status_code, answer.json()["code"]) == (403, "merchant_not_live")
