"""Jobs of people."""

from celery import shared_task
from django.utils import timezone

from accounts import alarms, operations
from notifications import outbox


@shared_task
def erase_closed_accounts() -> None:
    operations.erase_due(moment=timezone.now())


@shared_task
def purge_personal_data() -> None:
    operations.purge(moment=timezone.now())


@shared_task
def move_due_phones() -> None:
    operations.move_due_phones(moment=timezone.now())


@shared_task
def tell_watchers(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=alarms.post, moment=timezone.now())
