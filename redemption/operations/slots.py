"""Appointments of services: planned for several days at once, and closed to further booking."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from hongmi.lib.shanghai import SHANGHAI
from redemption.models import Reward, RewardKind, Slot
from redemption.operations import catalogue
from redemption.operations.catalogue import RewardNotFound


class NotAService(DomainError):
    """Only a service has appointments."""

    code = "not_a_service"
    sentence = _("Only a service has appointments.")


@transaction.atomic
def plan(
    *,
    reward_id: int,
    days: Sequence[date],
    at: time,
    minutes: int,
    places: int,
    moment: datetime,
    store_id: int | None = None,
) -> list[Slot]:
    """Create a slot at `at` in Shanghai on each of `days` that lies ahead and has none at that store yet. Idempotent.

    Raises RewardNotFound or NotAService.
    """
    reward = Reward.objects.select_for_update().filter(pk=reward_id).first()
    if reward is None:
        raise RewardNotFound({"reward": reward_id})
    if reward.kind != RewardKind.SERVICE:
        raise NotAService({"reward": reward_id})
    same_store = Q(store_id=store_id) if store_id is not None else Q(store=None)
    known = set(reward.slots.filter(same_store, places__gt=0).values_list("starts_at", flat=True))
    starts = [datetime.combine(day, at, tzinfo=SHANGHAI) for day in days]
    return [
        catalogue.add_slot(
            reward_id=reward_id,
            starts_at=start,
            ends_at=start + timedelta(minutes=minutes),
            places=places,
            store_id=store_id,
        )
        for start in starts
        if start > moment and start not in known
    ]


def close(*, slot_id: int) -> int:
    """Remove the free places of a slot and return how many stay booked.

    The slot row stays, because a service without any slot can be redeemed at any time.
    """
    with transaction.atomic():
        Slot.objects.filter(pk=slot_id).update(places=F("places") - F("places_left"), places_left=0)
        return Slot.objects.values_list("places", flat=True).get(pk=slot_id)
