"""A partner's morning over a real web server: token, member, purchase, lost answer, return, proof."""

import json
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from points import verify
from tests import factories, partner_client
from tests.partner_client import PartnerClient
from tests.points.transparency.sealing import seal_all

pytestmark = pytest.mark.usefixtures("committed_db")


class Caller:
    """A client written with nothing but the standard library."""

    def __init__(self, base_url: str, partner: PartnerClient) -> None:
        self.base_url = base_url
        form = {"grant_type": "client_credentials", "client_id": partner.client_id, "client_secret": partner.secret}
        request = urllib.request.Request(f"{base_url}/oauth/token", urlencode(form).encode())
        with urllib.request.urlopen(request) as answer:
            self.token = json.load(answer)["access_token"]

    def call(self, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if body is not None:
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/api/v1{path}", data, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal), refusal.headers


def test_a_partners_morning(live_server_url: str, tmp_path: Path) -> None:
    stationer, garage = factories.merchant("stationer"), factories.merchant("garage", category="automotive")
    partner_client.publish_rule(stationer)
    partner, other = Caller(live_server_url, PartnerClient(stationer)), Caller(live_server_url, PartnerClient(garage))

    status, alice, _ = partner.call("/members", {"member_ref": "card-0042"})
    assert status == 201

    order = {
        "member_id": alice["id"],
        "reference": "order-1",
        "occurred_at": timezone.now().isoformat(),
        "amount_fen": 5_000,
    }
    _, seen, _ = partner.call("/purchases/preview", order)
    status, booked, headers = partner.call("/purchases", order, key="pos-1-0001")
    assert (status, booked["wallets"]) == (201, [{"purse": "base", "points": 50, "balance_after": 50}])
    assert seen == booked | {"id": None}
    assert int(headers["RateLimit-Remaining"]) > 0

    # The answer got lost on the way, so the client sends the request again.
    status, again, headers = partner.call("/purchases", order, key="pos-1-0001")
    assert (status, again, headers["Idempotent-Replayed"]) == (201, booked, "true")

    status, back, _ = partner.call("/purchases/order-1/returns", {"reference": "back-1", "amount_fen": 2_000})
    assert (status, back["wallets"][0]["points"], back["wallets"][0]["balance_after"]) == (201, -20, 30)
    _, wallets, _ = partner.call(f"/members/{alice['id']}/wallets")
    assert wallets["wallets"][0]["balance"] == 30
    _, statement, _ = partner.call(f"/members/{alice['id']}/statement")
    assert [row["points"] for row in statement["results"]] == [-20, 50]

    seal_all()
    _, receipt, _ = partner.call(f"/receipts/{booked['id']}")
    kept = tmp_path / "receipt.json"
    kept.write_text(json.dumps(receipt))
    assert verify.main([str(kept)]) == 0

    for path in (f"/members/{alice['id']}", f"/members/{alice['id']}/wallets", f"/receipts/{booked['id']}"):
        assert other.call(path)[0] == 404
