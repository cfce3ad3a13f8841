"""The nouns of people."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts import ages
from accounts.models import (
    PHONE_INDEX,
    Card,
    Closure,
    Consent,
    ConsentChannel,
    ConsentPurpose,
    Family,
    FamilyInvitation,
    FamilyMember,
    Guardianship,
    MemberMerge,
    PastPhone,
    Pet,
    PhoneMove,
    User,
)
from hongmi.lib import field_crypto


@dataclass(frozen=True)
class GiftCaps:
    """Green points a member may give to family, per Shanghai day and year."""

    points_per_day: int
    points_per_year: int


@dataclass(frozen=True)
class KnownPet:
    id: int
    owner_id: int
    name: str
    birthday: date


def person_by_phone(phone: str) -> User | None:
    """Who has this number (E.164) now."""
    return User.objects.with_phone(phone).select_related("wrapped_key").first()


def people_who_had(phone: str) -> set[int]:
    """Ids of who has this number (E.164) or gave it up."""
    past = PastPhone.objects.filter(phone_index__in=field_crypto.ring().indexes(phone, purpose=PHONE_INDEX))
    return {
        *User.objects.with_phone(phone).values_list("pk", flat=True),
        *past.values_list("person_id", flat=True),
    }


def person_by_public_id(typed: str) -> User | None:
    """Who has this member id; nobody where it is none."""
    try:
        public_id = UUID(typed)
    except ValueError:
        return None
    return User.objects.filter(public_id=public_id).select_related("wrapped_key").first()


def birthdays(*, public_ids: Collection[UUID]) -> dict[UUID, date | None]:
    """Of everybody in one query; who told none has None."""
    people = User.objects.filter(public_id__in=public_ids).select_related("wrapped_key")
    return {person.public_id: person.birthday for person in people}


def people_with_birthday_on(day: date) -> list[User]:
    """Active members whose birthday is kept on this day; 29 February on the 28th of a common year."""
    kept = User.objects.filter(birth_month_day__in=ages.days_kept_on(day), is_active=True, merged_into=None)
    return list(kept.select_related("wrapped_key").order_by("pk"))


def pets_with_birthday_on(day: date) -> list[KnownPet]:
    kept = Pet.objects.filter(birth_month_day__in=ages.days_kept_on(day), owner__is_active=True)
    return [opened(pet) for pet in kept.select_related("owner__wrapped_key").order_by("pk")]


def pets_of(owner: User) -> list[KnownPet]:
    return [opened(pet) for pet in Pet.objects.filter(owner=owner).select_related("owner__wrapped_key").order_by("pk")]


def opened(pet: Pet) -> KnownPet:
    """Raises CannotOpen for a pet of somebody erased."""
    plain = pet.owner.data_key().open(bytes(pet.sealed), context=b"pet:" + pet.owner.public_id.bytes)
    told = json.loads(plain)
    return KnownPet(pet.pk, pet.owner_id, told["name"], date.fromisoformat(told["birthday"]))


def family_of(person: User) -> FamilyMember | None:
    """The person's present place, with its family."""
    return FamilyMember.objects.select_related("family").filter(member=person, left_at=None).first()


def places_of(family: Family) -> list[FamilyMember]:
    return list(
        FamilyMember.objects.filter(family=family, left_at=None)
        .select_related("member__wrapped_key")
        .order_by("joined_at", "pk")
    )


def invitations_for(person: User, *, moment: datetime) -> list[FamilyInvitation]:
    """Places offered to the person or to their number."""
    still_open = FamilyInvitation.objects.filter(answered_at=None, expires_at__gt=moment)
    offered = still_open.filter(member=person)
    if person.phone:
        indexes = field_crypto.ring().indexes(person.phone, purpose=PHONE_INDEX)
        offered |= still_open.filter(phone_index__in=indexes)
    return list(offered.select_related("family", "invited_by__wrapped_key").order_by("-pk"))


def gift_caps(*, member_id: int) -> GiftCaps:
    """The lower of the platform's caps and those of the member's family."""
    caps = (
        FamilyMember.objects.filter(member_id=member_id, left_at=None)
        .values_list("family__gift_points_per_day", "family__gift_points_per_year")
        .first()
    )
    per_day, per_year = caps or (None, None)
    return GiftCaps(
        min(settings.GIFT_POINTS_PER_DAY, settings.GIFT_POINTS_PER_DAY if per_day is None else per_day),
        min(settings.GIFT_POINTS_PER_YEAR, settings.GIFT_POINTS_PER_YEAR if per_year is None else per_year),
    )


def consents_of(person: User) -> dict[tuple[ConsentPurpose, ConsentChannel], bool]:
    """The last answer to each question; what was never asked is missing."""
    answers = (
        Consent.objects.filter(person=person)
        .order_by("purpose", "channel", "-id")
        .distinct("purpose", "channel")
        .values_list("purpose", "channel", "is_given")
    )
    return {(ConsentPurpose(purpose), ConsentChannel(channel)): is_given for purpose, channel, is_given in answers}


def has_consented(person: User, purpose: ConsentPurpose, channel: ConsentChannel = ConsentChannel.ANY) -> bool:
    return consents_of(person).get((purpose, channel), False)


def waits_for_guardian(person: User, *, moment: datetime) -> bool:
    """Whether nothing may be done with this person's data yet: under 14, and no guardian agreed."""
    if not ages.needs_guardian(person.birthday, ages.day_of(moment)):
        return False
    agreed = Guardianship.objects.filter(child=person, agreed_at__isnull=False, withdrawn_at=None)
    return not agreed.exists()


def open_closure(person: User) -> Closure | None:
    return Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).first()


def open_card(person: User) -> Card | None:
    return Card.objects.filter(member=person, blocked_at=None).first()


def open_phone_move(person: User) -> PhoneMove | None:
    """The move to another number that waits."""
    return PhoneMove.objects.filter(person=person, done_at=None, stopped_at=None).first()


def answers_for(guardian: User, child: User) -> bool:
    """Whether one is the other's guardian, now or once."""
    return Guardianship.objects.filter(guardian=guardian, child=child).exists()


def merges_of(person: User) -> list[MemberMerge]:
    """The merges this person is or was part of, the latest first; those that were stopped are left out."""
    merges = MemberMerge.objects.filter(Q(duplicate=person) | Q(survivor=person), stopped_at=None)
    people = (f"{role}__wrapped_key" for role in ("duplicate", "survivor", "proposed_by", "approved_by"))
    return list(merges.select_related(*people).order_by("-pk"))


def open_merge(person: User) -> MemberMerge | None:
    """The merge of this account into another, or else of another into this one, that waits for a second person."""
    waiting = [merge for merge in merges_of(person) if merge.approved_at is None]
    return min(waiting, key=lambda merge: merge.duplicate_id != person.pk, default=None)


def wards_of(guardian: User) -> list[User]:
    """The children this person answers for."""
    agreed = Guardianship.objects.filter(guardian=guardian, agreed_at__isnull=False, withdrawn_at=None)
    return list(User.objects.filter(pk__in=agreed.values("child")).select_related("wrapped_key").order_by("pk"))
