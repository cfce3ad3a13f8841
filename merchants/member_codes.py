"""Member codes 会员码: a code on the member's screen, valid for one scan within a minute.

They are stored in PostgreSQL and not in Redis, because one transaction uses the code, joins the merchant and writes the
authorisation. A client that lost the answer repeats the request with its key and gets it again (docs/decisions/0011).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import segno
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import codes
from accounts import queries as people
from accounts.models import Card, User
from hongmi.lib import field_crypto, rls
from hongmi.lib.errors import DomainError, KeyReused
from merchants import authorisations
from merchants.models import Authorisation, JoinedBy, MemberCode, Membership, SpendingAct
from merchants.operations import memberships

LIFETIME = timedelta(seconds=60)
PURPOSE = "member code"
# The page requests the next code this early, so that no code is shown in its last seconds.
REFRESH = timedelta(seconds=50)
RETENTION = timedelta(days=1)


class CodeRefused(DomainError):
    """The code is unknown, used before, or expired; the error does not reveal which."""

    code = "member_code_refused"
    sentence = _("The code is unknown, used or too old.")


class CodeSpendsNothing(DomainError):
    """The member allowed fewer points, or none, when showing this code. The code stays valid."""

    code = "member_code_spends_less"
    sentence = _("The member allowed fewer points with this code.")


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code for the member's screen: its digits, its expiry, and the points it may spend."""

    digits: str
    expires_at: datetime
    spend_limit: int

    def qr_svg(self) -> str:
        """The digits as a QR code: an SVG element without a size of its own, with the margin of ISO/IEC 18004.

        Never a Micro QR code, because most scanners at counters cannot read it.
        """
        code = segno.make_qr(self.digits, error="m", boost_error=False)
        drawn: str = code.svg_inline(scale=8, border=4, svgclass=None, omitsize=True)
        return drawn


@dataclass(frozen=True, slots=True)
class Resolved:
    """The member at the counter. `has_joined` is true if showing the code made them a member here."""

    public_id: UUID
    member_ref: str | None
    has_joined: bool
    authorisation: Authorisation | None
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class SpendRequest:
    """A spend that a client requests with the code: one act of at most `max_points`."""

    act: SpendingAct
    max_points: int


def show(*, member: User, moment: datetime, spend_limit: int = 0) -> ShownCode:
    """A new code; showing it authorises to spend up to `spend_limit` points."""
    digits = codes.draw_member_code()
    with transaction.atomic():
        MemberCode.objects.filter(member=member, used_at=None, expires_at__lte=moment).delete()
        shown = MemberCode.objects.create(
            member=member, code_hash=_hashes(digits)[0], spend_limit=spend_limit, expires_at=moment + LIFETIME
        )
    return ShownCode(digits, shown.expires_at, spend_limit)


def resolve(*, merchant_id: int, code: str, key: str, moment: datetime, spend: SpendRequest | None = None) -> Resolved:
    """Use a code once: its owner becomes a member of this merchant and, with `spend`, authorises the spend.

    A card number only finds a member who joined before; it never changes, so it proves nothing. Raises CodeRefused,
    CodeSpendsNothing, errors.KeyReused or errors.MerchantClosed.
    """
    digits = "".join(code.split())
    if digits.startswith(codes.CARD_PREFIX):
        return _resolve_card(merchant_id, digits)
    # Without row-level security, because the owner of the code may not be a member here yet.
    with rls.unscoped(), transaction.atomic():
        earlier = MemberCode.objects.filter(merchant_id=merchant_id, key=key).select_related("member").first()
        if earlier is not None:
            return _replay(earlier, digits, spend)
        used = MemberCode.objects.filter(code_hash__in=_hashes(digits), used_at=None, expires_at__gt=moment).update(
            used_at=moment, merchant_id=merchant_id, key=key
        )
        shown = MemberCode.objects.filter(merchant_id=merchant_id, key=key).select_related("member").first()
        if shown is None:
            raise CodeRefused
        # If this request did not use the code, a concurrent one with the same key did.
        return _use(shown, spend, moment) if used else _replay(shown, digits, spend)


def purge(*, moment: datetime) -> int:
    """Delete codes expired for a day and keep their authorisations; returns the number of codes."""
    deleted, _by_model = MemberCode.objects.filter(expires_at__lt=moment - RETENTION).delete()
    return deleted


def _use(shown: MemberCode, spend: SpendRequest | None, moment: datetime) -> Resolved:
    assert shown.merchant_id is not None
    if not shown.member.is_active or people.waits_for_guardian(shown.member, moment=moment):
        raise CodeRefused
    if spend is not None and spend.max_points > shown.spend_limit:
        raise CodeSpendsNothing
    was_member = Membership.objects.open().filter(merchant_id=shown.merchant_id, member=shown.member).exists()
    membership = memberships.join(
        merchant_id=shown.merchant_id, member_id=shown.member_id, moment=moment, joined_by=JoinedBy.CODE
    )
    if not was_member:
        MemberCode.objects.filter(pk=shown.pk).update(has_joined=True)
    authorisation = None
    if spend is not None:
        authorisation = authorisations.give_by_code(shown, act=spend.act, max_points=spend.max_points, moment=moment)
    return Resolved(shown.member.public_id, membership.member_ref, not was_member, authorisation)


def _replay(shown: MemberCode, digits: str, spend: SpendRequest | None) -> Resolved:
    given = Authorisation.objects.filter(member_code=shown).first()
    earlier_spend = SpendRequest(SpendingAct(given.act), given.max_points) if given else None
    if bytes(shown.code_hash) not in _hashes(digits) or earlier_spend != spend:
        raise KeyReused
    assert shown.merchant_id is not None
    membership = Membership.objects.get(merchant_id=shown.merchant_id, member_id=shown.member_id)
    return Resolved(shown.member.public_id, membership.member_ref, shown.has_joined, given, is_replay=True)


def _resolve_card(merchant_id: int, number: str) -> Resolved:
    card = Card.objects.filter(number=number, blocked_at=None, member__is_active=True).first()
    joined = Membership.objects.open().filter(merchant_id=merchant_id, member=card.member_id if card else None)
    membership = joined.select_related("member").first()
    if membership is None:
        raise CodeRefused
    return Resolved(membership.member.public_id, membership.member_ref, has_joined=False, authorisation=None)


def _hashes(digits: str) -> list[bytes]:
    return field_crypto.ring().indexes(digits, purpose=PURPOSE)
