"""Channels that deliver notifications. They see people only as `Recipient`, because accounts is above this app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from notifications.models import InboxMessage


class Recipient(Protocol):
    """The part of a person that a channel reads; settings.AUTH_USER_MODEL implements it."""

    id: int
    language: str


@dataclass(frozen=True)
class Notification:
    """One outbox message for one person.

    `facts` fill the topic's template. Of a fact that maps language codes to texts, the template gets the text in the
    reader's language.
    """

    message_id: int
    recipient_id: int
    topic: str
    facts: Mapping[str, Any]


class Channel(Protocol):
    """A way to reach recipients: the inbox; later SMS and push, each behind a port with a sandbox of its own."""

    def deliver(self, notifications: Sequence[Notification], *, moment: datetime) -> None:
        """Deliver each notification at most once; a repeated one changes nothing."""


class Inbox:
    """The messages on a member's own pages. Members cannot opt out of the inbox."""

    def deliver(self, notifications: Sequence[Notification], *, moment: datetime) -> None:
        InboxMessage.objects.bulk_create(
            [
                InboxMessage(
                    recipient_id=notification.recipient_id,
                    outbox_id=notification.message_id,
                    topic=notification.topic,
                    payload=notification.facts,
                    delivered_at=moment,
                )
                for notification in notifications
            ],
            ignore_conflicts=True,
        )


INBOX = Inbox()
