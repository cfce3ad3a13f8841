"""Jobs of the books."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from points import alarms, letters, operations, seal


@shared_task
def tell_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=letters.post, moment=timezone.now())


@shared_task
def welcome_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=operations.welcome, moment=timezone.now())


@shared_task
def tell_watchers(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=alarms.post, moment=timezone.now())


@shared_task
def review_issuing_limits() -> None:
    operations.review_issuing_limits()


@shared_task
def sweep() -> None:
    operations.sweep(moment=timezone.now())


@shared_task
def grant_birthdays() -> None:
    operations.grant_birthdays(moment=timezone.now())


@shared_task
def seal_acts() -> None:
    seal.run()


# Acknowledged before it runs, because an audit may take longer than the queue waits for a worker before it sends a
# task again; one that dies is run again next night.
@shared_task(acks_late=False, soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def audit_books() -> None:
    operations.audit_books(moment=timezone.now(), with_seal=True)
