"""What those who watch over sign-in are told: somebody guesses codes, and sign-in by code pauses for strangers."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import PlatformRole, User
from notifications import operations
from notifications.channels import Letter
from notifications.outbox import Message

WATCHERS = (PlatformRole.OPERATOR, PlatformRole.COMPLIANCE)


def post(messages: Sequence[Message], *, moment: datetime) -> None:
    """Write these alarms to the platform's operators and compliance officers."""
    watchers = User.objects.filter(platform_role__in=WATCHERS, is_active=True).order_by("id")
    watcher_ids = list(watchers.values_list("id", flat=True))
    letters = [
        Letter(each.id, watcher_id, each.topic, {"budgets": each.payload["budgets"]})
        for each in messages
        for watcher_id in watcher_ids
    ]
    operations.deliver(letters=letters, moment=moment)
