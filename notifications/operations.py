"""Deliver notifications, mark them read, send parked deliveries again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from notifications import channels
from notifications.models import Delivery, InboxMessage, Outbox


def deliver(*, notifications: Sequence[channels.Notification], moment: datetime) -> None:
    """Put each notification in its recipient's inbox; repeating it changes nothing."""
    channels.INBOX.deliver(notifications, moment=moment)


def mark_read(*, recipient_id: int, message_ids: Sequence[int], moment: datetime) -> int:
    """Mark these messages as read, if they are the recipient's own; returns the number that were unread."""
    unread = InboxMessage.objects.filter(recipient_id=recipient_id, id__in=message_ids, read_at=None)
    return unread.update(read_at=moment)


@transaction.atomic
def send_again(*, delivery_ids: Sequence[int], moment: datetime) -> int:
    """Send parked deliveries again, with a full number of attempts; returns their number."""
    parked = list(
        Delivery.objects.select_for_update().filter(id__in=delivery_ids, parked_at__isnull=False).order_by("id")
    )
    # Deliveries without a consumer return to the outbox, because the relay reads OUTBOX_ROUTES again.
    unrouted = [delivery for delivery in parked if not delivery.consumer]
    Outbox.objects.bulk_create(
        Outbox(id=one.message_id, topic=one.topic, payload=one.payload, created_at=one.published_at) for one in unrouted
    )
    Delivery.objects.filter(id__in=[one.id for one in unrouted]).delete()
    Delivery.objects.filter(id__in=[one.id for one in parked]).update(
        parked_at=None, attempts=0, last_error="", due_at=moment
    )
    return len(parked)
