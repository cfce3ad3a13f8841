"""Registration of members by a merchant's systems, by the shop's own number or by phone, singly or in bulk.

A person unknown to the platform becomes a member at once. A person known elsewhere, imported, or under 14 gets a
membership that waits for consent: knowing a phone number must not reveal its owner (SPEC D13), and a child agrees
through a guardian (个人信息保护法 art. 31).
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction

from accounts import ages
from accounts import queries as people
from accounts.models import User
from hongmi.lib import bulk_insert, field_crypto, rls
from hongmi.lib.errors import KeyReused
from merchants import queries
from merchants.errors import MemberHasLeft, MemberRefTaken, ReferrerNotFound
from merchants.models import JoinedBy, Membership, Registration
from merchants.operations import memberships
from merchants.queries import KnownMember

REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person to register, by the merchant's own number, by phone (E.164), or both.

    Name and birthday are stored only for people who were unknown; `referrer` is a member of the same merchant.
    """

    member_ref: str | None = None
    phone: str | None = None
    name: str = ""
    birthday: date | None = None
    referrer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A member of the merchant, or a person with a pending membership.

    `is_new` is false for a person who was known before and whom the request did not change; `is_replay` is true if the
    key was used for the same request before.
    """

    member_id: int
    public_id: UUID
    is_new: bool
    is_replay: bool = False


def register(*, merchant_id: int, member: NewMember, moment: datetime, key: str | None = None) -> Registered:
    """Register a member, or find an existing one. The same `key` gets the same answer. Raises DomainError."""
    # Without row-level security, because the phone may belong to a person who is no member here.
    with rls.unscoped():
        try:
            return _register(merchant_id, member, moment, key)
        except IntegrityError:
            # A concurrent request registered the phone, at another merchant or at sign-in, so the person can be found.
            return _register(merchant_id, member, moment, key)


def _register(merchant_id: int, member: NewMember, moment: datetime, key: str | None) -> Registered:
    with transaction.atomic():
        _queue_for_enrolment(merchant_id)
        if earlier := _earlier_answer(merchant_id, member, key):
            return earlier
        known = _find_known(merchant_id, member)
        person = known or _new_person(member)
        is_at_once = known is None and not ages.needs_guardian(member.birthday, ages.day_of(moment))
        _join(merchant_id, person, member, consented_at=moment if is_at_once else None, moment=moment)
        if key is not None:
            Registration.objects.create(
                merchant_id=merchant_id, key=key, request_digest=_digest(member), member=person, is_new=known is None
            )
    return Registered(person.pk, person.public_id, is_new=known is None)


def _new_person(member: NewMember) -> User:
    person = User(password=make_password(None))
    person.name, person.phone, person.birthday = member.name, member.phone, member.birthday
    person.save()
    return person


def _earlier_answer(merchant_id: int, member: NewMember, key: str | None) -> Registered | None:
    row = Registration.objects.filter(merchant_id=merchant_id, key=key).select_related("member").first()
    if row is None:
        return None
    if bytes(row.request_digest) not in field_crypto.ring().indexes(_canonical(member), purpose=REGISTRATION):
        raise KeyReused
    return Registered(row.member_id, row.member.public_id, row.is_new, is_replay=True)


def _find_known(merchant_id: int, member: NewMember) -> User | None:
    """The known person with the merchant's own number or the phone. Raises MemberRefTaken or MemberHasLeft."""
    holder = Membership.objects.filter(merchant_id=merchant_id, member_ref=member.member_ref).first()
    # The number of a merged member leads to the survivor.
    by_ref = holder.member.merged_into or holder.member if holder and member.member_ref is not None else None
    by_phone = people.person_by_phone(member.phone) if member.phone else None
    if by_ref and by_phone and by_ref != by_phone:
        raise MemberRefTaken
    known = by_ref or by_phone
    if known is not None and not known.is_active:
        raise MemberHasLeft
    return known


def _join(
    merchant_id: int, person: User, member: NewMember, *, consented_at: datetime | None, moment: datetime
) -> None:
    row = Membership.objects.filter(merchant_id=merchant_id, member=person).first()
    if row is None:
        Membership.objects.create(
            merchant_id=merchant_id,
            member=person,
            member_ref=member.member_ref,
            joined_at=moment,
            referrer_id=_referrer_id(merchant_id, member.referrer),
            joined_by=JoinedBy.REGISTERED,
            terms=queries.current_terms(merchant_id=merchant_id) if consented_at else None,
            consented_at=consented_at,
        )
        if consented_at:
            memberships.publish_joined(merchant_id=merchant_id, member_id=person.pk)
        return
    if row.left_at is not None:
        raise MemberHasLeft
    if row.member_ref is None and member.member_ref is not None:
        row.member_ref = member.member_ref
        row.save(update_fields=["member_ref"])


def _referrer_id(merchant_id: int, referrer: UUID | None) -> int | None:
    if referrer is None:
        return None
    found = queries.member(merchant_id=merchant_id, public_id=referrer)
    if found is None:
        raise ReferrerNotFound
    return found.member_id


def _digest(member: NewMember) -> bytes:
    return field_crypto.ring().index(_canonical(member), purpose=REGISTRATION)


def _canonical(member: NewMember) -> str:
    return json.dumps(asdict(member), sort_keys=True, default=str)


def enrol_by_reference(*, merchant_id: int, member_refs: Collection[str], moment: datetime) -> dict[str, KnownMember]:
    """Members by the merchant's own numbers. Registers unknown ones at `moment`: all of them or, on an error, none.

    Past members stay past members. Takes a few statements for any number of members.
    """
    known = queries.members_by_ref(merchant_id=merchant_id, member_refs=member_refs)
    if len(known) == len(set(member_refs)):
        return known
    with transaction.atomic():
        _queue_for_enrolment(merchant_id)
        known = queries.members_by_ref(merchant_id=merchant_id, member_refs=member_refs)
        return known | _enrol(merchant_id, sorted(set(member_refs) - known.keys()), moment)


def _enrol(merchant_id: int, member_refs: list[str], moment: datetime) -> dict[str, KnownMember]:
    # One unusable password for all, because hashing one each takes longer than inserting the rows.
    template = User(password=make_password(None))
    people = bulk_insert.insert(template, public_id=[uuid4() for _ in member_refs])
    joining = Membership(
        merchant_id=merchant_id, joined_at=moment, joined_by=JoinedBy.IMPORTED, consented_at=None, left_at=None
    )
    bulk_insert.insert(joining, member_id=[member_id for member_id, _ in people], member_ref=member_refs)
    return {
        ref: KnownMember(member_id, public_id, has_left=False)
        for ref, (member_id, public_id) in zip(member_refs, people, strict=True)
    }


def _queue_for_enrolment(merchant_id: int) -> None:
    """Allow one enrolment per merchant at a time, until the transaction ends.

    Without the lock two concurrent requests with one new number would create two people, of whom one could never be
    found.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('merchants.enrolment'), %s)", [merchant_id % 2**31])
