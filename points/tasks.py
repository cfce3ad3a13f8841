"""Tasks of the ledger."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from points import alerts
from points.operations import audits, birthdays, expiry, issuing_limits, welcome_gifts
from points.statement import notifications
from points.transparency import sealer


@shared_task
def notify_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=notifications.deliver, moment=timezone.now())


@shared_task
def welcome_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=welcome_gifts.grant, moment=timezone.now())


@shared_task
def send_alerts(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=alerts.post, moment=timezone.now())


@shared_task
def review_issuing_limits() -> None:
    issuing_limits.review()


@shared_task
def sweep() -> None:
    expiry.sweep(moment=timezone.now())


@shared_task
def grant_birthdays() -> None:
    birthdays.grant(moment=timezone.now())


@shared_task
def seal_acts() -> None:
    sealer.run()


# Acknowledged before it runs, because an audit may take longer than the queue waits for a worker before it sends a
# task again; one that dies is run again next night.
@shared_task(acks_late=False, soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def audit_ledger() -> None:
    audits.run(moment=timezone.now(), with_seal=True)
