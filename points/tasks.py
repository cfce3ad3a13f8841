"""Jobs of the books."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from points import letters, seal


@shared_task
def tell_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=letters.post, moment=timezone.now())


@shared_task
def seal_acts() -> None:
    seal.run()
