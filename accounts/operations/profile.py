"""A person's profile, change of number, pets and guardians."""

import json
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ages, codes
from accounts.models import ChallengePurpose, Guardianship, Pet, User
from accounts.operations import phone_numbers, privacy, sign_in
from hongmi.lib.errors import DomainError
from notifications import outbox

GUARDIAN_LINK_LIFETIME = timedelta(days=7)


class ProfileRefused(DomainError):
    """A domain error of one's own data."""

    code: ClassVar[str]


class BirthdayIsSet(ProfileRefused):
    """The birthday is set already; only support corrects it, because gifts depend on it."""

    code = "birthday_is_set"
    sentence = _("A birthday can be set once. Our support corrects it.")


class NotABirthday(ProfileRefused):
    code = "not_a_birthday"
    sentence = _("This day cannot be a birthday.")


class OldNumberUnproven(ProfileRefused):
    """Neither the present number nor the password was proven within PROOF_LIFETIME."""

    code = "old_number_unproven"
    sentence = _("Please confirm your present number or your password first.")


class GuardianRefused(ProfileRefused):
    """The code has expired, or the person is the child itself or not an adult by their birthday."""

    code = "guardian_refused"
    sentence = _(
        "This code cannot be used. A guardian is a grown-up with a birthday in their profile, and not the child."
    )


def update(*, person: User, name: str, birthday: date | None, language: str, moment: datetime) -> None:
    """Raises BirthdayIsSet or NotABirthday."""
    if birthday is not None and birthday != person.birthday:
        today = ages.day_of(moment)
        if person.birthday is not None:
            raise BirthdayIsSet
        if not date(1900, 1, 1) <= birthday <= today:
            raise NotABirthday
        person.birthday = birthday
    person.name = name
    person.language = language
    person.save(update_fields=["identity", "language"])


def change_phone(
    *,
    person: User,
    new_phone: UUID,
    moment: datetime,
    old_phone: UUID | None = None,
    password_proven_at: datetime | None = None,
    session: str | None = None,
) -> None:
    """Take the number proven by the challenge `new_phone`; every session ends except the one with the key `session`.

    Requires a proof of the present number or of the password, at most PROOF_LIFETIME old; a person without a number
    needs none.

    Raises phone_numbers.NumberInUse, OldNumberUnproven or sign_in.CodeEnded.
    """
    is_password_proven = password_proven_at is not None and password_proven_at > moment - sign_in.PROOF_LIFETIME
    if person.phone and not is_password_proven and not _is_old_proven(person, old_phone, moment):
        raise OldNumberUnproven
    phone = sign_in.proven_phone(challenge_id=new_phone, purpose=ChallengePurpose.NEW_PHONE, moment=moment)
    phone_numbers.take_phone(person=person, phone=phone, moment=moment)
    privacy.end_sessions(person=person, but=session)


def _is_old_proven(person: User, challenge_id: UUID | None, moment: datetime) -> bool:
    if challenge_id is None:
        return False
    proven = sign_in.proven_phone(challenge_id=challenge_id, purpose=ChallengePurpose.OLD_PHONE, moment=moment)
    return proven == person.phone


def add_pet(*, owner: User, name: str, birthday: date, moment: datetime) -> Pet:
    """Raises NotABirthday."""
    if not date(1980, 1, 1) <= birthday <= ages.day_of(moment):
        raise NotABirthday
    with transaction.atomic():
        return Pet.objects.create(
            owner=owner,
            sealed=sealed_pet(owner=owner, name=name, birthday=birthday),
            birth_month_day=ages.day_of_year(birthday),
            created_at=moment,
        )


def sealed_pet(*, owner: User, name: str, birthday: date) -> bytes:
    """Name and birthday of a pet, sealed with its owner's data key."""
    facts = json.dumps({"name": name, "birthday": birthday.isoformat()}).encode()
    return owner.data_key().seal(facts, context=b"pet:" + owner.public_id.bytes)


def remove_pet(*, owner: User, pet_id: int) -> None:
    Pet.objects.filter(owner=owner, pk=pet_id).delete()


def request_guardian(*, child: User, moment: datetime) -> str:
    """A code that the child gives to an adult."""
    token = codes.draw_spoken_code()
    Guardianship.objects.create(
        child=child,
        token_hash=codes.spoken_code_hash(token),
        requested_at=moment,
        expires_at=moment + GUARDIAN_LINK_LIFETIME,
    )
    return token


def agree_as_guardian(*, guardian: User, token: str, moment: datetime) -> Guardianship:
    """The adult agrees to the child's membership. Raises GuardianRefused."""
    with transaction.atomic():
        guardianship = (
            Guardianship.objects.select_for_update(of=("self",))
            .select_related("child")
            .filter(token_hash=codes.spoken_code_hash(token), agreed_at=None, withdrawn_at=None, expires_at__gt=moment)
            .first()
        )
        is_adult = (
            guardian.birthday is not None and ages.age_on(guardian.birthday, ages.day_of(moment)) >= ages.ADULT_AGE
        )
        if guardianship is None or guardianship.child_id == guardian.pk or not is_adult:
            raise GuardianRefused
        guardianship.guardian = guardian
        guardianship.agreed_at = moment
        guardianship.save(update_fields=["guardian", "agreed_at"])
        outbox.publish(topic="accounts.guardian_agreed", payload={"member": guardianship.child_id})
    return guardianship


def withdraw_as_guardian(*, guardian: User, child_id: int, moment: datetime) -> None:
    """Withdraw the agreement; the child's account waits for a guardian again."""
    Guardianship.objects.filter(guardian=guardian, child_id=child_id, withdrawn_at=None).update(withdrawn_at=moment)
