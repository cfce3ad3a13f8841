"""Jobs of redemption."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from redemption import letters, operations


@shared_task
def tell_price_rises(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=letters.post, moment=timezone.now())


@shared_task
def publish_value_index() -> None:
    operations.publish_value_index(moment=timezone.now())
