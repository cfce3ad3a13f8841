"""What newcomers get from the platform itself (SPEC R05)."""

from collections.abc import Sequence
from datetime import datetime

from accounts import queries as people
from accounts.models import User
from merchants.models import Merchant
from notifications.outbox import Message
from points.operations.purchases import award_sign_up


def welcome(messages: Sequence[Message], *, moment: datetime) -> None:
    """Grant the platform's sign-up bonus to those who joined: a child once the guardian has agreed."""
    platform_id = Merchant.objects.values_list("pk", flat=True).filter(is_platform=True).first()
    if platform_id is None:
        return
    for person in User.objects.filter(pk__in={message.payload["member"] for message in messages}, is_active=True):
        if not people.waits_for_guardian(person, moment=moment):
            award_sign_up(merchant_id=platform_id, member=person.public_id, moment=moment)
