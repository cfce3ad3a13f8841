"""Requests at the counter: a member shows a code, a partner system uses it."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from merchants import member_codes
from merchants.models import Merchant
from notifications import sms
from points.operations import opening_balances
from tests import factories
from tests.partner_client import PartnerClient


def a_phone() -> str:
    return f"+86138{uuid.uuid4().int % 10**8:08}"


def rich_member(*joined: Merchant, points: int = 500) -> User:
    """A person with a phone, who joined these merchants and has points of the first."""
    person = factories.member("Alice", *joined)
    person.phone = a_phone()
    person.save()
    opening_balances.record(
        merchant_id=joined[0].pk,
        member=person.public_id,
        reference=uuid.uuid4().hex,
        points=points,
        expires_at=None,
        moment=timezone.now(),
    )
    return person


def shown(member: User, *, spend: int = 0, at: datetime | None = None) -> str:
    return member_codes.show(member=member, moment=at or timezone.now(), spend_limit=spend).digits


def authorisation_by_code(partner: PartnerClient, member: User, points: int, *, act: str = "hold") -> str:
    """The id of an authorisation that the member gave by showing a code."""
    body = {"code": shown(member, spend=points), "act": act, "max_points": points}
    answer = partner.post("/member-codes/resolve", body)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["authorisation"]["id"])


def code_in_sms(member: User) -> str:
    text = sms.last_in_sandbox(str(member.phone))
    assert text is not None
    return next(word for word in text.replace("，", " ").split() if word.isdigit() and len(word) == 6)


def hold(partner: PartnerClient, member: User, points: int, authorisation: str, **fields: Any) -> Any:
    key = fields.pop("key", "")
    body = {"member_id": str(member.public_id), "purse": "base", "points": points, "authorisation": authorisation}
    return partner.post("/holds", body | {"reference": uuid.uuid4().hex} | fields, key=key)
