"""Facts that outlive an erased identity, so that a benefit given once per person is not given twice to one number.

A tombstone holds a keyed hash of a number and a fact ("sign-up:7"). It refers to no person and to no entry.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import MARK_INDEX, PastPhone, Tombstone, User
from hongmi.lib import field_crypto


@dataclass(frozen=True)
class PastOwners:
    """Past owners of a person's number: facts of the erased ones, ids of the others."""

    facts: Collection[str] = ()
    person_ids: Collection[int] = ()


def remember(*, person: User, facts: Iterable[str]) -> None:
    """Store the facts under the mark of every present and past number. Call it before the identity is erased."""
    marks = {bytes(mark) for mark in person.past_phones.values_list("mark", flat=True)}
    if person.phone:
        marks.add(field_crypto.ring().index(person.phone, purpose=MARK_INDEX))
    # In sorted order, so that two erasures with a number in common do not deadlock.
    rows = sorted((mark, fact) for mark in marks for fact in set(facts))
    Tombstone.objects.bulk_create((Tombstone(mark=mark, fact=fact) for mark, fact in rows), ignore_conflicts=True)


def past_owners(*, public_id: UUID) -> PastOwners:
    """Past owners of this person's present number; empty for a person without a number."""
    person = User.objects.filter(public_id=public_id).select_related("wrapped_key").first()
    if person is None or not person.phone:
        return PastOwners()
    marks = field_crypto.ring().indexes(person.phone, purpose=MARK_INDEX)
    return PastOwners(
        facts=set(Tombstone.objects.filter(mark__in=marks).values_list("fact", flat=True)),
        person_ids=set(
            PastPhone.objects.filter(mark__in=marks).exclude(person=person).values_list("person_id", flat=True)
        ),
    )
