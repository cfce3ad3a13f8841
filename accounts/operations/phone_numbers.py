"""The account of a proven number, changes of numbers, and recycled numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import MARK_INDEX, ChallengePurpose, PastPhone, User
from accounts.operations.sign_in import SignInRefused, proven_phone
from hongmi.lib import field_crypto
from hongmi.lib.errors import DomainError
from notifications import outbox


class DormantAccount(SignInRefused):
    """Nobody signed in to the number's account for half a year; its owner may have changed since (二次放号)."""

    code = "dormant_account"
    sentence = _("The number has an account that was not used for half a year.")


class NumberInUse(DomainError):
    """The proven number has an active account of its own."""

    code = "number_in_use"
    sentence = _("This number belongs to another account. Sign in with it, or close that account first.")


@dataclass(frozen=True)
class OpenedAccount:
    """The account of a proven number."""

    person: User
    is_new: bool


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
