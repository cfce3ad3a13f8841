"""A person's inbox, and the backlog of the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.template import Context
from django.template.loader import select_template
from django.utils import translation

from notifications.channels import Recipient
from notifications.models import InboxMessage


@dataclass(frozen=True)
class RenderedMessage:
    """An inbox message in one language."""

    id: int
    topic: str
    subject: str
    body: str
    delivered_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Backlog:
    """Messages not consumed yet. `oldest_at` is the time of publication of the oldest one that is not parked."""

    waiting: int
    parked: int
    oldest_at: datetime | None


def inbox(
    *, recipient: Recipient, language: str | None = None, before_id: int | None = None, limit: int = 20
) -> list[RenderedMessage]:
    """The newest messages first, in `language` or else the recipient's own, only those older than `before_id`."""
    messages = InboxMessage.objects.filter(recipient_id=recipient.id).order_by("-id")
    if before_id is not None:
        messages = messages.filter(id__lt=before_id)
    return [render(message, language=language or recipient.language) for message in messages[:limit]]


def unread_count(*, recipient_id: int) -> int:
    return InboxMessage.objects.filter(recipient_id=recipient_id, read_at=None).count()


def render(message: InboxMessage, *, language: str) -> RenderedMessage:
    """The message in `language`, else in Chinese, as plain text: its first line is the subject, the rest the body.

    Each language has a template of its own, because sentences translated one by one do not make a good message.
    """
    template = settings.OUTBOX_ROUTES[message.topic]["template"]
    chosen = select_template([f"{template.removesuffix('.txt')}.{language}.txt", template])
    # Unescaped, because the page or the channel that shows the text escapes it.
    facts = Context(_in_language(message.payload, language), autoescape=False)
    with translation.override(language):
        text = str(chosen.template.render(facts))
    subject, _, body = text.strip().partition("\n")
    return RenderedMessage(
        message.id, message.topic, subject.strip(), body.strip(), message.delivered_at, message.read_at
    )


def backlog() -> Backlog:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM notifications_outbox) + count(*) FILTER (WHERE parked_at IS NULL),
                   count(*) FILTER (WHERE parked_at IS NOT NULL),
                   least((SELECT min(created_at) FROM notifications_outbox),
                         min(published_at) FILTER (WHERE parked_at IS NULL))
            FROM notifications_delivery
            """
        )
        return Backlog(*cursor.fetchone())


def _in_language(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        name: fact.get(language, fact.get(settings.LANGUAGE_CODE)) if isinstance(fact, dict) else fact
        for name, fact in facts.items()
    }
