"""At the counter: Alice shows her code, the Stationer's till asks, the Garage would like to as well."""

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
    """Somebody with a telephone, who joined these merchants and has points of the first."""
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


def shown(who: User, *, spend: int = 0, at: datetime | None = None) -> str:
    return member_codes.show(member=who, moment=at or timezone.now(), spend_limit=spend).digits


def leave_by_code(till: PartnerClient, who: User, points: int, *, act: str = "hold") -> str:
    """The id of a leave that Alice gave by showing her code."""
    asked = {"code": shown(who, spend=points), "act": act, "max_points": points}
    answer = till.post("/member-codes/resolve", asked)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["authorisation"]["id"])


def code_in_sms(who: User) -> str:
    text = sms.last_in_sandbox(str(who.phone))
    assert text is not None
    return next(word for word in text.replace("，", " ").split() if word.isdigit() and len(word) == 6)


def hold(till: PartnerClient, who: User, points: int, leave: str, **said: Any) -> Any:
    key = said.pop("key", "")
    body = {"member_id": str(who.public_id), "purse": "base", "points": points, "authorisation": leave}
    return till.post("/holds", body | {"reference": uuid.uuid4().hex} | said, key=key)
