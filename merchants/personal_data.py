"""This app's part in export, erasure and retention of personal data (accounts/data_subjects.py)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.data_subjects import STORY_LENGTH, Happening, Sheet, Unspent
from accounts.models import User
from merchants.models import Authorisation, Membership, MembershipStep, Registration, Staff, StaffInvitation


def sheets(person: User, moment: datetime) -> list[Sheet]:
    return [
        _sheet(
            "memberships",
            Membership.objects.filter(member=person).order_by("joined_at"),
            merchant="merchant__name",
            member_ref="member_ref",
            joined_at="joined_at",
            left_at="left_at",
            joined_by="joined_by",
            terms_version="terms__version",
            consented_at="consented_at",
        ),
        _sheet(
            "steps_of_memberships",
            MembershipStep.objects.filter(membership__member=person).order_by("pk"),
            merchant="membership__merchant__name",
            step="kind",
            joined_by="joined_by",
            terms_version="terms__version",
            taken_at="taken_at",
        ),
        _sheet(
            "leaves_to_spend",
            Authorisation.objects.filter(member=person).order_by("given_at"),
            merchant="merchant__name",
            act="act",
            max_points="max_points",
            given_at="given_at",
            confirmed_at="confirmed_at",
            used_at="used_at",
            reference="reference",
        ),
        _sheet(
            "work",
            Staff.objects.filter(user=person).order_by("pk"),
            merchant="merchant__name",
            role="role",
            is_active="is_active",
        ),
    ]


def found_by(typed: str) -> set[int]:
    """By a shop's own number for the member."""
    return {*Membership.objects.filter(member_ref=typed).values_list("member_id", flat=True)}


def story(person: User) -> list[Happening]:
    rows = Membership.objects.filter(member=person).select_related("merchant").order_by("-joined_at")[:STORY_LENGTH]
    told = [Happening(row.joined_at, _("joined a merchant"), str(row.merchant)) for row in rows]
    told += [Happening(row.left_at, _("left a merchant"), str(row.merchant)) for row in rows if row.left_at]
    return told + _leaves_of(person)


def _leaves_of(person: User) -> list[Happening]:
    """Only those that were given: what was asked by SMS and not answered is no leave."""
    given = Authorisation.objects.filter(member=person, confirmed_at__isnull=False).select_related("merchant")
    return [
        Happening(
            one.given_at,
            _("gave leave to spend"),
            f"{one.merchant} · {one.get_act_display()} · ≤ {one.max_points} · {one.reference or '–'}",
        )
        for one in given.order_by("-given_at")[:STORY_LENGTH]
    ]


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return []


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    """The person leaves every merchant, and the merchants' own numbers no longer lead to their entries.

    What a till told at registration is forgotten with the number in it: even a keyed digest would confirm a guess. The
    row stays, because its key must not register somebody anew.
    """
    Registration.objects.filter(member=person).update(request_digest=b"")
    StaffInvitation.objects.filter(accepted_by=person).update(phone_index=None)
    if person.phone_index is not None:
        # Taken away whole, because an open place without a number would be anybody's.
        StaffInvitation.objects.filter(accepted_by=None, phone_index=person.phone_index).delete()
    Membership.objects.filter(referrer=person).update(referrer=None)
    Membership.objects.filter(member=person).update(member_ref=None, referrer=None, left_at=Coalesce("left_at", moment))


def _sheet(name: str, rows: QuerySet[Any], **columns: str) -> Sheet:
    """`columns` are the heads and, after each, the field it tells."""
    return Sheet(name, list(columns), list(rows.values_list(*columns.values())))


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    staff = Staff.objects.filter(user_id__in=person_ids, is_active=True).values_list("user_id", flat=True)
    joined = Membership.objects.filter(member_id__in=person_ids, joined_at__gte=since)
    return {*staff, *joined.values_list("member_id", flat=True)}
