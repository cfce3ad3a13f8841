"""Periodic job of merchants."""

from celery import shared_task
from django.utils import timezone

from merchants import member_codes


@shared_task
def purge_member_codes() -> None:
    member_codes.purge(moment=timezone.now())
