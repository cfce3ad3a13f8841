"""Key rotation: what an older master key sealed or indexed is sealed and indexed anew with the newest.

Marks of past numbers, tombstones and open invitations are known only by their index, so they cannot be made anew: a
retired key stays in the ring, at its end, for as long as those matter. Codes live minutes and are left to run out.
"""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import NAME_INDEX, PHONE_INDEX, PhoneMove, User, WrappedKey
from accounts.models.people import normal_name
from accounts.operations import support
from hongmi.lib import field_crypto

BATCH = 500


@dataclass(frozen=True)
class Progress:
    """One batch: the last person looked at (None at the end), how many were looked at and how many sealed anew."""

    last_id: int | None
    seen: int
    changed: int


def reseal(*, after_id: int) -> Progress:
    """The next batch of people after this id. What the newest key sealed already is left alone, so it may be run again
    from the start at any time, beside everything else."""
    with transaction.atomic():
        people = User.objects.select_for_update(of=("self",)).filter(pk__gt=after_id, identity__isnull=False)
        batch = list(people.select_related("wrapped_key").order_by("pk")[:BATCH])
        changed = sum(_reseal_person(person) for person in batch)
    return Progress(batch[-1].pk if batch else None, len(batch), changed)


def reseal_moves() -> int:
    """The numbers of moves that still wait; answers how many were sealed anew."""
    ring = field_crypto.ring()
    changed = 0
    with transaction.atomic():
        for move in (
            PhoneMove.objects.select_for_update(of=("self",)).filter(phone__isnull=False).select_related("person")
        ):
            sealed, context = bytes(move.phone or b""), support.context_of(move.person)
            if not ring.is_sealed_by_newest(sealed):
                move.phone = ring.seal(ring.open(sealed, context=context), context=context)
                move.save(update_fields=["phone"])
                changed += 1
    return changed


def _reseal_person(person: User) -> bool:
    """Raises CannotOpen when the ring lacks the key that wrapped this person's, before anything is overwritten."""
    kept = WrappedKey.objects.select_for_update().filter(person=person).first()
    if kept is None:
        return False
    ring, context = field_crypto.ring(), person.public_id.bytes
    data_key = ring.unwrap(bytes(kept.wrapped), context=context)
    phone_index = ring.index(person.phone, purpose=PHONE_INDEX) if person.phone else None
    name_index = ring.index(normal_name(person.name), purpose=NAME_INDEX) if person.name else None
    is_indexed_anew = _differs(person.phone_index, phone_index) or _differs(person.name_index, name_index)
    if is_indexed_anew:
        User.objects.filter(pk=person.pk).update(phone_index=phone_index, name_index=name_index)
    is_wrapped_anew = not ring.is_sealed_by_newest(bytes(kept.wrapped))
    if is_wrapped_anew:
        kept.wrapped = ring.wrap(data_key, context=context)
        kept.save(update_fields=["wrapped"])
    return is_indexed_anew or is_wrapped_anew


def _differs(stored: bytes | memoryview | None, wanted: bytes | None) -> bool:
    return (bytes(stored) if stored is not None else None) != wanted
