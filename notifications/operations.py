"""The verbs of the post office."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from notifications import channels
from notifications.models import Delivery, InboxMessage, Outbox


def deliver(*, letters: Sequence[channels.Letter], moment: datetime) -> None:
    """Put each letter in its recipient's inbox; a second time changes nothing."""
    channels.INBOX.carry(letters, moment=moment)


def mark_read(*, recipient_id: int, message_ids: Sequence[int], moment: datetime) -> int:
    """The recipient has seen these letters; answers how many were unread. Letters of others are left alone."""
    unread = InboxMessage.objects.filter(recipient_id=recipient_id, id__in=message_ids, read_at=None)
    return unread.update(read_at=moment)


@transaction.atomic
def send_again(*, delivery_ids: Sequence[int], moment: datetime) -> int:
    """Try parked deliveries anew with all their attempts; answers how many."""
    parked = list(
        Delivery.objects.select_for_update().filter(id__in=delivery_ids, parked_at__isnull=False).order_by("id")
    )
    # Without a consumer the message never left the outbox, where the table of routes is asked again.
    unrouted = [delivery for delivery in parked if not delivery.consumer]
    Outbox.objects.bulk_create(
        Outbox(id=one.message_id, topic=one.topic, payload=one.payload, created_at=one.published_at) for one in unrouted
    )
    Delivery.objects.filter(id__in=[one.id for one in unrouted]).delete()
    Delivery.objects.filter(id__in=[one.id for one in parked]).update(
        parked_at=None, attempts=0, last_error="", due_at=moment
    )
    return len(parked)
