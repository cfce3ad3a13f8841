"""Jobs of people."""

from celery import shared_task
from django.utils import timezone

from accounts import operations


@shared_task
def erase_closed_accounts() -> None:
    operations.erase_due(moment=timezone.now())


@shared_task
def purge_personal_data() -> None:
    operations.purge(moment=timezone.now())
