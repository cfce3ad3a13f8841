"""This app's part in export, erasure and retention of personal data (accounts/personal_data.py)."""

from collections.abc import Collection
from datetime import datetime

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal_data import STORY_LENGTH, Happening, Sheet, Unspent
from merchants.models import Membership, Staff


def sheets(person: User, moment: datetime) -> list[Sheet]:
    columns = ["merchant", "member_ref", "joined_at", "left_at", "joined_by", "terms_version", "consented_at"]
    rows = Membership.objects.filter(member=person).order_by("joined_at")
    told = ("merchant__name", "member_ref", "joined_at", "left_at", "joined_by", "terms__version", "consented_at")
    return [Sheet("memberships", columns, list(rows.values_list(*told)))]


def found_by(typed: str) -> set[int]:
    """By a shop's own number for the member."""
    return {*Membership.objects.filter(member_ref=typed).values_list("member_id", flat=True)}


def story(person: User) -> list[Happening]:
    rows = Membership.objects.filter(member=person).select_related("merchant").order_by("-joined_at")[:STORY_LENGTH]
    joined = [Happening(row.joined_at, _("joined a merchant"), row.merchant.name) for row in rows]
    return joined + [Happening(row.left_at, _("left a merchant"), row.merchant.name) for row in rows if row.left_at]


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return []


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    """The person leaves every merchant, and the merchants' own numbers no longer lead to their entries."""
    Membership.objects.filter(referrer=person).update(referrer=None)
    Membership.objects.filter(member=person).update(member_ref=None, referrer=None, left_at=Coalesce("left_at", moment))


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    staff = Staff.objects.filter(user_id__in=person_ids, is_active=True).values_list("user_id", flat=True)
    joined = Membership.objects.filter(member_id__in=person_ids, joined_at__gte=since)
    return {*staff, *joined.values_list("member_id", flat=True)}
