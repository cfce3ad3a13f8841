"""Lookups of people, birthdays, families, consents, guardians, cards, phone moves and merges."""

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
    """The present owner of this number (E.164)."""
    return User.objects.with_phone(phone).select_related("wrapped_key").first()


def present_and_past_owners(phone: str) -> set[int]:
    """Ids of the present and past owners of this number (E.164)."""
    past = PastPhone.objects.filter(phone_index__in=field_crypto.ring().indexes(phone, purpose=PHONE_INDEX))
    return {
        *User.objects.with_phone(phone).values_list("pk", flat=True),
        *past.values_list("person_id", flat=True),
    }


def person_by_public_id(typed: str) -> User | None:
    """The person with this member id; None if the text is no member id."""
    try:
        public_id = UUID(typed)
    except ValueError:
        return None
    return User.objects.filter(public_id=public_id).select_related("wrapped_key").first()


def birthdays(*, public_ids: Collection[UUID]) -> dict[UUID, date | None]:
    """Birthdays by member id in one query; None for people without one."""
    people = User.objects.filter(public_id__in=public_ids).select_related("wrapped_key")
    return {person.public_id: person.birthday for person in people}


def people_with_birthday_on(day: date) -> list[User]:
    """Active members whose birthday is celebrated on this day; 29 February on the 28th of a common year."""
    people = User.objects.filter(birth_month_day__in=ages.birthdays_on(day), is_active=True, merged_into=None)
    return list(people.select_related("wrapped_key").order_by("pk"))


def pets_with_birthday_on(day: date) -> list[KnownPet]:
    pets = Pet.objects.filter(birth_month_day__in=ages.birthdays_on(day), owner__is_active=True)
    return [unsealed(pet) for pet in pets.select_related("owner__wrapped_key").order_by("pk")]


def pets_of(owner: User) -> list[KnownPet]:
    pets = Pet.objects.filter(owner=owner).select_related("owner__wrapped_key")
    return [unsealed(pet) for pet in pets.order_by("pk")]


def unsealed(pet: Pet) -> KnownPet:
    """Raises CannotOpen for a pet of an erased person."""
    plain = pet.owner.data_key().open(bytes(pet.sealed), context=b"pet:" + pet.owner.public_id.bytes)
    facts = json.loads(plain)
    return KnownPet(pet.pk, pet.owner_id, facts["name"], date.fromisoformat(facts["birthday"]))


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
    """The last answer per purpose and channel; a question never answered is missing."""
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
    """Whether the person is under 14 and no guardian has agreed, so that their data must not be used yet."""
    if not ages.needs_guardian(person.birthday, ages.day_of(moment)):
        return False
    agreed = Guardianship.objects.filter(child=person, agreed_at__isnull=False, withdrawn_at=None)
    return not agreed.exists()


def open_closure(person: User) -> Closure | None:
    return Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).first()


def open_card(person: User) -> Card | None:
    return Card.objects.filter(member=person, blocked_at=None).first()


def open_phone_move(person: User) -> PhoneMove | None:
    """The person's phone move that is neither done nor stopped."""
    return PhoneMove.objects.filter(person=person, done_at=None, stopped_at=None).first()


def is_or_was_guardian(guardian: User, child: User) -> bool:
    return Guardianship.objects.filter(guardian=guardian, child=child).exists()


def merges_of(person: User) -> list[MemberMerge]:
    """Merges with this person as duplicate or survivor, the latest first, without stopped ones."""
    merges = MemberMerge.objects.filter(Q(duplicate=person) | Q(survivor=person), stopped_at=None)
    people = (f"{role}__wrapped_key" for role in ("duplicate", "survivor", "proposed_by", "approved_by"))
    return list(merges.select_related(*people).order_by("-pk"))


def open_merge(person: User) -> MemberMerge | None:
    """The unapproved merge of this account into another, or else of another into this one."""
    waiting = [merge for merge in merges_of(person) if merge.approved_at is None]
    return min(waiting, key=lambda merge: merge.duplicate_id != person.pk, default=None)


def wards_of(guardian: User) -> list[User]:
    """The children whose guardian this person is."""
    agreed = Guardianship.objects.filter(guardian=guardian, agreed_at__isnull=False, withdrawn_at=None)
    return list(User.objects.filter(pk__in=agreed.values("child")).select_related("wrapped_key").order_by("pk"))
