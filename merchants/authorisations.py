"""Authorisations to spend a member's points (SPEC D13): for one member, merchant, act and maximum, used once and soon.

A member code authorises at once. Otherwise an SMS names merchant, act and maximum, and the member confirms by giving
its code to the cashier. Confirming is a call of its own, because a wrong code must be counted even when the spend is
rolled back (docs/decisions/0011).

Lock order: the authorisation's row before the wallets.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts import codes, limits
from accounts import queries as people
from accounts.models import User
from accounts.operations import phone_numbers, sign_in
from hongmi.lib import field_crypto, rls
from hongmi.lib.errors import DomainError, KeyReused
from merchants import queries
from merchants.errors import MemberMerged, MemberNotFound
from merchants.models import Authorisation, MemberCode, Membership, Merchant, SpendingAct
from notifications import sms

LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(minutes=5)
MAX_ATTEMPTS = 3
PURPOSE = "spending code"
RATES = "SPENDING_CODE_RATES"


class AuthorisationRefused(DomainError):
    """The authorisation is unknown, of another merchant or member, for another act or fewer points, expired, or used.

    Only the merchant that the authorisation was given to gets the `why`.
    """

    code = "authorisation_refused"
    sentence = _("The authorisation cannot be used: %(why)s.")

    def __init__(self, why: str = "unknown") -> None:
        super().__init__({"why": why})


class NoPhone(DomainError):
    """The member has no phone, so only a member code can authorise."""

    code = "member_has_no_phone"
    sentence = _("The member has no telephone; use a member code.")


class NumberUnproven(DomainError):
    """Nobody signed in with the number for half a year, so its owner may have changed (二次放号); only a member code
    can authorise."""

    code = "member_number_unproven"
    sentence = _("The member's number may belong to another person by now; use a member code.")


class TooManySpendingCodes(sign_in.TooManyCodes):
    """Too many codes were requested for this member."""


class WrongSpendingCode(sign_in.WrongCode):
    """Counts as one attempt."""


class SpendingCodeEnded(sign_in.CodeEnded):
    """The code has expired or had too many answers; a new request is needed."""


def request(
    *, merchant_id: int, member: UUID, act: SpendingAct, max_points: int, key: str, moment: datetime
) -> tuple[Authorisation, bool]:
    """Request an authorisation by SMS. Returns it, and whether the key had been used for the same request before.

    Call it outside a transaction, because a sent SMS cannot be rolled back. Raises MemberNotFound, MemberMerged,
    NoPhone, NumberUnproven, TooManySpendingCodes, KeyReused or notifications.sms.SmsNotSent.
    """
    joined = _membership(merchant_id, member, moment)
    terms = (joined.member_id, act, max_points)
    if earlier := _earlier_request(merchant_id, key, terms):
        return earlier, True
    phone = _proven_phone(joined.member, moment)
    number = field_crypto.ring().index(phone, purpose="limits").hex()
    if not limits.take(RATES, {"number": number, "merchant": str(merchant_id)}):
        raise TooManySpendingCodes
    code, authorisation_id = codes.draw_sms_code(), uuid4()
    authorisation = Authorisation(
        id=authorisation_id,
        merchant_id=merchant_id,
        member_id=joined.member_id,
        act=act,
        max_points=max_points,
        code_hash=_hashes(authorisation_id, code)[0],
        key=key,
        given_at=moment,
        expires_at=moment + LIFETIME,
    )
    try:
        with transaction.atomic():
            authorisation.save(force_insert=True)
    except IntegrityError:
        # A concurrent request with the same key has sent the SMS.
        if earlier := _earlier_request(merchant_id, key, terms):
            return earlier, True
        raise
    _send(phone, joined.merchant, authorisation, code, joined.member.language)
    return authorisation, False


def _membership(merchant_id: int, member: UUID, moment: datetime) -> Membership:
    """Raises MemberNotFound, also for a child without a guardian's consent, or MemberMerged."""
    joined = (
        Membership.objects.open()
        .filter(merchant_id=merchant_id, member__public_id=member, member__is_active=True)
        .select_related("member__wrapped_key", "merchant")
        .first()
    )
    if joined is None:
        merged = queries.member(merchant_id=merchant_id, public_id=member)
        if merged is not None and merged.merged_into is not None:
            raise MemberMerged({"merged_into": str(merged.merged_into)})
        raise MemberNotFound
    if people.waits_for_guardian(joined.member, moment=moment):
        raise MemberNotFound
    return joined


def _earlier_request(merchant_id: int, key: str, terms: tuple[int, str, int]) -> Authorisation | None:
    """The authorisation requested with this key. Raises KeyReused if member, act or maximum differ."""
    earlier = Authorisation.objects.filter(merchant_id=merchant_id, key=key).first()
    if earlier is not None and (earlier.member_id, earlier.act, earlier.max_points) != terms:
        raise KeyReused
    return earlier


def _proven_phone(member: User, moment: datetime) -> str:
    """The member's number, if they signed in or confirmed an authorisation by SMS within the time after which a number
    may have a new owner. Raises NoPhone or NumberUnproven."""
    if not member.phone:
        raise NoPhone
    since = moment - timedelta(days=settings.RECYCLED_NUMBER_AFTER_DAYS)
    answered = Authorisation.objects.filter(member=member, code_hash__isnull=False, confirmed_at__gt=since)
    # Without row-level security, because an answer at any merchant proves the number.
    with rls.unscoped():
        if phone_numbers.is_dormant(member, moment) and not answered.exists():
            raise NumberUnproven
    return member.phone


def give_by_code(shown: MemberCode, *, act: SpendingAct, max_points: int, moment: datetime) -> Authorisation:
    """The authorisation given by showing a member code; merchants.member_codes checks the maximum."""
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
    """Confirm by the code of the SMS. Confirming twice changes nothing. Raises AuthorisationRefused, WrongSpendingCode
    or SpendingCodeEnded."""
    own = Authorisation.objects.filter(pk=authorisation_id, merchant_id=merchant_id, code_hash__isnull=False)
    if not own.exists():
        raise AuthorisationRefused
    # Counted before the check, because concurrent answers must not share an attempt.
    waiting = own.filter(confirmed_at=None, attempts__lt=MAX_ATTEMPTS, given_at__gt=moment - CODE_LIFETIME)
    is_counted = waiting.update(attempts=F("attempts") + 1)
    authorisation = own.get()
    stored_hash = bytes(authorisation.code_hash or b"")
    is_right = any(hmac.compare_digest(stored_hash, each) for each in _hashes(authorisation.pk, code))
    if authorisation.confirmed_at is not None and is_right:
        return authorisation
    if not is_counted:
        raise SpendingCodeEnded
    if not is_right:
        raise WrongSpendingCode if authorisation.attempts < MAX_ATTEMPTS else SpendingCodeEnded
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
    """Use the authorisation for `reference`, in the transaction of the spend and before the ledger function: if that
    refuses, the rollback restores the authorisation. A repeated use for the same reference passes, because the ledger
    function then returns its first answer. Raises AuthorisationRefused."""
    assert connection.in_atomic_block, "an authorisation is used in the transaction of the spend"
    # Conditions on the row's own columns only, because an UPDATE that waited for the row checks these again, but not
    # the result of a join.
    own = Authorisation.objects.filter(
        pk=authorisation_id,
        merchant_id=merchant_id,
        member_id=Subquery(User.objects.filter(public_id=member).values("pk")),
        act=act,
    )
    is_fresh = Q(used_at=None, confirmed_at__isnull=False, expires_at__gt=moment, max_points__gte=points)
    # Without row-level security, because the first answer is repeated also after the member left.
    with rls.unscoped():
        used = own.filter(is_fresh | Q(reference=reference)).update(
            used_at=Coalesce("used_at", Value(moment)), reference=reference
        )
        if not used:
            raise AuthorisationRefused(_why(authorisation_id, merchant_id, member, act, points, moment))


def _why(
    authorisation_id: UUID, merchant_id: int, member: UUID, act: SpendingAct, points: int, moment: datetime
) -> str:
    given = Authorisation.objects.filter(pk=authorisation_id, merchant_id=merchant_id).select_related("member").first()
    if given is None:
        return "unknown"
    if given.member.public_id != member:
        return "another_member"
    if given.act != act:
        return "another_act"
    if given.used_at is not None:
        return "used"
    if given.confirmed_at is None:
        return "not_confirmed"
    return "late" if given.expires_at <= moment else "more_than_allowed"


def _send(phone: str, merchant: Merchant, authorisation: Authorisation, code: str, language: str) -> None:
    facts: dict[str, Any] = {
        "merchant": merchant.name_in(language),
        "act": authorisation.act,
        "points": str(authorisation.max_points),
        "code": code,
        "minutes": str(CODE_LIFETIME // timedelta(minutes=1)),
    }
    try:
        sms.send(sms.Sms(phone=phone, template="spending_code", facts=facts, language=language))
    except sms.SmsNotSent:
        # Deleted, so that the same key can be used for another try.
        authorisation.delete()
        raise


def _hashes(authorisation_id: UUID, code: str) -> list[bytes]:
    """Keyed, because hashing all million codes takes a moment; bound to the authorisation, because codes repeat."""
    return field_crypto.ring().indexes(f"{authorisation_id}:{code}", purpose=PURPOSE)
