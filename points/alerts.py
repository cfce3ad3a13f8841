"""Alerts of a failed audit to operators and compliance officers."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import PlatformRole, User
from notifications import operations
from notifications.channels import Notification
from notifications.outbox import Message

RECIPIENT_ROLES = (PlatformRole.OPERATOR, PlatformRole.COMPLIANCE)


def post(messages: Sequence[Message], *, moment: datetime) -> None:
    """Deliver these alerts to the platform's operators and compliance officers."""
    recipients = (
        User.objects.filter(platform_role__in=RECIPIENT_ROLES, is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    operations.deliver(
        notifications=[
            Notification(message.id, recipient, message.topic, _facts(message))
            for message in messages
            for recipient in recipients
        ],
        moment=moment,
    )


def _facts(message: Message) -> dict[str, object]:
    return {"run": message.payload["run"], "laws": message.payload["laws"], "count": len(message.payload["laws"])}
