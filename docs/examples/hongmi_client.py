"""A thin client of the partner API on Python's standard library alone: copy it and adapt it to your system.

    shop = Hongmi("https://…", client_id, client_secret)
    shop.book_purchase(member_id=…, reference="order-17", occurred_at="2026-11-11T20:00:00+08:00", amount_fen=5000)

Every write gets an Idempotency-Key and is sent again with the same key after a broken connection, so it has one effect.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

TIMEOUT_SECONDS = 10
ATTEMPTS = 4
AGAIN = frozenset({409, 429, 500, 502, 503, 504})


class Problem(Exception):
    """A refusal (RFC 9457). Program against `code`; name `request_id` when you ask for help."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('status')} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.code = problem.get("status"), problem.get("code")
        self.request_id, self.errors = problem.get("request_id"), problem.get("errors", [])


class Hongmi:
    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self.base_url, self._client_id, self._client_secret = base_url.rstrip("/"), client_id, client_secret
        self._token, self._token_ends = "", 0.0

    def rewards(self, **query: str) -> dict[str, Any]:
        return self.get("/rewards?" + urllib.parse.urlencode(query))

    def wallets(self, member_id: str) -> dict[str, Any]:
        return self.get(f"/members/{member_id}/wallets")

    def book_purchase(self, **purchase: Any) -> dict[str, Any]:
        return self.post("/purchases", purchase)

    def resolve_code(self, code: str, **spending: Any) -> dict[str, Any]:
        """The member at the counter; with `act` and `max_points` the response holds an authorisation to spend."""
        return self.post("/member-codes/resolve", {"code": code, **spending})

    def upload_logo(self, member_id: str, picture: bytes, *, key: str = "") -> dict[str, Any]:
        """The `id` of the response is the `options["logo"]` of an order; only the pixels are stored."""
        edge = uuid.uuid4().hex
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="member_id"\r\n\r\n{member_id}\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="logo"\r\n\r\n'
        )
        body = head.encode() + picture + f"\r\n--{edge}--\r\n".encode()
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": f"multipart/form-data; boundary={edge}"}
        return self._call("POST", "/logos", body, headers)

    def place_order(self, **order: Any) -> dict[str, Any]:
        return self.post("/orders", order)

    def cancel_order(self, order_id: str, reason: str) -> dict[str, Any]:
        return self.post(f"/orders/{order_id}/cancel", {"reason": reason})

    def accept_offset(self, **offset: Any) -> dict[str, Any]:
        """`to_pay_fen` of the response is the amount the member pays and the amount of the purchase to book."""
        return self.post("/offsets", offset)

    def refund_offset(self, offset_reference: str, reference: str, amount_fen: int) -> dict[str, Any]:
        path = f"/offsets/{urllib.parse.quote(offset_reference, safe='')}/refunds"
        return self.post(path, {"reference": reference, "amount_fen": amount_fen})

    def query_voucher(self, code: str) -> dict[str, Any]:
        return self.post("/vouchers/query", {"code": code})

    def accept_voucher(self, code: str, store_id: str) -> dict[str, Any]:
        return self.post("/vouchers/accept", {"code": code, "store_id": store_id})

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body).encode(), {"Idempotency-Key": key or str(uuid.uuid4())})

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            is_last = attempt == ATTEMPTS - 1
            sent = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json", **headers}
            request = urllib.request.Request(f"{self.base_url}/api/v1{path}", data=body, headers=sent, method=method)
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                    body_received: dict[str, Any] = json.load(response)
                    return body_received
            except urllib.error.HTTPError as error:
                if error.code not in AGAIN or is_last:
                    raise Problem(json.load(error)) from None
                time.sleep(float(error.headers.get("Retry-After", 2**attempt)))
            except (urllib.error.URLError, TimeoutError):
                if is_last:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("unreachable")

    def _bearer(self) -> str:
        if time.monotonic() > self._token_ends:
            form = {"grant_type": "client_credentials", "client_id": self._client_id}
            body = urllib.parse.urlencode(form | {"client_secret": self._client_secret}).encode()
            with urllib.request.urlopen(f"{self.base_url}/oauth/token", data=body, timeout=TIMEOUT_SECONDS) as response:
                token = json.load(response)
            self._token, self._token_ends = token["access_token"], time.monotonic() + token["expires_in"] - 60
        return self._token
