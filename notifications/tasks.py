"""Periodic job of the outbox."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox


@shared_task
def relay_outbox() -> None:
    outbox.relay(moment=timezone.now())
