"""Cards that a shop hands out at its counter to members without a smartphone (SPEC §3 "At the counter").

A PIN opens the whole account, at every merchant, and passes through the hands of who prints it. So a shop gives one
only to somebody whom it alone knows: without telephone, without password, a member nowhere else. Everybody else gets a
card that names them when it is scanned, and signs in as before.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import codes
from accounts import queries as people
from accounts.models import User
from accounts.operations import cards
from hongmi.lib import rls
from merchants.errors import CardOpensMore, NotAMember
from merchants.models import Membership


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What is printed, once. Without a PIN the card is scanned and opens no account."""

    number: str
    pin: str


def issue(*, merchant_id: int, membership_id: int, by: User, moment: datetime) -> IssuedCard:
    """A new card for a member of this merchant; an earlier one is blocked. Raises NotAMember or CardOpensMore."""
    # Over the wall, because what else the person is a member of decides about the PIN.
    with rls.unscoped(), transaction.atomic():
        membership = _membership(merchant_id, membership_id)
        member = membership.member
        pin = codes.draw_pin() if _is_known_only_here(merchant_id, member) else ""
        earlier = people.open_card(member)
        if earlier is not None and earlier.pin_hash and not pin:
            raise CardOpensMore
        card = cards.issue(member=member, moment=moment, pin=pin, by=by, shop_name=membership.merchant.name)
    return IssuedCard(card.number, pin)


def block(*, merchant_id: int, membership_id: int, by: User, moment: datetime) -> None:
    """The member lost it. Raises NotAMember."""
    with rls.unscoped():
        membership = _membership(merchant_id, membership_id)
        cards.block(member=membership.member, moment=moment, by=by, shop_name=membership.merchant.name)


def _membership(merchant_id: int, membership_id: int) -> Membership:
    joined = Membership.objects.open().filter(merchant_id=merchant_id, pk=membership_id, member__is_active=True)
    membership = joined.select_related("member__wrapped_key", "merchant").first()
    if membership is None:
        raise NotAMember
    return membership


def _is_known_only_here(merchant_id: int, member: User) -> bool:
    is_elsewhere = member.memberships.exclude(merchant_id=merchant_id).exists()
    return not is_elsewhere and not cards.has_another_sign_in(member)
