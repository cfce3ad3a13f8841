"""Personal data of accounts and of the inbox, whose app is below this one (data_subjects.PersonalDataModule)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import phones, queries
from accounts.data_subjects import TIMELINE_LENGTH, Table, TimelineEvent, Unspent
from accounts.models import (
    Card,
    Closure,
    Consent,
    FamilyInvitation,
    FamilyMember,
    Guardianship,
    MemberMerge,
    PastPhone,
    Pet,
    PhoneMove,
    PhoneUnmasking,
    User,
)
from accounts.operations import families, phone_moves
from notifications.models import InboxMessage


def tables(person: User, moment: datetime) -> list[Table]:
    profile = [
        person.public_id,
        person.username,
        person.name,
        person.phone,
        person.birthday,
        person.language,
        person.created_at,
        person.last_login,
    ]
    columns = ["member_id", "sign_in_name", "name", "phone", "birthday", "language", "created_at", "last_signed_in_at"]
    pets = [[pet.name, pet.birthday] for pet in queries.pets_of(person)]
    return [
        Table("profile", columns, [profile]),
        _table(
            "consents",
            Consent.objects.filter(person=person),
            "purpose",
            "channel",
            "is_given",
            "text_version",
            "answered_at",
        ),
        _table("sessions", UserSession.objects.filter(user=person), "created_at", "last_seen_at", "ip", "user_agent"),
        _table(
            "family",
            FamilyMember.objects.filter(member=person),
            "family_id",
            "family__name",
            "role",
            "joined_at",
            "left_at",
        ),
        _table(
            "cards",
            Card.objects.filter(member=person),
            "number",
            "issued_at",
            "issued_for",
            "blocked_at",
            "blocked_for",
        ),
        _table("guardians", Guardianship.objects.filter(child=person), "requested_at", "agreed_at", "withdrawn_at"),
        _table("wards", Guardianship.objects.filter(guardian=person), "child__public_id", "agreed_at", "withdrawn_at"),
        _table("closures", Closure.objects.filter(person=person), "requested_at", "due_at", "cancelled_at"),
        _table("phone_unmaskings", PhoneUnmasking.objects.filter(person=person), "seen_at", "reason"),
        _table(
            "moves_to_another_number", PhoneMove.objects.filter(person=person), "proposed_at", "done_at", "stopped_at"
        ),
        _table("inbox", InboxMessage.objects.filter(recipient=person), "topic", "payload", "delivered_at", "read_at"),
        Table("pets", ["name", "birthday"], pets),
    ]


def found_by(typed: str) -> set[int]:
    """People with this number (also a past one), card, member id, sign-in name or whole name."""
    found = {*User.objects.with_name(typed).values_list("pk", flat=True)}
    found |= {*User.objects.filter(username=typed).values_list("pk", flat=True)}
    found |= {*Card.objects.filter(number=typed.replace(" ", "")).values_list("member_id", flat=True)}
    if (person := queries.person_by_public_id(typed)) is not None:
        found.add(person.pk)
    try:
        return found | queries.present_and_past_owners(phones.normal_form(typed))
    except phones.NotAMobileNumber:
        return found


def timeline(person: User) -> list[TimelineEvent]:
    """Sessions, consents, cards, family, phone moves, merges and closures of the account."""
    events = [TimelineEvent(person.created_at, _("joined Hongmi"))]
    events += [
        TimelineEvent(one.created_at, _("signed in"), one.user_agent[:80])
        for one in UserSession.objects.filter(user=person).order_by("-created_at")[:TIMELINE_LENGTH]
    ]
    events += [
        TimelineEvent(
            one.answered_at,
            _("agreed") if one.is_given else _("withdrew consent"),
            f"{one.get_purpose_display()} {one.get_channel_display() if one.channel else ''} ({one.text_version})",
        )
        for one in person.consents.order_by("-id")[:TIMELINE_LENGTH]
    ]
    events += [event for card in _cards_of(person) for event in _card_events(card)]
    events += [TimelineEvent(past.given_up_at, _("gave up a number")) for past in person.past_phones.all()]
    events += [TimelineEvent(place.joined_at, _("joined a family")) for place in person.family_places.all()]
    events += [event for move in person.phone_moves.all() for event in _phone_move_events(move)]
    events += [event for merge in queries.merges_of(person) for event in _merge_events(merge)]
    events += [TimelineEvent(one.requested_at, _("requested to close the account")) for one in person.closures.all()]
    return sorted(events, key=lambda event: event.at, reverse=True)[:TIMELINE_LENGTH]


def _cards_of(person: User) -> QuerySet[Card]:
    return Card.objects.filter(member=person).select_related("issued_by__wrapped_key", "blocked_by__wrapped_key")


def _card_events(card: Card) -> list[TimelineEvent]:
    """Includes the actor and the shop, because a card with a PIN opens the account."""

    def about(shop_name: str, by: User | None) -> str:
        return " · ".join([str(card), *filter(None, [shop_name, str(by) if by else ""])])

    events = [TimelineEvent(card.issued_at, _("got a card"), about(card.issued_for, card.issued_by))]
    if card.blocked_at is not None:
        about_block = about(card.blocked_for, card.blocked_by)
        events.append(TimelineEvent(card.blocked_at, _("the card was blocked"), about_block))
    return events


def _phone_move_events(move: PhoneMove) -> list[TimelineEvent]:
    ends = [(move.done_at, _("was moved to another number")), (move.stopped_at, _("the move was stopped"))]
    proposed = TimelineEvent(move.proposed_at, _("a move to another number was proposed"), move.reason)
    return [proposed, *(TimelineEvent(at, what) for at, what in ends if at is not None)]


def _merge_events(merge: MemberMerge) -> list[TimelineEvent]:
    events = [TimelineEvent(merge.proposed_at, _("a merge with another account was proposed"), merge.reason)]
    if merge.approved_at is not None:
        events.append(TimelineEvent(merge.approved_at, _("two accounts became one"), merge.reason))
    return events


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return []


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    if FamilyMember.objects.filter(member=person, left_at=None).exists():
        families.leave(person=person, moment=moment)
    FamilyInvitation.objects.filter(Q(invited_by=person) | Q(member=person)).delete()
    if person.phone_index is not None:
        FamilyInvitation.objects.filter(phone_index=person.phone_index).delete()
    Pet.objects.filter(owner=person).delete()
    Card.objects.filter(member=person).delete()
    PastPhone.objects.filter(person=person).delete()
    phone_moves.stop_open(person=person, moment=moment)
    InboxMessage.objects.filter(recipient=person).delete()
    Guardianship.objects.filter(child=person).delete()
    Guardianship.objects.filter(guardian=person, withdrawn_at=None).update(withdrawn_at=moment)
    Authenticator.objects.filter(user=person).delete()


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    """Staff, people whose closure has a date of its own, and guardians of children."""
    staff = User.objects.filter(pk__in=person_ids).filter(Q(is_staff=True) | Q(is_superuser=True))
    closing = Closure.objects.filter(person_id__in=person_ids, cancelled_at=None, erased_at=None)
    guardians = Guardianship.objects.filter(guardian_id__in=person_ids, agreed_at__isnull=False, withdrawn_at=None)
    return {
        *staff.values_list("pk", flat=True),
        *closing.values_list("person_id", flat=True),
        *guardians.values_list("guardian_id", flat=True),
    }


def _table(name: str, rows: QuerySet[Any], *columns: str) -> Table:
    return Table(name, columns, list(rows.order_by("pk").values_list(*columns)))
