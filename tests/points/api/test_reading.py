"""Wallets, statements and receipts through the partner API, and access to them."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from merchants.models import Membership, Merchant
from points import verify
from points.models import TreeHead
from tests import factories, partner_client
from tests.partner_client import PartnerClient, purchase
from tests.points.transparency.sealing import seal_all

pytestmark = pytest.mark.usefixtures("committed_db")
NOTHING = {"balance": 0, "available": 0, "pending": 0, "earmarked": 0, "held": 0, "owed": 0, "expiring": []}


def shop(name: str, *rules: dict[str, Any]) -> Merchant:
    found = factories.merchant(name)
    for definition in rules or ({"kind": "rate", "points": 1, "per_fen": 100},):
        partner_client.publish_rule(found, definition)
    return found


@pytest.fixture
def partner() -> PartnerClient:
    return PartnerClient(shop("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(shop("garage"))


@pytest.fixture
def alice(partner: PartnerClient) -> User:
    return factories.member("Alice", partner.shop)


def base(partner: PartnerClient, who: User, **parameters: str) -> dict[str, Any]:
    answer = partner.get(f"/members/{who.public_id}/wallets", **parameters)
    assert answer.status_code == 200, answer.content
    wallet: dict[str, Any] = answer.json()["wallets"][0]
    return wallet


def statement(partner: PartnerClient, who: User, **parameters: str) -> list[dict[str, Any]]:
    answer = partner.get(f"/members/{who.public_id}/statement", **parameters)
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"results", "next", "previous"}
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


# Wallets


def test_a_new_member_has_two_empty_wallets(partner: PartnerClient, alice: User) -> None:
    body = partner.get(f"/members/{alice.public_id}/wallets").json()
    assert body["member_id"] == str(alice.public_id)
    assert body["wallets"] == [{"purse": "base", **NOTHING}, {"purse": "green", **NOTHING}]


def test_a_wallet_shows_pending_and_expiring_points() -> None:
    partner = PartnerClient(
        shop("stationer", {"kind": "bonus", "points": 30, "valid_days": 90, "expiry_notice": "90 天有效"},
             {"kind": "rate", "points": 1, "per_fen": 100, "pending_days": 7})
    )  # fmt: skip
    alice = factories.member("Alice", partner.shop)
    now = timezone.now()
    partner.post("/purchases", purchase(alice, 10_000, occurred_at=now.isoformat()))
    wallet = base(partner, alice)
    assert (wallet["balance"], wallet["available"], wallet["pending"]) == (130, 30, 100)
    [expiring] = wallet["expiring"]
    assert expiring["points"] == 30
    assert datetime.fromisoformat(expiring["expires_at"]) > now + timedelta(days=89)


def test_as_of_counts_what_had_occurred(partner: PartnerClient, alice: User) -> None:
    partner.post("/purchases", purchase(alice, 10_000, occurred_at="2026-11-11T20:00:00+08:00"))
    partner.post("/purchases", purchase(alice, 5_000, occurred_at="2026-11-12T20:00:00+08:00"))
    balances = [base(partner, alice, as_of=f"2026-11-{day}T00:00:00+08:00")["balance"] for day in (11, 12, 13)]
    assert balances == [0, 100, 150]


def test_known_at_counts_what_had_been_recorded(partner: PartnerClient, alice: User) -> None:
    partner.post("/purchases", purchase(alice, 10_000, occurred_at="2026-11-11T20:00:00+08:00"))
    seal_all()
    then = str(partner.get(f"/members/{alice.public_id}/statement").json()["results"][0]["recorded_at"])
    partner.post("/purchases", purchase(alice, 5_000, occurred_at="2026-11-11T21:00:00+08:00"))
    seal_all()
    day = "2026-11-12T00:00:00+08:00"
    assert base(partner, alice, as_of=day)["balance"] == 150
    assert base(partner, alice, as_of=day, known_at=then)["balance"] == 100
    assert base(partner, alice, as_of="2026-11-11T00:00:00+08:00", known_at=then)["balance"] == 0
    before = (datetime.fromisoformat(then) - timedelta(seconds=1)).isoformat()
    assert base(partner, alice, known_at=before)["balance"] == 0


def test_known_at_beyond_the_sealed_horizon_is_refused(partner: PartnerClient, alice: User) -> None:
    seal_all()
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = partner.get(f"/members/{alice.public_id}/wallets", known_at=later)
    assert (answer.status_code, answer.json()["code"]) == (422, "beyond_horizon")
    horizon = TreeHead.objects.latest("id").horizon_at
    assert horizon.isoformat() in answer.json()["detail"]
    assert partner.get(f"/members/{alice.public_id}/wallets", known_at=horizon.isoformat()).status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"as_of": "2026-11-11"},
        {"as_of": "2026-11-11T20:00:00"},
        {"known_at": "now"},
        {"as_of": ""},
        {"as_of": "\x00"},
        {"asof": "2026-11-11T20:00:00Z"},
    ],
)
def test_a_moment_in_another_form_is_refused(partner: PartnerClient, alice: User, parameters: dict[str, str]) -> None:
    answer = partner.get(f"/members/{alice.public_id}/wallets", **parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


# Statements


def test_a_statement_shows_this_merchants_acts_and_no_balance(
    partner: PartnerClient, garage: PartnerClient, alice: User
) -> None:
    factories.join(garage.shop, alice)
    body = purchase(alice, 10_000)
    booked = partner.post("/purchases", body).json()
    garage.post("/purchases", purchase(alice, 70_000))
    partner.post(f"/purchases/{body['reference']}/returns", {"reference": "r-1", "amount_fen": 5_000})
    back, bought = statement(partner, alice)
    assert bought == {
        "id": booked["id"],
        "kind": "purchase",
        "reference": body["reference"],
        "answers": None,
        "occurred_at": "2026-11-11T20:00:00+08:00",
        "recorded_at": bought["recorded_at"],
        "amount_fen": 10_000,
        "purse": "base",
        "points": 100,
        "owed": 0,
    }
    assert (back["kind"], back["points"], back["answers"]) == ("return", -50, booked["id"])
    assert [row["points"] for row in statement(garage, alice)] == [700]


def test_a_statement_can_be_filtered(partner: PartnerClient, alice: User) -> None:
    body = [purchase(alice, fen, occurred_at=f"2026-11-{fen // 100:02}T12:00:00+08:00") for fen in (100, 200, 300)]
    for one in body:
        partner.post("/purchases", one)
    partner.post(f"/purchases/{body[0]['reference']}/returns", {"reference": "r-1", "amount_fen": 100})
    assert [row["points"] for row in statement(partner, alice, kind="purchase")] == [3, 2, 1]
    assert [row["points"] for row in statement(partner, alice, kind="return", purse="base")] == [-1]
    assert statement(partner, alice, purse="green") == []
    window = {"from": "2026-11-02T12:00:00+08:00", "to": "2026-11-03T12:00:00+08:00"}
    assert [row["points"] for row in statement(partner, alice, **window)] == [2]


def test_a_statement_is_read_page_by_page_and_back(partner: PartnerClient, alice: User) -> None:
    for fen in range(100, 800, 100):
        partner.post("/purchases", purchase(alice, fen))
    page = partner.get(f"/members/{alice.public_id}/statement", limit="3", kind="purchase").json()
    seen = [[row["points"] for row in page["results"]]]
    while page["next"]:
        page = partner.client.get(page["next"], headers=partner.headers()).json()
        seen.append([row["points"] for row in page["results"]])
    assert seen == [[7, 6, 5], [4, 3, 2], [1]]
    page = partner.client.get(page["previous"], headers=partner.headers()).json()
    assert [row["points"] for row in page["results"]] == [4, 3, 2]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"purse": "gold"}, "invalid"),
        ({"purse": "BASE"}, "invalid"),
        ({"purse": "1"}, "invalid"),
        ({"kind": "spend"}, "invalid"),
        ({"from": "2026-11-11"}, "invalid"),
        ({"since": "2026-11-11T00:00:00Z"}, "invalid"),
        ({"limit": "0"}, "limit_invalid"),
        ({"limit": "201"}, "limit_invalid"),
        ({"limit": "１２"}, "limit_invalid"),
        ({"limit": "9" * 100}, "limit_invalid"),
        ({"cursor": "made-up"}, "cursor_invalid"),
    ],
)
def test_a_statement_refuses_invalid_filters(
    partner: PartnerClient, alice: User, parameters: dict[str, str], code: str
) -> None:
    answer = partner.get(f"/members/{alice.public_id}/statement", **parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


# Receipts


def test_a_receipt_is_pending_until_sealed_and_then_holds_offline(
    partner: PartnerClient, alice: User, tmp_path: Path
) -> None:
    act_id = partner.post("/purchases", purchase(alice)).json()["id"]
    pending = partner.get(f"/receipts/{act_id}")
    assert (pending.status_code, pending.json()) == (202, {"status": "pending"})
    assert int(pending.headers["Retry-After"]) > 0
    seal_all()
    answer = partner.get(f"/receipts/{act_id}")
    assert answer.status_code == 200
    assert answer.json()["act"]["id"] == act_id
    kept = tmp_path / "receipt.json"
    kept.write_bytes(answer.content)
    assert verify.main([str(kept)]) == 0
    kept.write_bytes(answer.content.replace(b"10000", b"90000"))
    assert verify.main([str(kept)]) != 0


def test_a_later_receipt_proves_that_nothing_changed_since_an_earlier_one(
    partner: PartnerClient, alice: User, tmp_path: Path
) -> None:
    first, second = (partner.post("/purchases", purchase(alice)).json()["id"] for _ in range(2))
    seal_all()
    earlier = partner.get(f"/receipts/{first}")
    partner.post("/purchases", purchase(alice))
    seal_all()
    later = partner.get(f"/receipts/{second}", since=earlier.json()["tree_size"])
    kept, body = tmp_path / "earlier.json", tmp_path / "later.json"
    kept.write_bytes(earlier.content)
    body.write_bytes(later.content)
    assert verify.main([str(body), "--old-head", str(kept)]) == 0
    body.write_bytes(partner.get(f"/receipts/{second}").content)
    assert verify.main([str(body), "--old-head", str(kept)]) == 1


@pytest.mark.parametrize(("since", "code"), [("999999999", "tree_size_unknown"), ("x", "invalid"), ("-1", "invalid")])
def test_an_unknown_tree_size_is_refused(partner: PartnerClient, alice: User, since: str, code: str) -> None:
    act_id = partner.post("/purchases", purchase(alice)).json()["id"]
    seal_all()
    answer = partner.get(f"/receipts/{act_id}", since=since)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("act_id", ["0", "01", "-1", "9" * 19, "9" * 40, "１", "x", "%00"])
def test_an_id_of_no_act_has_no_receipt(partner: PartnerClient, act_id: str) -> None:
    assert partner.get(f"/receipts/{act_id}").status_code == 404


# Access


def test_the_garage_sees_nothing_of_the_stationers(partner: PartnerClient, garage: PartnerClient, alice: User) -> None:
    act_id = partner.post("/purchases", purchase(alice)).json()["id"]
    for path in (
        f"/members/{alice.public_id}",
        f"/members/{alice.public_id}/wallets",
        f"/members/{alice.public_id}/statement",
        f"/receipts/{act_id}",
    ):
        assert partner.get(path).status_code in (200, 202)
        hidden, missing = garage.get(path), garage.get(path.replace(str(alice.public_id), str(uuid.uuid4())))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() | {"request_id": ""} == missing.json() | {"request_id": ""}


def test_a_member_who_left_is_not_found(partner: PartnerClient, alice: User) -> None:
    Membership.objects.filter(member=alice).update(left_at=timezone.now())
    for part in ("", "/wallets", "/statement"):
        assert partner.get(f"/members/{alice.public_id}{part}").status_code == 404


def test_a_cursor_of_one_member_shows_nothing_of_another(
    partner: PartnerClient, garage: PartnerClient, alice: User
) -> None:
    for _ in range(2):
        partner.post("/purchases", purchase(alice))
    following = partner.get(f"/members/{alice.public_id}/statement", limit="1").json()["next"]
    assert garage.client.get(following, headers=garage.headers()).status_code == 404


@pytest.mark.parametrize("path", ["/members/{}", "/members/{}/wallets", "/members/{}/statement", "/receipts/1"])
def test_reading_needs_its_scope(partner: PartnerClient, alice: User, path: str) -> None:
    narrow = PartnerClient(partner.shop, scopes=("purchases:write",))
    answer = narrow.get(path.format(alice.public_id))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
