"""The verbs of merchants: how people become members of one.

How somebody is recognised decides how they join. Here it is the shop's own number; another way of being known finds
or makes the person its own way and ends in a Membership as well.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts.models import User
from merchants import queries
from merchants.models import Membership
from merchants.queries import KnownMember


class MemberHasLeft(Exception):
    """The number belongs to somebody who left this merchant; only they themselves can come back (SPEC D13)."""

    code: ClassVar[str] = "member_has_left"


@dataclass(frozen=True, slots=True)
class Registered:
    """A member of the merchant. `is_new` is false for one who had joined before, whom the request did not change."""

    member_id: int
    public_id: UUID
    is_new: bool


def register_member(
    *, merchant_id: int, member_ref: str, moment: datetime, name: str = "", birthday: date | None = None
) -> Registered:
    """Make a person known by the shop's own number a member, or find the one who is. Raises MemberHasLeft."""
    with transaction.atomic():
        _queue_for_enrolment(merchant_id)
        known = queries.members_by_ref(merchant_id=merchant_id, member_refs=[member_ref]).get(member_ref)
        if known is not None:
            if known.has_left:
                raise MemberHasLeft
            return Registered(known.member_id, known.public_id, is_new=False)
        person = User.objects.create(name=name, birthday=birthday, password=make_password(None))
        Membership.objects.create(merchant_id=merchant_id, member=person, member_ref=member_ref, joined_at=moment)
    return Registered(person.pk, person.public_id, is_new=True)


def join(*, merchant_id: int, member_id: int, moment: datetime) -> None:
    """The member's own wish to be a member here; who had left is back, who is one stays one."""
    row, is_new = Membership.objects.get_or_create(
        merchant_id=merchant_id, member_id=member_id, defaults={"joined_at": moment}
    )
    if not is_new and row.left_at is not None:
        Membership.objects.filter(pk=row.pk).update(joined_at=moment, left_at=None)


def enrol_by_reference(*, merchant_id: int, member_refs: Collection[str], moment: datetime) -> dict[str, KnownMember]:
    """Everybody behind these numbers, those unknown so far made members at `moment`: all of them or, on a fault, none.

    Who left stays so. The cost is a few statements, however many numbers.
    """
    known = queries.members_by_ref(merchant_id=merchant_id, member_refs=member_refs)
    if len(known) == len(set(member_refs)):
        return known
    with transaction.atomic():
        _queue_for_enrolment(merchant_id)
        known = queries.members_by_ref(merchant_id=merchant_id, member_refs=member_refs)
        return known | _enrol(merchant_id, sorted(set(member_refs) - known.keys()), moment)


def _enrol(merchant_id: int, member_refs: list[str], moment: datetime) -> dict[str, KnownMember]:
    # One unusable password for all, because drawing one each takes longer than writing the rows.
    no_password = make_password(None)
    people = User.objects.bulk_create([User(password=no_password) for _ in member_refs])
    Membership.objects.bulk_create(
        Membership(merchant_id=merchant_id, member=person, member_ref=ref, joined_at=moment)
        for ref, person in zip(member_refs, people, strict=True)
    )
    return {
        ref: KnownMember(person.pk, person.public_id, has_left=False)
        for ref, person in zip(member_refs, people, strict=True)
    }


def _queue_for_enrolment(merchant_id: int) -> None:
    """One enrolment per merchant at a time, until the transaction ends.

    Without it two requests with one new number would make two people, and one of them could never be found again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('merchants.enrolment'), %s)", [merchant_id % 2**31])
