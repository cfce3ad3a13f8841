"""What outlives an erased identity, so that something given once per person is not given twice to one number.

A tombstone holds a keyed hash of a number and a fact ("sign-up:7"). It names nobody: neither who had the number nor
whose entries the fact came from.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import MARK_INDEX, PastPhone, Tombstone, User
from hongmi.lib import field_crypto


@dataclass(frozen=True)
class Forerunners:
    """Who had this person's number before: facts of the erased, ids of the others."""

    facts: Collection[str] = ()
    person_ids: Collection[int] = ()


def remember(*, person: User, facts: Iterable[str]) -> None:
    """Keep the facts under the mark of every number the person has or had. Called before the identity goes."""
    marks = {bytes(mark) for mark in person.past_phones.values_list("mark", flat=True)}
    if person.phone:
        marks.add(field_crypto.ring().index(person.phone, purpose=MARK_INDEX))
    # In one order everywhere, so that two erasures with a number in common do not wait for each other.
    rows = sorted((mark, fact) for mark in marks for fact in set(facts))
    Tombstone.objects.bulk_create((Tombstone(mark=mark, fact=fact) for mark, fact in rows), ignore_conflicts=True)


def forerunners(*, public_id: UUID) -> Forerunners:
    """Who had this person's present number before them. Nobody, when they have none."""
    person = User.objects.filter(public_id=public_id).select_related("wrapped_key").first()
    if person is None or not person.phone:
        return Forerunners()
    marks = field_crypto.ring().indexes(person.phone, purpose=MARK_INDEX)
    return Forerunners(
        facts=set(Tombstone.objects.filter(mark__in=marks).values_list("fact", flat=True)),
        person_ids=set(
            PastPhone.objects.filter(mark__in=marks).exclude(person=person).values_list("person_id", flat=True)
        ),
    )
