"""Founding, joining and leaving families. The ledger checks under lock that giver and recipient are in one family."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import codes
from accounts.models import PHONE_INDEX, Family, FamilyInvitation, FamilyMember, FamilyRole, User
from hongmi.lib import field_crypto
from hongmi.lib.errors import DomainError

INVITATION_LIFETIME = timedelta(days=7)
MAX_FAMILY_MEMBERS = 12


class FamilyRefused(DomainError):
    """A domain error of families."""

    code: ClassVar[str]


class HasAFamily(FamilyRefused):
    code = "has_a_family"
    sentence = _("You are in a family already. Leave it before you join another.")


class NotTheHead(FamilyRefused):
    code = "not_the_head"
    sentence = _("Only the head of the family can do this.")


class FamilyIsFull(FamilyRefused):
    code = "family_is_full"
    sentence = _("A family has at most twelve places, invitations included.")


class InvitationEnded(FamilyRefused):
    """The invitation is answered, expired, for another person, or does not exist."""

    code = "invitation_ended"
    sentence = _("This invitation no longer counts, or is for somebody else.")


class NoFamily(FamilyRefused):
    code = "no_family"
    sentence = _("You are in no family.")


class CapTooHigh(FamilyRefused):
    """A family can only lower the platform's caps."""

    code = "cap_too_high"
    sentence = _("A family can lower the caps of the platform, not raise them.")


def create(*, head: User, moment: datetime, name: str = "") -> Family:
    """Raises HasAFamily."""
    with transaction.atomic():
        family = Family.objects.create(name=name, created_at=moment)
        _take_place(family, head, FamilyRole.HEAD, moment)
    return family


def invite(
    *,
    by: User,
    moment: datetime,
    role: FamilyRole = FamilyRole.ADULT,
    member: User | None = None,
    phone: str | None = None,
) -> str:
    """Offer a place to a member, to the owner of a number, or (neither given) to the holder of the returned code.

    The result does not depend on whether the number has an account. Raises NotTheHead or FamilyIsFull.
    """
    place = _place_of(by)
    if place.role != FamilyRole.HEAD:
        raise NotTheHead
    open_invitations = place.family.invitations.filter(answered_at=None, expires_at__gt=moment).count()
    if place.family.places.filter(left_at=None).count() + open_invitations >= MAX_FAMILY_MEMBERS:
        raise FamilyIsFull
    token = codes.draw_spoken_code()
    FamilyInvitation.objects.create(
        family=place.family,
        invited_by=by,
        role=role,
        token_hash=codes.spoken_code_hash(token),
        member=member,
        phone_index=field_crypto.ring().index(phone, purpose=PHONE_INDEX) if phone else None,
        invited_at=moment,
        expires_at=moment + INVITATION_LIFETIME,
    )
    return token


def accept_invitation(*, person: User, moment: datetime, invitation_id: int | None = None, token: str = "") -> Family:
    """Accept an invitation by its id, if it is for this person, or by its code.

    Raises InvitationEnded or HasAFamily.
    """
    with transaction.atomic():
        invitation = _open_invitation(person, moment, invitation_id, token)
        _take_place(invitation.family, person, FamilyRole(invitation.role), moment)
        FamilyInvitation.objects.filter(pk=invitation.pk).update(answered_at=moment, is_accepted=True)
    return invitation.family


def decline_invitation(*, person: User, moment: datetime, invitation_id: int) -> None:
    """Raises InvitationEnded."""
    with transaction.atomic():
        invitation = _open_invitation(person, moment, invitation_id, "")
        FamilyInvitation.objects.filter(pk=invitation.pk).update(answered_at=moment)


def leave(*, person: User, moment: datetime) -> None:
    """Leave the family. The adult who joined first follows a leaving head; without an adult the family ends.

    Waits for a gift that is being booked, because the ledger locks the place's row. Raises NoFamily.
    """
    with transaction.atomic():
        place = _place_of(person, is_for_update=True)
        FamilyMember.objects.filter(pk=place.pk).update(left_at=moment)
        if place.role == FamilyRole.HEAD:
            _find_new_head(place.family, moment)


def remove(*, by: User, person: User, moment: datetime) -> None:
    """The head removes a person from the family. Raises NotTheHead or NoFamily."""
    place = _place_of(by)
    if place.role != FamilyRole.HEAD:
        raise NotTheHead
    if (
        not FamilyMember.objects.filter(family=place.family, member=person, left_at=None)
        .exclude(member=by)
        .update(left_at=moment)
    ):
        raise NoFamily


def set_gift_caps(*, by: User, points_per_day: int | None, points_per_year: int | None) -> None:
    """Set the caps for each member's gifts; None is the platform's cap. Raises NotTheHead, NoFamily or CapTooHigh."""
    place = _place_of(by)
    if place.role != FamilyRole.HEAD:
        raise NotTheHead
    if (points_per_day or 0) > settings.GIFT_POINTS_PER_DAY or (points_per_year or 0) > settings.GIFT_POINTS_PER_YEAR:
        raise CapTooHigh
    Family.objects.filter(pk=place.family_id).update(
        gift_points_per_day=points_per_day, gift_points_per_year=points_per_year
    )


def _take_place(family: Family, person: User, role: FamilyRole, moment: datetime) -> None:
    try:
        with transaction.atomic():
            FamilyMember.objects.create(family=family, member=person, role=role, joined_at=moment)
    except IntegrityError as error:
        raise HasAFamily from error


def _find_new_head(family: Family, moment: datetime) -> None:
    rest = FamilyMember.objects.select_for_update().filter(family=family, left_at=None).order_by("joined_at", "pk")
    successor = next((place for place in rest if place.role == FamilyRole.ADULT), None)
    if successor is None:
        FamilyMember.objects.filter(family=family, left_at=None).update(left_at=moment)
    else:
        FamilyMember.objects.filter(pk=successor.pk).update(role=FamilyRole.HEAD)


def _place_of(person: User, *, is_for_update: bool = False) -> FamilyMember:
    places = FamilyMember.objects.select_related("family").filter(member=person, left_at=None)
    place = (places.select_for_update(of=("self",)) if is_for_update else places).first()
    if place is None:
        raise NoFamily
    return place


def _open_invitation(person: User, moment: datetime, invitation_id: int | None, token: str) -> FamilyInvitation:
    invitations = FamilyInvitation.objects.select_for_update(of=("self",)).select_related("family")
    invitations = invitations.filter(answered_at=None, expires_at__gt=moment)
    if invitation_id is None:
        invitation = invitations.filter(token_hash=codes.spoken_code_hash(token)).first()
    else:
        invitation = invitations.filter(pk=invitation_id).first()
        if invitation is not None and not _is_for(invitation, person):
            invitation = None
    # A family that has ended since has no place to offer.
    if invitation is None or not invitation.family.places.filter(left_at=None).exists():
        raise InvitationEnded
    return invitation


def _is_for(invitation: FamilyInvitation, person: User) -> bool:
    if invitation.member_id is not None:
        return invitation.member_id == person.pk
    # Under every key, because an invitation keeps the index of the key that was newest when it was created.
    indexes = field_crypto.ring().indexes(person.phone, purpose=PHONE_INDEX) if person.phone else []
    return invitation.phone_index is not None and bytes(invitation.phone_index) in indexes
