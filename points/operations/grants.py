"""Points without a purchase: a rule's gift for joining or for a birthday."""

from datetime import datetime
from uuid import UUID

from accounts import tombstones
from hongmi.lib import idempotency
from hongmi.lib.shanghai import SHANGHAI
from points.ledger import functions
from points.models import Once
from points.rules import awards, evaluation, rulebook
from points.rules.types import Event
from points.types import ActKind, Booking


def award_sign_up(*, merchant_id: int, member: UUID, moment: datetime) -> Booking | None:
    """Grant what the merchant (or the platform) gives to a new member, once per person (SPEC R05).

    None when there is no such rule, or when somebody with the same number had it before. Raises DomainError.
    """
    return _award(
        Event("sign_up", moment),
        merchant_id=merchant_id,
        member=member,
        reference=f"sign-up-{member}",
        name="award.sign_up",
        moment=moment,
    )


def award_birthday(
    *, merchant_id: int, member: UUID, pet_id: int | None, occurred_at: datetime, moment: datetime
) -> Booking | None:
    """Grant what the merchant gives for the birthday of a member, or of their pet, that came at `occurred_at`: once a
    year for each rule and each person or pet (SPEC R09).

    None when no rule in force then gives any, or when somebody with the same number had it before. Raises DomainError.
    """
    event = (
        Event("member_birthday", occurred_at)
        if pet_id is None
        else Event("pet_birthday", occurred_at, subject=f"pet-{pet_id}")
    )
    return _award(
        event,
        merchant_id=merchant_id,
        member=member,
        reference=birthday_reference(member=member, pet_id=pet_id, occurred_at=occurred_at),
        name="award.birthday",
        moment=moment,
    )


def birthday_reference(*, member: UUID, pet_id: int | None, occurred_at: datetime) -> str:
    """The reference of a birthday's gift; a later run finds by it what is booked already."""
    celebrated = str(member) if pet_id is None else f"pet-{pet_id}"
    return f"birthday-{occurred_at.astimezone(SHANGHAI).year}-{celebrated}"


def _award(
    event: Event, *, merchant_id: int, member: UUID, reference: str, name: str, moment: datetime
) -> Booking | None:
    book = rulebook.of_merchant(merchant_id, moment)
    granted = awards.to_json(evaluation.award_for_event(book.rules, event))
    if granted:
        before = tombstones.past_owners(public_id=member)
        granted = [award for award in granted if not _was_given_before(award.get("once"), before)]
    if not granted:
        return None
    return functions.accrue(
        kind=ActKind.AWARD,
        merchant_id=merchant_id,
        member=member,
        key=None,
        reference=reference,
        request_hash=idempotency.request_hash(act=name, body={"reference": reference}),
        occurred_at=event.occurred_at,
        moment=moment,
        awards=granted,
        breakdown={"event": event.kind},
    )


def _was_given_before(once_key: str | None, before: tombstones.PastOwners) -> bool:
    if once_key is None:
        return False
    return once_key in before.facts or Once.objects.filter(member_id__in=before.person_ids, once_key=once_key).exists()
