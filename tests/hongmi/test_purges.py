"""Expired tokens and sessions are deleted by tasks of the schedule; those in use stay."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts.tasks import purge_sessions
from hongmi import checks
from merchants.tasks import purge_tokens
from tests import factories
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.django_db


def test_expired_tokens_are_deleted_and_valid_ones_stay() -> None:
    tokens = get_access_token_model().objects
    old, valid = (PartnerClient(factories.merchant(code)) for code in ("stationer", "garage"))
    tokens.filter(application__client_id=old.client_id).update(expires=timezone.now() - timedelta(seconds=1))
    purge_tokens()
    assert list(tokens.values_list("application__client_id", flat=True)) == [valid.client_id]


def test_expired_sessions_are_deleted_with_their_browsers_and_open_ones_stay() -> None:
    alice, now = factories.person(), timezone.now()
    for key, days in (("expired", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(days=days))
    for key in ("expired", "open", "gone"):
        UserSession.objects.create(user=alice, session_key=key, ip="127.0.0.1")
    UserSession.objects.update(created_at=now - timedelta(hours=1))
    purge_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["open"]


def test_the_schedule_names_tasks_that_exist_and_both_purges() -> None:
    tasks = [str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert [task for task in tasks if not checks.is_task(task)] == []
    assert {"merchants.tasks.purge_tokens", "accounts.tasks.purge_sessions"} <= set(tasks)
