"""Cards that a shop hands out at its counter to members without a smartphone (SPEC §3 "At the counter").

A PIN opens the whole account, at every merchant, and passes through the hands of who prints it. So a shop gives one
only to somebody whom it alone knows: without telephone, without password, a member nowhere else. Everybody else gets a
card that names them when it is scanned, and signs in as before.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import codes
from accounts import operations as accounts
from accounts import queries as people
from accounts.models import User
from hongmi.lib import row_scope
from merchants.models import Membership
from merchants.operations.refusals import CardOpensMore, NotAMember


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What is printed, once. Without a PIN the card is scanned and opens no account."""

    number: str
    pin: str


def issue_card(*, merchant_id: int, membership_id: int, by: User, moment: datetime) -> IssuedCard:
    """A new card for a member of this merchant; an earlier one is blocked. Raises NotAMember or CardOpensMore."""
    # Over the wall, because what else the person is a member of decides about the PIN.
    with row_scope.lifted(), transaction.atomic():
        membership = _membership(merchant_id, membership_id)
        member = membership.member
        pin = codes.draw_pin() if _is_known_only_here(merchant_id, member) else ""
        earlier = people.open_card(member)
        if earlier is not None and earlier.pin_hash and not pin:
            raise CardOpensMore
        card = accounts.issue_card(member=member, moment=moment, pin=pin, by=by, shop_name=membership.merchant.name)
    return IssuedCard(card.number, pin)


def block_card(*, merchant_id: int, membership_id: int, by: User, moment: datetime) -> None:
    """The member lost it. Raises NotAMember."""
    with row_scope.lifted():
        membership = _membership(merchant_id, membership_id)
        accounts.block_cards(member=membership.member, moment=moment, by=by, shop_name=membership.merchant.name)


def _membership(merchant_id: int, membership_id: int) -> Membership:
    joined = Membership.objects.open().filter(merchant_id=merchant_id, pk=membership_id, member__is_active=True)
    membership = joined.select_related("member__wrapped_key", "merchant").first()
    if membership is None:
        raise NotAMember
    return membership


def _is_known_only_here(merchant_id: int, member: User) -> bool:
    is_elsewhere = member.memberships.exclude(merchant_id=merchant_id).exists()
    return not is_elsewhere and not accounts.has_another_way_in(member)
