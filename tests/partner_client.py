"""A partner's system for the tests of the API: Alice buys at the Stationer, Bob at the Garage."""

import itertools
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from oauth2_provider.models import get_access_token_model

from accounts.models import User
from merchants import credentials
from merchants.models import Merchant
from merchants.scopes import SCOPES
from points.models import Act, Draw, EarningRule, Idempotency, Journal, Lot, Posting
from points.operations import earning_rules

OPENING = datetime(2026, 1, 1, tzinfo=UTC)
LEDGER_TABLES = (Act, Journal, Posting, Draw, Lot, Idempotency)
# Refusals before a call is chosen; no call describes them.
UNDESCRIBED = (405, 406)
_numbers = itertools.count(1)


def publish_rule(shop: Merchant, definition: Mapping[str, Any] | None = None, *, code: str = "base") -> EarningRule:
    """By default 1 point per yuan, since the opening."""
    rule = EarningRule.objects.create(merchant=shop, code=f"{code}-{next(_numbers)}", name=code)
    definition = dict(definition or {"kind": "rate", "points": 1, "per_fen": 100})
    earning_rules.publish(rule=rule, definition=definition, starts_at=OPENING)
    return rule


class PartnerClient:
    """One credential of one merchant, and the calls it makes."""

    def __init__(self, shop: Merchant, *, scopes: tuple[str, ...] = tuple(SCOPES)) -> None:
        self.shop = shop
        credential, self.secret = credentials.issue(merchant_id=shop.pk, name="client", scopes=list(scopes))
        self.client_id = credential.client_id
        self.token = uuid.uuid4().hex
        get_access_token_model().objects.create(
            application=credential,
            token=self.token,
            scope=" ".join(scopes),
            expires=timezone.now() + timedelta(hours=1),
        )
        self.client = Client(raise_request_exception=False)

    def headers(self, key: str | None = None) -> dict[str, str]:
        named = {} if key is None else {"Idempotency-Key": key}
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"} | named

    def get(self, path: str, **parameters: str) -> Any:
        return _as_described(self.client.get(f"/api/v1{path}", parameters, headers=self.headers()))

    def post(self, path: str, body: Any, *, key: str | None = "") -> Any:
        """`body` is sent as JSON, or unchanged when it is bytes; `key` is a fresh one by default, None sends no key."""
        headers = self.headers(f"key-{uuid.uuid4().hex}" if key == "" else key)
        answer = self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
        return _as_described(answer)

    def upload(self, path: str, form: Mapping[str, Any], *, key: str | None = "") -> Any:
        """A form with a file in it."""
        headers = self.headers(f"key-{uuid.uuid4().hex}" if key == "" else key)
        return _as_described(self.client.post(f"/api/v1{path}", form, headers=headers))


def _as_described(answer: Any) -> Any:
    """Checks that the description of the call contains the status of this response."""
    match = answer.wsgi_request.resolver_match
    if match is not None and answer.status_code not in UNDESCRIBED:
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{match.route}")
        call = description()["paths"][path][answer.wsgi_request.method.lower()]
        assert str(answer.status_code) in call["responses"], (path, answer.status_code, answer.content)
    return answer


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description of the API."""
    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return described


def purchase(member: User, amount_fen: int = 10_000, **fields: Any) -> dict[str, Any]:
    values = {"member_id": str(member.public_id), "reference": f"order-{next(_numbers)}-{uuid.uuid4().hex[:8]}"}
    return values | {"occurred_at": "2026-11-11T20:00:00+08:00", "amount_fen": amount_fen} | fields


def counts() -> list[int]:
    """The number of rows of each table of the ledger, to show that nothing was written."""
    return [table.objects.count() for table in LEDGER_TABLES]
