"""Leave to spend a member's points (SPEC D13): bound to member, merchant, act and maximum; used once, and soon.

A member code gives it at once. Else an SMS tells the member merchant, act and maximum, and the code in it, told to the
cashier, confirms it. Confirming is a call of its own, because a wrong code must be counted even when the spend that
would have brought it is undone (docs/decisions/0011).

Lock order: the leave's row before the wallets.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Subquery, Value
from django.db.models.functions import Coalesce

from accounts import codes, limits
from accounts import queries as people
from accounts.models import User
from accounts.operations import sign_in
from hongmi.lib import field_crypto
from merchants import queries
from merchants.errors import KeyReused, MerchantRefused
from merchants.models import Authorisation, MemberCode, Membership, Merchant, SpendingAct
from notifications import sms

LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(minutes=5)
MAX_ATTEMPTS = 3
PURPOSE = "spending code"
RATES = "SPENDING_CODE_RATES"


class AuthorisationRefused(MerchantRefused):
    """No such leave: unknown, of another merchant or member, for another act, for fewer points, late, or used before.

    `why` is told to the merchant that was given it, and to nobody else.
    """

    code = "authorisation_refused"

    def __init__(self, why: str = "unknown") -> None:
        super().__init__()
        self.facts = {"why": why}


class NoSuchMember(MerchantRefused):
    code = "member_not_found"


class MemberMerged(MerchantRefused):
    """The member was merged into another, `merged_into`, who is a member of this merchant."""

    code = "member_merged"

    def __init__(self, survivor: UUID) -> None:
        super().__init__()
        self.facts = {"merged_into": str(survivor)}


class NoPhone(MerchantRefused):
    """The member has no telephone; a member code is needed."""

    code = "member_has_no_phone"


class NumberUnproven(MerchantRefused):
    """Nobody signed in with the number for so long that it may be somebody else's by now (二次放号); a member code is
    needed."""

    code = "member_number_unproven"


class TooManySpendingCodes(MerchantRefused):
    code = "too_many_codes"


class WrongSpendingCode(MerchantRefused):
    code = "wrong_code"


class SpendingCodeEnded(MerchantRefused):
    """Too late or too many answers: ask for another."""

    code = "code_ended"


def ask(
    *, merchant_id: int, member: UUID, act: SpendingAct, max_points: int, key: str, moment: datetime
) -> tuple[Authorisation, bool]:
    """Send the member an SMS that asks for leave; the same key gets the first answer again (then the second is true).

    Not inside a transaction, because what was sent cannot be rolled back. Raises NoSuchMember, MemberMerged, NoPhone,
    NumberUnproven, TooManySpendingCodes, KeyReused or notifications.sms.SmsNotSent.
    """
    joined = _membership(merchant_id, member, moment)
    wish = (joined.member_id, act, max_points)
    if earlier := _asked_before(merchant_id, key, wish):
        return earlier, True
    phone = _proven_phone(joined.member, moment)
    number = field_crypto.ring().index(phone, purpose="limits").hex()
    if not limits.take(RATES, {"number": number, "merchant": str(merchant_id)}):
        raise TooManySpendingCodes
    code, leave_id = codes.draw_sms_code(), uuid4()
    leave = Authorisation(
        id=leave_id,
        merchant_id=merchant_id,
        member_id=joined.member_id,
        act=act,
        max_points=max_points,
        code_hash=_hashes(leave_id, code)[0],
        key=key,
        given_at=moment,
        expires_at=moment + LIFETIME,
    )
    try:
        with transaction.atomic():
            leave.save(force_insert=True)
    except IntegrityError:
        # The same till asked twice at once; the other request has sent the SMS.
        if earlier := _asked_before(merchant_id, key, wish):
            return earlier, True
        raise
    _send(phone, joined.merchant, leave, code, joined.member.language)
    return leave, False


def _membership(merchant_id: int, member: UUID, moment: datetime) -> Membership:
    """Raises NoSuchMember, of a child without a guardian's consent too, or MemberMerged."""
    joined = (
        Membership.objects.open()
        .filter(merchant_id=merchant_id, member__public_id=member, member__is_active=True)
        .select_related("member__wrapped_key", "merchant")
        .first()
    )
    if joined is None:
        merged = queries.member(merchant_id=merchant_id, public_id=member)
        if merged is not None and merged.merged_into is not None:
            raise MemberMerged(merged.merged_into)
        raise NoSuchMember
    if people.waits_for_guardian(joined.member, moment=moment):
        raise NoSuchMember
    return joined


def _asked_before(merchant_id: int, key: str, wish: tuple[int, str, int]) -> Authorisation | None:
    """What this key was answered. Raises KeyReused where it asked for something else."""
    earlier = Authorisation.objects.filter(merchant_id=merchant_id, key=key).first()
    if earlier is not None and (earlier.member_id, earlier.act, earlier.max_points) != wish:
        raise KeyReused
    return earlier


def _proven_phone(member: User, moment: datetime) -> str:
    """A number that is still the member's: they signed in, or answered an SMS like this one, within the time after
    which it may be somebody else's. Raises NoPhone or NumberUnproven."""
    if not member.phone:
        raise NoPhone
    since = moment - timedelta(days=settings.RECYCLED_NUMBER_AFTER_DAYS)
    answered = Authorisation.objects.filter(member=member, code_hash__isnull=False, confirmed_at__gt=since)
    if sign_in.is_dormant(member, moment) and not answered.exists():
        raise NumberUnproven
    return member.phone


def give_by_code(shown: MemberCode, *, act: SpendingAct, max_points: int, moment: datetime) -> Authorisation:
    """The leave that showing a member code gives; merchants.member_codes judges how much it may be."""
    assert shown.merchant_id is not None
    return Authorisation.objects.create(
        merchant_id=shown.merchant_id,
        member_id=shown.member_id,
        act=act,
        max_points=max_points,
        member_code=shown,
        given_at=moment,
        expires_at=moment + LIFETIME,
        confirmed_at=moment,
    )


def confirm(*, merchant_id: int, authorisation_id: UUID, code: str, moment: datetime) -> Authorisation:
    """The code that the member told. Confirming twice changes nothing. Raises AuthorisationRefused,
    WrongSpendingCode or SpendingCodeEnded."""
    own = Authorisation.objects.filter(pk=authorisation_id, merchant_id=merchant_id, code_hash__isnull=False)
    if not own.exists():
        raise AuthorisationRefused
    # Counted before it is looked at, because two answers at once must not share an attempt.
    waiting = own.filter(confirmed_at=None, attempts__lt=MAX_ATTEMPTS, given_at__gt=moment - CODE_LIFETIME)
    is_counted = waiting.update(attempts=F("attempts") + 1)
    leave = own.get()
    is_right = any(hmac.compare_digest(bytes(leave.code_hash or b""), each) for each in _hashes(leave.pk, code))
    if leave.confirmed_at is not None and is_right:
        return leave
    if not is_counted:
        raise SpendingCodeEnded
    if not is_right:
        raise WrongSpendingCode if leave.attempts < MAX_ATTEMPTS else SpendingCodeEnded
    own.filter(confirmed_at=None).update(confirmed_at=moment)
    return own.get()


def use(
    *,
    authorisation_id: UUID,
    merchant_id: int,
    member: UUID,
    act: SpendingAct,
    points: int,
    reference: str,
    moment: datetime,
) -> None:
    """Use the leave up for `reference`, in the transaction of the spend itself, before the pen is called: if that
    refuses, the leave is whole again. Asked again for the same reference it is let through, because the pen then
    answers what it answered before. Raises AuthorisationRefused."""
    assert connection.in_atomic_block, "leave is used in the transaction of the spend"
    # Of the row's own columns only: who waited for the row looks at these again, and not at what a join had found.
    own = Authorisation.objects.filter(
        pk=authorisation_id,
        merchant_id=merchant_id,
        member_id=Subquery(User.objects.filter(public_id=member).values("pk")),
        act=act,
    )
    is_fresh = Q(used_at=None, confirmed_at__isnull=False, expires_at__gt=moment, max_points__gte=points)
    used = own.filter(is_fresh | Q(reference=reference)).update(
        used_at=Coalesce("used_at", Value(moment)), reference=reference
    )
    if not used:
        raise AuthorisationRefused(_why(authorisation_id, merchant_id, member, act, points, moment))


def _why(
    authorisation_id: UUID, merchant_id: int, member: UUID, act: SpendingAct, points: int, moment: datetime
) -> str:
    leave = Authorisation.objects.filter(pk=authorisation_id, merchant_id=merchant_id).select_related("member").first()
    if leave is None:
        return "unknown"
    if leave.member.public_id != member:
        return "another_member"
    if leave.act != act:
        return "another_act"
    if leave.used_at is not None:
        return "used"
    if leave.confirmed_at is None:
        return "not_confirmed"
    return "late" if leave.expires_at <= moment else "more_than_allowed"


def _send(phone: str, merchant: Merchant, leave: Authorisation, code: str, language: str) -> None:
    facts: dict[str, Any] = {
        "merchant": merchant.name_in(language),
        "act": leave.act,
        "points": str(leave.max_points),
        "code": code,
        "minutes": str(CODE_LIFETIME // timedelta(minutes=1)),
    }
    try:
        sms.send(sms.Sms(phone=phone, template="spending_code", facts=facts, language=language))
    except sms.SmsNotSent:
        # A refusal leaves nothing behind, so that the same key may ask again.
        leave.delete()
        raise


def _hashes(leave_id: UUID, code: str) -> list[bytes]:
    """Keyed, because a million codes are hashed in a moment; bound to the leave, because codes repeat."""
    return field_crypto.ring().indexes(f"{leave_id}:{code}", purpose=PURPOSE)
