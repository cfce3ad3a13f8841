"""Notification of operators when codes are guessed and sign-in by code pauses for unknown devices."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import PlatformRole, User
from notifications import operations
from notifications.channels import Notification
from notifications.outbox import Message

WATCHERS = (PlatformRole.OPERATOR, PlatformRole.COMPLIANCE)


def notify(messages: Sequence[Message], *, moment: datetime) -> None:
    """Notify the platform's operators and compliance officers of these messages."""
    watchers = User.objects.filter(platform_role__in=WATCHERS, is_active=True).order_by("id")
    watcher_ids = list(watchers.values_list("id", flat=True))
    notifications = [
        Notification(each.id, watcher_id, each.topic, {"budgets": each.payload["budgets"]})
        for each in messages
        for watcher_id in watcher_ids
    ]
    operations.deliver(notifications=notifications, moment=moment)
