"""The part of accounts in a merge: number, name, cards, pets, family, consents, inbox (MERGE_MODULES)."""

from datetime import datetime

from allauth.mfa.models import Authenticator

from accounts import queries
from accounts.models import (
    Card,
    Consent,
    FamilyInvitation,
    FamilyMember,
    FamilyRole,
    Guardianship,
    MemberMerge,
    PastPhone,
    Pet,
    User,
)
from accounts.operations import cards, phone_moves, phone_numbers, profile
from notifications.models import InboxMessage


def carry(merge: MemberMerge, moment: datetime) -> None:
    """Move the duplicate's data to the survivor; of two answers to one consent question the later one holds."""
    duplicate, survivor = merge.duplicate, merge.survivor
    _carry_identity(duplicate, survivor, moment)
    _carry_cards(merge, moment)
    _carry_pets(duplicate, survivor)
    _carry_family(duplicate, survivor, moment)
    _carry_consents(duplicate, survivor)
    Guardianship.objects.filter(child=duplicate).update(child=survivor)
    Guardianship.objects.filter(guardian=duplicate).update(guardian=survivor)
    InboxMessage.objects.filter(recipient=duplicate).update(recipient=survivor)
    Authenticator.objects.filter(user=duplicate).delete()
    phone_moves.stop_open(person=duplicate, moment=moment)


def _carry_identity(duplicate: User, survivor: User, moment: datetime) -> None:
    """Keep the survivor's number. The duplicate's becomes a past number like any other, because the operator may give
    it to another person."""
    phone = duplicate.phone
    if phone:
        phone_numbers.give_up_phone(person=duplicate, moment=moment)
        survivor.phone = survivor.phone or phone
    survivor.name = survivor.name or duplicate.name
    survivor.birthday = survivor.birthday or duplicate.birthday
    survivor.save(update_fields=["identity"])
    for past in duplicate.past_phones.exclude(phone_index=survivor.phone_index):
        PastPhone.objects.get_or_create(
            person=survivor,
            phone_index=past.phone_index,
            defaults={"mark": past.mark, "given_up_at": past.given_up_at},
        )
    duplicate.past_phones.all().delete()


def _carry_cards(merge: MemberMerge, moment: datetime) -> None:
    """Keep one open card: the survivor's, if they have one."""
    if queries.open_card(merge.survivor):
        cards.block(member=merge.duplicate, moment=moment, by=merge.approved_by)
    Card.objects.filter(member=merge.duplicate).update(member=merge.survivor)


def _carry_pets(duplicate: User, survivor: User) -> None:
    """Seal the pets with the survivor's key. The rows stay, so that each pet still gets one gift a year."""
    for pet in queries.pets_of(duplicate):
        sealed = profile.sealed_pet(owner=survivor, name=pet.name, birthday=pet.birthday)
        Pet.objects.filter(pk=pet.id).update(owner=survivor, sealed=sealed)


def _carry_family(duplicate: User, survivor: User, moment: datetime) -> None:
    FamilyInvitation.objects.filter(invited_by=duplicate).update(invited_by=survivor)
    FamilyInvitation.objects.filter(member=duplicate).update(member=survivor)
    place, own = queries.family_of(duplicate), queries.family_of(survivor)
    if place is None:
        return
    FamilyMember.objects.filter(pk=place.pk).update(left_at=moment)
    if own is None:
        FamilyMember.objects.create(family=place.family, member=survivor, role=place.role, joined_at=moment)
    elif place.role == FamilyRole.HEAD:
        FamilyMember.objects.filter(pk=own.pk).update(role=FamilyRole.HEAD)


def _carry_consents(duplicate: User, survivor: User) -> None:
    """Copy the duplicate's last answer to the survivor where it is the later one; earlier rows stay unchanged."""
    known = {(one.purpose, one.channel): one.answered_at for one in _last_answers(survivor)}
    for answer in _last_answers(duplicate):
        answered_at = known.get((answer.purpose, answer.channel))
        if answered_at is None or answered_at < answer.answered_at:
            Consent.objects.create(
                person=survivor,
                purpose=answer.purpose,
                channel=answer.channel,
                is_given=answer.is_given,
                text_version=answer.text_version,
                given_by=survivor if answer.given_by_id == duplicate.pk else answer.given_by,
                answered_at=answer.answered_at,
            )


def _last_answers(person: User) -> list[Consent]:
    answers = Consent.objects.filter(person=person).order_by("purpose", "channel", "-id")
    return list(answers.distinct("purpose", "channel"))
