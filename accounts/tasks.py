"""Periodic jobs of accounts, and the consumer of their alerts."""

from celery import shared_task
from django.utils import timezone

from accounts import alerts
from accounts.operations import phone_moves, privacy
from notifications import outbox


@shared_task
def erase_closed_accounts() -> None:
    privacy.erase_due(moment=timezone.now())


@shared_task
def purge_personal_data() -> None:
    privacy.purge(moment=timezone.now())


@shared_task
def purge_sessions() -> None:
    privacy.purge_sessions(moment=timezone.now())


@shared_task
def move_due_phones() -> None:
    phone_moves.carry_out_due(moment=timezone.now())


@shared_task
def notify_operators(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=alerts.notify, moment=timezone.now())
