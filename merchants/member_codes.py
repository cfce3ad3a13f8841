"""Member codes 会员码: what a member shows at a counter, good for one scan within a minute.

They live in PostgreSQL and not in Redis, because using one up must be true together with what it is used for: joining
the merchant and the leave to spend are written in the same transaction, and a till that lost the answer asks again
with its key and gets it (docs/decisions/0011).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import segno
from django.db import transaction

from accounts import codes
from accounts import queries as people
from accounts.models import Card, User
from hongmi.lib import field_crypto, rls
from merchants import authorisations
from merchants.errors import KeyReused, MerchantRefused
from merchants.models import Authorisation, JoinedBy, MemberCode, Membership, SpendingAct
from merchants.operations import memberships

LIFETIME = timedelta(seconds=60)
PURPOSE = "member code"
# When the page asks for the next one, so that none is shown in its last seconds.
REFRESH = timedelta(seconds=50)
KEPT = timedelta(days=1)


class CodeRefused(MerchantRefused):
    """Unknown, used before, or too old; which of them is not told."""

    code = "member_code_refused"


class CodeSpendsNothing(MerchantRefused):
    """The member allowed fewer points, or none, when showing this code; it is not used up."""

    code = "member_code_spends_less"


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as the member's screen shows it: digits, until when, and how much it may spend."""

    digits: str
    expires_at: datetime
    spend_limit: int

    def qr_svg(self) -> str:
        """The digits as a QR code, an SVG element that fills its place, with the margin that ISO/IEC 18004 asks.

        Never a Micro QR code, which is smaller and which most scanners at counters do not read.
        """
        code = segno.make_qr(self.digits, error="m", boost_error=False)
        drawn: str = code.svg_inline(scale=8, border=4, svgclass=None, omitsize=True)
        return drawn


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who stands at the counter. `has_joined` says that showing the code made them a member here."""

    public_id: UUID
    member_ref: str | None
    has_joined: bool
    authorisation: Authorisation | None
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What a till would spend: one act of at most so many points."""

    act: SpendingAct
    max_points: int


def show(*, member: User, moment: datetime, spend_limit: int = 0) -> Shown:
    """A new code; with `spend_limit` showing it is also leave to spend up to so many points."""
    digits = codes.draw_member_code()
    with transaction.atomic():
        MemberCode.objects.filter(member=member, used_at=None, expires_at__lte=moment).delete()
        shown = MemberCode.objects.create(
            member=member, code_hash=_hashes(digits)[0], spend_limit=spend_limit, expires_at=moment + LIFETIME
        )
    return Shown(digits, shown.expires_at, spend_limit)


def resolve(*, merchant_id: int, code: str, key: str, moment: datetime, wish: Wish | None = None) -> Resolved:
    """Whose code this is, once. Showing it here is the wish to be a member here; with `wish` it is leave to spend.

    The number of a card only names who joined before: it never changes, so it proves nothing. Raises CodeRefused,
    CodeSpendsNothing, operations.KeyReused or operations.MerchantClosed.
    """
    digits = "".join(code.split())
    if digits.startswith(codes.CARD_PREFIX):
        return _carried(merchant_id, digits)
    # Over the wall, because who shows a code here may be no member yet.
    with rls.unscoped(), transaction.atomic():
        earlier = MemberCode.objects.filter(merchant_id=merchant_id, key=key).select_related("member").first()
        if earlier is not None:
            return _again(earlier, digits, wish)
        used = MemberCode.objects.filter(code_hash__in=_hashes(digits), used_at=None, expires_at__gt=moment).update(
            used_at=moment, merchant_id=merchant_id, key=key
        )
        shown = MemberCode.objects.filter(merchant_id=merchant_id, key=key).select_related("member").first()
        if shown is None:
            raise CodeRefused
        # Without a use of ours the same till asked twice at once, and its other request has the answer.
        return _used(shown, wish, moment) if used else _again(shown, digits, wish)


def purge(*, moment: datetime) -> int:
    """Codes whose day is over; leaves to spend that they gave stay."""
    deleted, _ = MemberCode.objects.filter(expires_at__lt=moment - KEPT).delete()
    return deleted


def _used(shown: MemberCode, wish: Wish | None, moment: datetime) -> Resolved:
    assert shown.merchant_id is not None
    if not shown.member.is_active or people.waits_for_guardian(shown.member, moment=moment):
        raise CodeRefused
    if wish is not None and wish.max_points > shown.spend_limit:
        raise CodeSpendsNothing
    was_member = Membership.objects.open().filter(merchant_id=shown.merchant_id, member=shown.member).exists()
    membership = memberships.join(
        merchant_id=shown.merchant_id, member_id=shown.member_id, moment=moment, joined_by=JoinedBy.CODE
    )
    if not was_member:
        MemberCode.objects.filter(pk=shown.pk).update(has_joined=True)
    leave = None
    if wish is not None:
        leave = authorisations.give_by_code(shown, act=wish.act, max_points=wish.max_points, moment=moment)
    return Resolved(shown.member.public_id, membership.member_ref, not was_member, leave)


def _again(shown: MemberCode, digits: str, wish: Wish | None) -> Resolved:
    leave = Authorisation.objects.filter(member_code=shown).first()
    told = Wish(SpendingAct(leave.act), leave.max_points) if leave else None
    if bytes(shown.code_hash) not in _hashes(digits) or told != wish:
        raise KeyReused
    assert shown.merchant_id is not None
    membership = Membership.objects.get(merchant_id=shown.merchant_id, member_id=shown.member_id)
    return Resolved(shown.member.public_id, membership.member_ref, shown.has_joined, leave, is_replay=True)


def _carried(merchant_id: int, number: str) -> Resolved:
    card = Card.objects.filter(number=number, blocked_at=None, member__is_active=True).first()
    joined = Membership.objects.open().filter(merchant_id=merchant_id, member=card.member_id if card else None)
    membership = joined.select_related("member").first()
    if membership is None:
        raise CodeRefused
    return Resolved(membership.member.public_id, membership.member_ref, has_joined=False, authorisation=None)


def _hashes(digits: str) -> list[bytes]:
    return field_crypto.ring().indexes(digits, purpose=PURPOSE)
