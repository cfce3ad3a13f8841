"""What the books say to those who watch over them: an audit found a law broken."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import PlatformRole, User
from notifications import operations
from notifications.channels import Notification
from notifications.outbox import Message

WATCHERS = (PlatformRole.OPERATOR, PlatformRole.COMPLIANCE)


def post(messages: Sequence[Message], *, moment: datetime) -> None:
    """Write these alarms to the platform's operators and compliance officers."""
    watchers = (
        User.objects.filter(platform_role__in=WATCHERS, is_active=True).order_by("id").values_list("id", flat=True)
    )
    letters = [Notification(each.id, watcher, each.topic, _facts(each)) for each in messages for watcher in watchers]
    operations.deliver(notifications=letters, moment=moment)


def _facts(message: Message) -> dict[str, object]:
    return {"run": message.payload["run"], "laws": message.payload["laws"], "count": len(message.payload["laws"])}
