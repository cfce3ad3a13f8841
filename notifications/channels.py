"""Ways to reach a person. The post office knows people only as `Recipient` and what to say only as `Letter`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from notifications.models import InboxMessage


class Recipient(Protocol):
    """What a person must be able to tell the post office; settings.AUTH_USER_MODEL implements it."""

    id: int
    language: str


@dataclass(frozen=True)
class Letter:
    """What one person is told of one message.

    `facts` fill the topic's template. A fact that is a mapping from language code to text is told in the reader's
    language.
    """

    message_id: int
    recipient_id: int
    topic: str
    facts: Mapping[str, Any]


class Channel(Protocol):
    """One way out. SMS and push join the inbox here, each behind a port with a sandbox of its own."""

    def carry(self, letters: Sequence[Letter], *, moment: datetime) -> None:
        """Carry each letter at most once, however often it is handed in."""


class Inbox:
    """The letters a member finds when signed in; nobody can opt out of one's own inbox."""

    def carry(self, letters: Sequence[Letter], *, moment: datetime) -> None:
        InboxMessage.objects.bulk_create(
            [
                InboxMessage(
                    recipient_id=letter.recipient_id,
                    outbox_id=letter.message_id,
                    topic=letter.topic,
                    payload=letter.facts,
                    delivered_at=moment,
                )
                for letter in letters
            ],
            ignore_conflicts=True,
        )


INBOX = Inbox()
