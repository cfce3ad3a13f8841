"""Proof of a number by an SMS code, and of an account by its password.

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
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import codes, limits
from accounts.models import Challenge, ChallengePurpose, User
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


@dataclass(frozen=True)
class Visitor:
    """The network address of a request, and the accounts that its device signed in to before."""

    address: str
    known_accounts: Collection[UUID] = field(default=())

    def caller(self) -> str:
        return network_of(self.address)


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


def note_failure() -> None:
    """Count a wrong answer against the platform's budget; publish an alert when it spends the budget."""
    if limits.count_failure():
        log.error("sign_in_by_code_paused", budgets=settings.SIGN_IN_FAILURE_BUDGETS)
        outbox.publish(topic="accounts.codes_guessed_at", payload={"budgets": settings.SIGN_IN_FAILURE_BUDGETS})


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
