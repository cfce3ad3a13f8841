"""Sign-up bonuses of new members, from the platform and from merchants they joined (SPEC R05)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import queries as people
from accounts.models import User
from merchants.errors import MemberNotFound
from merchants.models import Membership, Merchant
from notifications.outbox import Message
from points.errors import MerchantNotLive
from points.operations import grants


def grant(messages: Sequence[Message], *, moment: datetime) -> None:
    """Grant sign-up bonuses: of the merchant that a message names, else of the platform and every merchant joined so
    far. A child gets them once the guardian has agreed."""
    joined = {(message.payload["member"], message.payload.get("merchant")) for message in messages}
    people_by_id = User.objects.filter(is_active=True).in_bulk({member_id for member_id, _ in joined})
    for member_id, merchant_id in sorted(joined, key=str):
        person = people_by_id.get(member_id)
        if person is None or people.waits_for_guardian(person, moment=moment):
            continue
        for giver_id in [merchant_id] if merchant_id else _givers(member_id):
            _award(giver_id, person, moment)


def _givers(member_id: int) -> list[int]:
    platform = Merchant.objects.filter(is_platform=True).values_list("pk", flat=True)
    joined = Membership.objects.filter(member_id=member_id, left_at=None).exclude(consented_at=None)
    return [*platform, *joined.values_list("merchant_id", flat=True)]


def _award(merchant_id: int, person: User, moment: datetime) -> None:
    try:
        # A savepoint, because a refusal would roll back the other gifts of the relay's transaction.
        with transaction.atomic():
            grants.award_sign_up(merchant_id=merchant_id, member=person.public_id, moment=moment)
    except (MerchantNotLive, MemberNotFound):
        # The merchant was suspended or the member left before the message came: no bonus is due any more.
        return
