"""Periodic job of merchants."""

from celery import shared_task
from django.utils import timezone

from merchants import credentials, member_codes


@shared_task
def purge_member_codes() -> None:
    member_codes.purge(moment=timezone.now())


@shared_task
def purge_tokens() -> None:
    credentials.purge_tokens(moment=timezone.now())
