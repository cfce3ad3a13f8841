"""Personal data of merchants: export, erasure, retention, timeline (accounts.data_subjects.PersonalDataModule)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.data_subjects import TIMELINE_LENGTH, Table, TimelineEvent, Unspent
from accounts.models import User
from merchants.models import Authorisation, Membership, MembershipStep, Registration, Staff, StaffInvitation


def tables(person: User, moment: datetime) -> list[Table]:
    return [
        _table(
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
        _table(
            "steps_of_memberships",
            MembershipStep.objects.filter(membership__member=person).order_by("pk"),
            merchant="membership__merchant__name",
            step="kind",
            joined_by="joined_by",
            terms_version="terms__version",
            taken_at="taken_at",
        ),
        _table(
            "spend_authorisations",
            Authorisation.objects.filter(member=person).order_by("given_at"),
            merchant="merchant__name",
            act="act",
            max_points="max_points",
            given_at="given_at",
            confirmed_at="confirmed_at",
            used_at="used_at",
            reference="reference",
        ),
        _table(
            "work",
            Staff.objects.filter(user=person).order_by("pk"),
            merchant="merchant__name",
            role="role",
            is_active="is_active",
        ),
    ]


def found_by(typed: str) -> set[int]:
    """Members whom a merchant knows by this number of its own."""
    return {*Membership.objects.filter(member_ref=typed).values_list("member_id", flat=True)}


def timeline(person: User) -> list[TimelineEvent]:
    rows = Membership.objects.filter(member=person).select_related("merchant").order_by("-joined_at")[:TIMELINE_LENGTH]
    events = [TimelineEvent(row.joined_at, _("joined a merchant"), str(row.merchant)) for row in rows]
    events += [TimelineEvent(row.left_at, _("left a merchant"), str(row.merchant)) for row in rows if row.left_at]
    return events + _authorisation_events(person)


def _authorisation_events(person: User) -> list[TimelineEvent]:
    """Without requests by SMS that the member did not confirm."""
    given = Authorisation.objects.filter(member=person, confirmed_at__isnull=False).select_related("merchant")
    return [
        TimelineEvent(
            one.given_at,
            _("authorised a spend"),
            f"{one.merchant} · {one.get_act_display()} · ≤ {one.max_points} · {one.reference or '–'}",
        )
        for one in given.order_by("-given_at")[:TIMELINE_LENGTH]
    ]


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return []


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    """End every membership and remove the merchants' own numbers for the person.

    The digest of a registration request is erased, because even a keyed digest would confirm a guess of the number in
    it. The row stays, because its key must not register somebody again.
    """
    Registration.objects.filter(member=person).update(request_digest=b"")
    StaffInvitation.objects.filter(accepted_by=person).update(phone_index=None)
    if person.phone_index is not None:
        # Deleted, because anybody could accept an open invitation without a number.
        StaffInvitation.objects.filter(accepted_by=None, phone_index=person.phone_index).delete()
    Membership.objects.filter(referrer=person).update(referrer=None)
    Membership.objects.filter(member=person).update(member_ref=None, referrer=None, left_at=Coalesce("left_at", moment))


def _table(name: str, rows: QuerySet[Any], **columns: str) -> Table:
    """`columns` maps the columns of the table to fields of the rows."""
    return Table(name, list(columns), list(rows.values_list(*columns.values())))


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    staff = Staff.objects.filter(user_id__in=person_ids, is_active=True).values_list("user_id", flat=True)
    joined = Membership.objects.filter(member_id__in=person_ids, joined_at__gte=since)
    return {*staff, *joined.values_list("member_id", flat=True)}
