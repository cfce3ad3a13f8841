"""Key rotation: data sealed or indexed under an older master key is sealed and indexed again under the newest.

Past numbers, tombstones and open invitations are stored only as an index, so they cannot be indexed again: a retired
key stays at the end of the key ring for as long as they matter. Codes expire within minutes and stay as they are.
"""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import NAME_INDEX, PHONE_INDEX, PhoneMove, User, WrappedKey
from accounts.models.identity import normal_name
from accounts.operations import phone_moves
from hongmi.lib import field_crypto

BATCH = 500


@dataclass(frozen=True)
class Progress:
    """One batch: the last person examined (None at the end), the number examined, the number sealed again."""

    last_id: int | None
    seen: int
    changed: int


def reseal(*, after_id: int) -> Progress:
    """Reseal the next batch of people after this id. Skips data under the newest key, so it may be repeated from the
    start at any time while the system runs."""
    with transaction.atomic():
        people = User.objects.select_for_update(of=("self",)).filter(pk__gt=after_id, identity__isnull=False)
        batch = list(people.select_related("wrapped_key").order_by("pk")[:BATCH])
        changed = sum(_reseal_person(person) for person in batch)
    return Progress(batch[-1].pk if batch else None, len(batch), changed)


def reseal_moves() -> int:
    """Reseal the numbers of open phone moves; returns how many were sealed again."""
    ring = field_crypto.ring()
    changed = 0
    with transaction.atomic():
        for move in (
            PhoneMove.objects.select_for_update(of=("self",)).filter(phone__isnull=False).select_related("person")
        ):
            sealed, context = bytes(move.phone or b""), phone_moves.sealing_context(move.person)
            if not ring.is_sealed_by_newest(sealed):
                move.phone = ring.seal(ring.open(sealed, context=context), context=context)
                move.save(update_fields=["phone"])
                changed += 1
    return changed


def _reseal_person(person: User) -> bool:
    """Raises CannotOpen, before any change, if the ring lacks the key that wrapped this person's data key."""
    wrapped_key = WrappedKey.objects.select_for_update().filter(person=person).first()
    if wrapped_key is None:
        return False
    ring, context = field_crypto.ring(), person.public_id.bytes
    data_key = ring.unwrap(bytes(wrapped_key.wrapped), context=context)
    phone_index = ring.index(person.phone, purpose=PHONE_INDEX) if person.phone else None
    name_index = ring.index(normal_name(person.name), purpose=NAME_INDEX) if person.name else None
    is_indexed_anew = _differs(person.phone_index, phone_index) or _differs(person.name_index, name_index)
    if is_indexed_anew:
        User.objects.filter(pk=person.pk).update(phone_index=phone_index, name_index=name_index)
    is_wrapped_anew = not ring.is_sealed_by_newest(bytes(wrapped_key.wrapped))
    if is_wrapped_anew:
        wrapped_key.wrapped = ring.wrap(data_key, context=context)
        wrapped_key.save(update_fields=["wrapped"])
    return is_indexed_anew or is_wrapped_anew


def _differs(stored: bytes | memoryview | None, wanted: bytes | None) -> bool:
    return (bytes(stored) if stored is not None else None) != wanted
