"""Every call refuses a request that is not exactly as documented: 400, 404, 405 or 415, never 500, nothing written."""

import json
import uuid
from typing import Any

import pytest

from accounts.models import User
from merchants.models import Registration
from tests import factories, partner_client
from tests.partner_client import PartnerClient, counts, purchase

pytestmark = pytest.mark.usefixtures("committed_db")

AT = b"2026-11-11T20:00:00+08:00"


@pytest.fixture
def partner() -> PartnerClient:
    shop = factories.merchant("stationer")
    partner_client.publish_rule(shop)
    return PartnerClient(shop)


@pytest.fixture
def alice(partner: PartnerClient) -> User:
    return factories.member("Alice", partner.shop)


@pytest.fixture
def valid(partner: PartnerClient, alice: User) -> dict[str, dict[str, Any]]:
    """A valid body for each call."""
    bought = purchase(alice, reference=f"bought-{uuid.uuid4().hex}")
    partner.post("/purchases", bought)
    fresh = purchase(alice, lines=[{"sku": "RULER", "quantity": 1, "amount_fen": 10_000}])
    return {
        "/members": {"member_ref": uuid.uuid4().hex},
        "/purchases": fresh,
        "/purchases/preview": fresh,
        "/purchases/batch": {"purchases": [fresh]},
        f"/purchases/{bought['reference']}/returns": {"reference": "r-1", "amount_fen": 100},
    }


def everything() -> list[int]:
    return [*counts(), User.objects.count(), Registration.objects.count()]


def with_raw(body: dict[str, Any], raw: bytes) -> bytes:
    """The body with one more member, written as given."""
    return json.dumps(body).encode()[:-1] + b", " + raw + b"}"


RAW = {
    "unknown field": b'"surprise": 1',
    "NaN": b'"surprise": NaN',
    "infinity": b'"surprise": -Infinity',
    "beyond floats": b'"surprise": 1e999',
    "beyond integers": b'"surprise": ' + b"9" * 20,
    "thousands of digits": b'"surprise": ' + b"9" * 10_000,
    "NUL": rb'"surprise": "\u0000"',
    "NUL in a key": rb'"sur\u0000prise": 1',
    "half a surrogate pair": rb'"surprise": "\ud800"',
    "half a pair the other way": rb'"surprise": "\udfff"',
    "bad UTF-8": b'"surprise": "\xff"',
    "raw control character": b'"surprise": "\x01"',
    "33 deep": b'"surprise": ' + b"[" * 33 + b"]" * 33,
    "990 deep": b'"surprise": ' + b"[" * 990 + b"]" * 990,
    "100,000 deep": b'"surprise": ' + b"[" * 100_000 + b"]" * 100_000,
    "many unknown": b", ".join(b'"s%d": 1' % n for n in range(50_000)),
}


# These are JSON, and refused as unknown fields; all others are refused by the parser.
READABLE = {"unknown field", "many unknown"}


@pytest.mark.parametrize("raw", RAW)
def test_every_call_refuses_json_that_is_not_strict(
    partner: PartnerClient, valid: dict[str, dict[str, Any]], raw: str
) -> None:
    before = everything()
    for path, body in valid.items():
        answer = partner.post(path, with_raw(body, RAW[raw]))
        assert answer.status_code == 400, (path, answer.content)
        assert (answer.json()["code"] != "json_invalid") == (raw in READABLE), (path, answer.json())
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert everything() == before


def test_every_call_refuses_a_key_twice(partner: PartnerClient, valid: dict[str, dict[str, Any]]) -> None:
    before = everything()
    for path, body in valid.items():
        name = next(iter(body))
        answer = partner.post(path, with_raw(body, json.dumps({name: body[name]}).encode()[1:-1]))
        assert (answer.status_code, answer.json()["code"]) == (400, "json_invalid")
    assert everything() == before


def test_every_call_refuses_a_megabyte_and_one_byte(partner: PartnerClient, valid: dict[str, dict[str, Any]]) -> None:
    for path, body in valid.items():
        padding = b" " * (5 if path.endswith("/batch") else 1) * 1_048_576
        answer = partner.post(path, json.dumps(body).encode() + padding)
        assert (answer.status_code, answer.json()["code"]) == (400, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"null", b"1", b'"x"', b"[]", b"{", b"{} {}", b"\xef\xbb\xbf{}", b"true"])
def test_every_call_refuses_a_body_that_is_no_object(
    partner: PartnerClient, valid: dict[str, dict[str, Any]], body: bytes
) -> None:
    before = everything()
    assert {partner.post(path, body).status_code for path in valid} == {400}
    assert everything() == before


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/json; charset=gbk", "application/json-patch+json", "*/*", "", "x"],
)  # fmt: skip
def test_every_call_refuses_another_content_type(
    partner: PartnerClient, valid: dict[str, dict[str, Any]], kind: str
) -> None:
    before = everything()
    for path, body in valid.items():
        headers = partner.headers(uuid.uuid4().hex)
        answer = partner.client.post(f"/api/v1{path}", json.dumps(body), content_type=kind, headers=headers)
        assert answer.status_code in (400, 415), (path, answer.content)
    assert everything() == before


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_a_write_accepts_only_post(partner: PartnerClient, valid: dict[str, dict[str, Any]], method: str) -> None:
    for path in valid:
        answer = getattr(partner.client, method)(f"/api/v1{path}", headers=partner.headers())
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, "a\tb"])
def test_a_key_is_printable_ascii(partner: PartnerClient, alice: User, key: str) -> None:
    before = everything()
    headers = partner.headers() | {"Idempotency-Key": key}
    answer = partner.client.post("/api/v1/purchases", purchase(alice), content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("idempotency_key_")
    assert everything() == before


WRONG_INTEGERS = (1.0, 1.5, "1", "１２", "1_0", True, None, -1, 2**63 - 1, 10**10 + 1, [], {}, "")
WRONG_TEXTS = ("", " ", " x", "x\n", "\u202ex", "\u0085", 1, True, None, [], {}, "x" * 129)
WRONG_MOMENTS = (
    "2026-11-11T20:00:00", "2026-11-11", "20261111T200000Z", "2026-13-01T00:00:00Z", "2026-11-11T20:00:00+99:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "２０２６-11-11T20:00:00Z", 1794398400, None, "",
)  # fmt: skip
WRONG_IDS = (1, "0", "01", "-1", "１", "1.0", "9" * 19, "9" * 400, "", None, True, " 1")
WRONG_MEMBERS = (
    "",
    "x",
    1,
    None,
    "{0}",
    "00000000000000000000000000000000",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
)
WRONG_LINES = (
    [], {}, "x", None, [1], [{}], [None], [{"sku": "A", "quantity": 1}],
    [{"sku": "A", "quantity": 0, "amount_fen": 10_000}],
    [{"sku": "A", "quantity": 1, "amount_fen": 10_000.0}],
    [{"sku": "A", "quantity": 1, "amount_fen": 10_000, "tax": 1}],
    [{"sku": "A", "quantity": 1, "amount_fen": 0}] * 501,
)  # fmt: skip

WRONG = [
    *(("amount_fen", value) for value in WRONG_INTEGERS),
    *((name, value) for name in ("reference", "channel") for value in WRONG_TEXTS),
    *(("occurred_at", value) for value in WRONG_MOMENTS),
    *(("store_id", value) for value in WRONG_IDS),
    *(("member_id", value) for value in WRONG_MEMBERS),
    *(("lines", value) for value in WRONG_LINES),
]


def test_no_field_of_a_purchase_takes_another_form(partner: PartnerClient, alice: User) -> None:
    before = everything()
    for name, value in WRONG:
        body = purchase(alice, **{name: value})
        for path in ("/purchases", "/purchases/preview"):
            answer = partner.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), (name, value)
            assert answer.json()["errors"][0]["pointer"].startswith(f"#/{name}"), (name, value)
        answer = partner.post("/purchases/batch", {"purchases": [body]})
        assert answer.json()["results"][0]["code"] == "invalid_item", (name, value)
    assert everything() == before


@pytest.mark.parametrize("name", ["quantity", "amount_fen"])
def test_no_integer_of_a_line_takes_another_form(partner: PartnerClient, alice: User, name: str) -> None:
    valid = {"sku": "RULER", "quantity": 1, "amount_fen": 10_000}
    bought = purchase(alice)
    partner.post("/purchases", bought)
    before = everything()
    for value in (*WRONG_INTEGERS, *((0, 1_000_001) if name == "quantity" else ())):
        lines = [valid | {name: value}]
        for path, body in (
            ("/purchases", purchase(alice, lines=lines)),
            ("/purchases/preview", purchase(alice, lines=lines)),
            (f"/purchases/{bought['reference']}/returns", {"reference": "r-1", "lines": lines}),
        ):
            answer = partner.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), (path, value)
            assert answer.json()["errors"][0]["pointer"].startswith(f"#/lines/0/{name}"), (path, value)
        answer = partner.post("/purchases/batch", {"purchases": [purchase(alice, lines=lines)]})
        assert answer.json()["results"][0]["code"] == "invalid_item", value
    assert everything() == before


def test_no_amount_of_a_return_takes_another_form(partner: PartnerClient, alice: User) -> None:
    bought = purchase(alice)
    partner.post("/purchases", bought)
    before = everything()
    for value in (*WRONG_INTEGERS, 0):
        answer = partner.post(f"/purchases/{bought['reference']}/returns", {"reference": "r-1", "amount_fen": value})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), value
        assert answer.json()["errors"][0]["pointer"].startswith("#/amount_fen"), value
    assert everything() == before


@pytest.mark.parametrize("name", ["member_id", "reference", "occurred_at", "amount_fen"])
def test_no_required_field_may_be_missing(partner: PartnerClient, alice: User, name: str) -> None:
    body = purchase(alice)
    del body[name]
    answer = partner.post("/purchases", body)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"#/{name}", "required")]


@pytest.mark.parametrize(
    "path",
    ["/members/1", "/members/%00", "/members/00000000-0000-0000-0000-00000000000", "/members/x/wallets",
     "/purchases/", "/purchase", "/receipts/1/", "/members/00000000-0000-0000-0000-000000000000/statements"],
)  # fmt: skip
def test_an_address_that_is_none_is_not_found(partner: PartnerClient, path: str) -> None:
    answer = partner.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_tokens_answer_is_json_alone(partner: PartnerClient, alice: User) -> None:
    answer = partner.client.get(
        f"/api/v1/members/{alice.public_id}", headers=partner.headers() | {"Accept": "text/html"}
    )
    assert answer.headers["Content-Type"] in ("application/json", "application/problem+json")
