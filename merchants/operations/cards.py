"""Cards that a shop issues at its counter to members without a smartphone (SPEC §3 "At the counter").

A PIN signs in to the whole account, at every merchant, and the shop that prints it sees it. So a shop issues a PIN only
to its own members without phone, password and other memberships. Other members get a card that identifies them when
scanned, and sign in as before.
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
    """The card to print, once. A card without a PIN can be scanned, but not used for signing in."""

    number: str
    pin: str


def issue(*, merchant_id: int, membership_id: int, by: User, moment: datetime) -> IssuedCard:
    """Issue a card to a member of this merchant and block an earlier one. Raises NotAMember or CardOpensMore."""
    # Without row-level security, because memberships at other merchants decide about the PIN.
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
    """Block the member's lost card. Raises NotAMember."""
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
