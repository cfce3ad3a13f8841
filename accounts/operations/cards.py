"""Cards for members without a smartphone: issuing, blocking, signing in with a PIN."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import codes, limits
from accounts.models import Card, User
from accounts.operations import sign_in as codes_and_passwords
from accounts.operations.sign_in import SignInPaused, SignInRefused, TooManyAnswers, Visitor
from hongmi.lib.errors import DomainError

MAX_WRONG_PINS = 5


class WrongCardOrPin(SignInRefused):
    """The number or the PIN is wrong, or the card is blocked."""

    code = "wrong_card_or_pin"
    sentence = _("Card number or PIN is not right, or the card is blocked.")


class PinNotGiven(DomainError):
    """The member has another way to sign in. Support, who would learn the PIN, could take over their account."""

    code = "pin_not_given"
    sentence = _("This person has a number, a password or a place of work, so the card comes without a PIN.")


class WeakPin(DomainError):
    """The PIN is not six digits, or is among the PINs that thieves try first."""

    code = "weak_pin"
    sentence = _("A PIN has six digits and is not a simple row such as 123456 or 888888.")


def issue(*, member: User, moment: datetime, pin: str = "", by: User | None = None, shop_name: str = "") -> Card:
    """Issue a new card and block the earlier one. A card without a PIN can be scanned, but not used for signing in.

    Raises WeakPin.
    """
    pin_hash = _hashed(pin) if pin else ""
    with transaction.atomic():
        # The lock on the person's row serialises changes of their cards.
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
    """Issue a card by one member of support alone. Refuses a PIN for members with a number, a password or a job here.

    Raises PinNotGiven or WeakPin.
    """
    if pin and has_another_sign_in(member):
        raise PinNotGiven
    return issue(member=member, moment=moment, pin=pin, by=by)


def has_another_sign_in(member: User) -> bool:
    """Whether the member has a number, a password or a staff role, which a PIN in other hands would bypass."""
    has_password = bool(member.password) and member.has_usable_password()
    return bool(member.phone) or has_password or member.is_staff


def block(*, member: User, moment: datetime, by: User | None = None, shop_name: str = "") -> int:
    """Block the member's card for good; returns the number of cards blocked."""
    cards = Card.objects.filter(member=member, blocked_at=None)
    return cards.update(blocked_at=moment, blocked_by=by, blocked_for=shop_name)


def sign_in(*, number: str, pin: str, visitor: Visitor) -> User:
    """The member of this card and PIN. After five wrong PINs in a row the card no longer signs anybody in.

    Raises WrongCardOrPin, TooManyAnswers or SignInPaused. An unknown number takes the same work as a known one.
    """
    if not limits.take("SIGN_IN_ANSWER_RATES", {"address": visitor.caller()}):
        raise TooManyAnswers
    if limits.is_budget_spent() and not _is_known_device(visitor, number):
        raise SignInPaused
    # Counted before the check, because concurrent answers must not share an attempt.
    Card.objects.filter(number=number, blocked_at=None).update(failed_attempts=F("failed_attempts") + 1)
    card = Card.objects.filter(number=number, blocked_at=None).select_related("member").first()
    is_right = check_password(pin, card.pin_hash if card and card.pin_hash else _DECOY)
    if card is None or not card.pin_hash or not is_right or card.failed_attempts > MAX_WRONG_PINS:
        codes_and_passwords.note_failure()
        raise WrongCardOrPin
    Card.objects.filter(pk=card.pk).update(failed_attempts=0)
    return card.member


def _is_known_device(visitor: Visitor, number: str) -> bool:
    return Card.objects.filter(number=number, member__public_id__in=visitor.known_accounts).exists()


def _hashed(pin: str) -> str:
    if len(pin) != codes.PIN_DIGITS or not (pin.isascii() and pin.isdigit()) or codes.is_guessable_pin(pin):
        raise WeakPin
    return make_password(pin)


# The hash of a PIN that no card can have, so that unknown numbers take as long as known ones.
_DECOY = make_password("no card has this PIN")
