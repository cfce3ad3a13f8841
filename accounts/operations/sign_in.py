"""Proof of a number by an SMS code, and the account of a proven number.

Nothing before the right code depends on whether the number has an account, because accounts are not looked up before.
"""

import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import codes, limits
from accounts.models import MARK_INDEX, Challenge, ChallengePurpose, PastPhone, User
from hongmi.lib import field_crypto
from hongmi.lib.client_address import network_of
from hongmi.lib.errors import DomainError
from notifications import outbox, sms

CODE_LIFETIME = timedelta(minutes=5)
# How long a right code proves its number, when the person has to choose something first.
PROOF_LIFETIME = timedelta(minutes=15)
MAX_ATTEMPTS = 3
CODE_PURPOSE = "sms code"
# This code is read out to support, so it has a text of its own: the other text forbids to share the code.
TEXTS = {ChallengePurpose.MOVED_PHONE: "moved_phone_code"}

log = structlog.get_logger(__name__)


class SignInRefused(DomainError):
    """A sign-in was refused. The error does not reveal whether there is an account."""

    code: ClassVar[str]


class TooManyCodes(SignInRefused):
    code = "too_many_codes"
    sentence = _("Too many codes were requested. Please wait a while: one a minute, five an hour, ten a day.")


class TooManyAnswers(SignInRefused):
    code = "too_many_answers"
    sentence = _("Too many tries from here. Please wait a few minutes.")


class SignInPaused(SignInRefused):
    """The platform's budget of wrong answers is spent; passwords and known devices still sign in."""

    code = "sign_in_paused"
    sentence = _(
        "Sign-in by code is paused for new devices, because somebody is guessing codes. "
        "Please use your password or a device you signed in with before, or try again in ten minutes."
    )


class WrongCode(SignInRefused):
    code = "wrong_code"
    sentence = _("This code is not right. Please look at the SMS again.")


class CodeEnded(SignInRefused):
    """The code has expired, has had too many answers, is used, or was never sent."""

    code = "code_ended"
    sentence = _("This code no longer counts. Please ask for a new one.")


class WrongPassword(SignInRefused):
    code = "wrong_password"
    sentence = _("This password is not right.")


class DormantAccount(SignInRefused):
    """Nobody signed in to the number's account for half a year; its owner may have changed since (二次放号)."""

    code = "dormant_account"
    sentence = _("The number has an account that was not used for half a year.")


class NumberInUse(DomainError):
    """The proven number has an active account of its own."""

    code = "number_in_use"
    sentence = _("This number belongs to another account. Sign in with it, or close that account first.")


@dataclass(frozen=True)
class Visitor:
    """The network address of a request, and the accounts that its device signed in to before."""

    address: str
    known_accounts: Collection[UUID] = field(default=())

    def caller(self) -> str:
        return network_of(self.address)


@dataclass(frozen=True)
class OpenedAccount:
    """The account of a proven number."""

    person: User
    is_new: bool


def send_code(
    *, phone: str, purpose: ChallengePurpose, visitor: Visitor, moment: datetime, person: User | None = None
) -> UUID:
    """Send a six-digit code to the number (E.164); returns the id of the challenge.

    Raises TooManyCodes, SignInPaused, or notifications.sms.SmsNotSent.
    """
    ring = field_crypto.ring()
    number = ring.index(phone, purpose="limits").hex()
    # First, because a refused unknown device must not use up the limits of the number's owner.
    _refuse_unknown_devices_when_paused(phone, visitor)
    if not limits.take("SIGN_IN_CODE_RATES", {"number": number, "address": visitor.caller()}):
        raise TooManyCodes
    challenge_id = uuid.uuid4()
    code = codes.draw_sms_code()
    Challenge.objects.create(
        id=challenge_id,
        purpose=purpose,
        person=person,
        phone=ring.seal(phone.encode(), context=challenge_id.bytes),
        code_hash=_hash_of(challenge_id, code)[0],
        expires_at=moment + CODE_LIFETIME,
    )
    minutes = str(CODE_LIFETIME // timedelta(minutes=1))
    text = TEXTS.get(purpose, "code")
    sms.send(sms.Sms(phone=phone, template=text, facts={"code": code, "minutes": minutes}))
    return challenge_id


def verify_code(*, challenge_id: UUID, purpose: ChallengePurpose, code: str, visitor: Visitor, moment: datetime) -> str:
    """The number proven by the right code. A challenge allows three answers and one success.

    Raises WrongCode, CodeEnded, TooManyAnswers or SignInPaused.
    """
    if not limits.take("SIGN_IN_ANSWER_RATES", {"address": visitor.caller()}):
        raise TooManyAnswers
    # Counted before the check, because concurrent answers must not share an attempt.
    counted = Challenge.objects.filter(
        id=challenge_id, purpose=purpose, passed_at=None, attempts__lt=MAX_ATTEMPTS, expires_at__gt=moment
    ).update(attempts=F("attempts") + 1)
    if not counted:
        raise CodeEnded
    challenge = Challenge.objects.get(id=challenge_id)
    phone = _phone_of(challenge)
    _refuse_unknown_devices_when_paused(phone, visitor)
    if not any(hmac.compare_digest(bytes(challenge.code_hash), hashed) for hashed in _hash_of(challenge_id, code)):
        note_failure()
        if challenge.attempts >= MAX_ATTEMPTS:
            raise CodeEnded
        raise WrongCode
    if not Challenge.objects.filter(id=challenge_id, passed_at=None).update(passed_at=moment):
        raise CodeEnded
    return phone


def prove_password(*, person: User, password: str, visitor: Visitor) -> None:
    """Raises WrongPassword or TooManyAnswers."""
    if not limits.take("SIGN_IN_ANSWER_RATES", {"address": visitor.caller()}):
        raise TooManyAnswers
    if not person.check_password(password):
        note_failure()
        raise WrongPassword


def proven_phone(*, challenge_id: UUID, purpose: ChallengePurpose, moment: datetime) -> str:
    """The number that this challenge proved within PROOF_LIFETIME. Raises CodeEnded."""
    challenge = Challenge.objects.filter(
        id=challenge_id, purpose=purpose, passed_at__gt=moment - PROOF_LIFETIME
    ).first()
    if challenge is None:
        raise CodeEnded
    return _phone_of(challenge)


def open_account(*, phone: str, moment: datetime) -> OpenedAccount:
    """The account of a proven number, created if there is none. Raises DormantAccount."""
    person = User.objects.with_phone(phone).first()
    if person is None:
        return _new_account(phone)
    if is_dormant(person, moment):
        raise DormantAccount
    return OpenedAccount(person, is_new=False)


def start_new_account(*, challenge_id: UUID, moment: datetime) -> OpenedAccount:
    """Create an account for a number whose account is dormant. The dormant account keeps its points and loses the
    number; its owner can still use password, card or support. Raises CodeEnded."""
    phone = proven_phone(challenge_id=challenge_id, purpose=ChallengePurpose.SIGN_IN, moment=moment)
    with transaction.atomic():
        old = User.objects.with_phone(phone).select_for_update().first()
        if old is not None:
            if not is_dormant(old, moment):
                return OpenedAccount(old, is_new=False)
            give_up_phone(person=old, moment=moment)
        return _new_account(phone)


def give_up_phone(*, person: User, moment: datetime) -> None:
    """Remove the person's number; only its index is stored, as a past number."""
    assert person.phone is not None
    mark = field_crypto.ring().index(person.phone, purpose=MARK_INDEX)
    PastPhone.objects.get_or_create(
        person=person, phone_index=person.phone_index, defaults={"mark": mark, "given_up_at": moment}
    )
    person.phone = None
    person.save(update_fields=["identity"])


def take_phone(*, person: User, phone: str, moment: datetime) -> None:
    """Give the person this proven number in place of the one before; a dormant account with the number loses it.

    Raises NumberInUse.
    """
    try:
        with transaction.atomic():
            holder = User.objects.with_phone(phone).select_for_update().exclude(pk=person.pk).first()
            if holder is not None:
                if not is_dormant(holder, moment):
                    raise NumberInUse
                give_up_phone(person=holder, moment=moment)
            if person.phone and person.phone != phone:
                give_up_phone(person=person, moment=moment)
            person.phone = phone
            person.save(update_fields=["identity"])
    except IntegrityError as error:
        raise NumberInUse from error


def is_dormant(person: User, moment: datetime) -> bool:
    """Whether the number's owner may have changed: neither a sign-in nor a move by support for half a year
    (settings.RECYCLED_NUMBER_AFTER_DAYS)."""
    since = moment - timedelta(days=settings.RECYCLED_NUMBER_AFTER_DAYS)
    last_seen_at = person.last_login or person.created_at
    return last_seen_at <= since and not person.phone_moves.filter(done_at__gt=since).exists()


def note_failure() -> None:
    """Count a wrong answer against the platform's budget; publish an alert when it spends the budget."""
    if limits.count_failure():
        log.error("sign_in_by_code_paused", budgets=settings.SIGN_IN_FAILURE_BUDGETS)
        outbox.publish(topic="accounts.codes_guessed_at", payload={"budgets": settings.SIGN_IN_FAILURE_BUDGETS})


def _new_account(phone: str) -> OpenedAccount:
    try:
        with transaction.atomic():
            person = User(password=make_password(None))
            person.phone = phone
            person.save()
            outbox.publish(topic="accounts.joined", payload={"member": person.pk})
    except IntegrityError:
        # A concurrent request of the same person proved the number and created the account.
        return OpenedAccount(User.objects.with_phone(phone).get(), is_new=False)
    return OpenedAccount(person, is_new=True)


def _refuse_unknown_devices_when_paused(phone: str, visitor: Visitor) -> None:
    if not limits.is_budget_spent():
        return
    if visitor.known_accounts:
        is_own = User.objects.with_phone(phone).filter(public_id__in=visitor.known_accounts).exists()
        if is_own:
            return
    raise SignInPaused


def _hash_of(challenge_id: UUID, code: str) -> list[bytes]:
    """Keyed, because hashing all million codes takes a moment; bound to the challenge, because codes repeat."""
    return field_crypto.ring().indexes(f"{challenge_id}:{code}", purpose=CODE_PURPOSE)


def _phone_of(challenge: Challenge) -> str:
    return field_crypto.ring().open(bytes(challenge.phone), context=challenge.id.bytes).decode()
