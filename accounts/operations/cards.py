"""Cards for members without a smartphone: issued, blocked, and opened with a PIN."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from accounts import codes, limits
from accounts.models import Card, User
from accounts.operations import sign_in as codes_and_passwords
from accounts.operations.sign_in import SignInPaused, SignInRefused, TooManyAnswers, Visitor

MAX_WRONG_PINS = 5


class WrongCardOrPin(SignInRefused):
    """The number, the PIN, or both; or the card is blocked."""

    code = "wrong_card_or_pin"


class PinNotGiven(Exception):
    """Whoever prints a PIN could sign in with it, so it is given out only to who has no other way in."""

    code: ClassVar[str] = "pin_not_given"


class WeakPin(Exception):
    """Six digits are asked, and not the ones that thieves try first."""

    code: ClassVar[str] = "weak_pin"


def issue(*, member: User, moment: datetime, pin: str = "", by: User | None = None, shop_name: str = "") -> Card:
    """A new card; the member's earlier one is blocked. Without a PIN it can be scanned and opens no account.

    Raises WeakPin.
    """
    pin_hash = _hashed(pin) if pin else ""
    with transaction.atomic():
        # The person's row is the mutex of their cards.
        User.objects.select_for_update().get(pk=member.pk)
        block(member=member, moment=moment, by=by, shop_name=shop_name)
        return Card.objects.create(
            member=member,
            number=codes.draw_card_number(),
            pin_hash=pin_hash,
            issued_at=moment,
            issued_by=by,
            issued_for=shop_name,
        )


def issue_at_counter(*, member: User, by: User, moment: datetime, pin: str = "") -> Card:
    """The same by one of support, alone: so with a PIN only where no number, password or place of work is taken over.

    Raises PinNotGiven or WeakPin.
    """
    if pin and has_another_sign_in(member):
        raise PinNotGiven
    return issue(member=member, moment=moment, pin=pin, by=by)


def has_another_sign_in(member: User) -> bool:
    """Whether a PIN in other hands would open what the person guards by a number or a password, or where they work."""
    has_password = bool(member.password) and member.has_usable_password()
    return bool(member.phone) or has_password or member.is_staff


def block(*, member: User, moment: datetime, by: User | None = None, shop_name: str = "") -> int:
    """Lost or stolen; answers how many were open. A blocked card is never opened again."""
    cards = Card.objects.filter(member=member, blocked_at=None)
    return cards.update(blocked_at=moment, blocked_by=by, blocked_for=shop_name)


def sign_in(*, number: str, pin: str, visitor: Visitor) -> User:
    """The member behind card and PIN. After five wrong PINs in a row the card opens nothing any more.

    Raises WrongCardOrPin, TooManyAnswers or SignInPaused. An unknown number costs the same work as a known one.
    """
    if not limits.take("SIGN_IN_ANSWER_RATES", {"address": visitor.caller()}):
        raise TooManyAnswers
    if limits.is_budget_spent() and not _is_known_to(visitor, number):
        raise SignInPaused
    # Counted before it is looked at, because many answers at once must not share an attempt.
    Card.objects.filter(number=number, blocked_at=None).update(failed_attempts=F("failed_attempts") + 1)
    card = Card.objects.filter(number=number, blocked_at=None).select_related("member").first()
    is_right = check_password(pin, card.pin_hash if card and card.pin_hash else _DECOY)
    if card is None or not card.pin_hash or not is_right or card.failed_attempts > MAX_WRONG_PINS:
        codes_and_passwords.note_failure()
        raise WrongCardOrPin
    Card.objects.filter(pk=card.pk).update(failed_attempts=0)
    return card.member


def _is_known_to(visitor: Visitor, number: str) -> bool:
    return Card.objects.filter(number=number, member__public_id__in=visitor.known_accounts).exists()


def _hashed(pin: str) -> str:
    if len(pin) != codes.PIN_DIGITS or not (pin.isascii() and pin.isdigit()) or codes.is_guessable_pin(pin):
        raise WeakPin
    return make_password(pin)


# Never matched: a PIN that nobody can type, hashed like the others.
_DECOY = make_password("no card has this PIN")
