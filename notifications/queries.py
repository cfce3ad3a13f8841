"""The nouns of the post office: a person's letters, and how the mail is doing."""

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
class Reading:
    """A letter as its reader sees it."""

    id: int
    topic: str
    subject: str
    body: str
    delivered_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Backlog:
    """What has not arrived. `oldest_at` is when the oldest message on its way was published; parked ones wait apart."""

    waiting: int
    parked: int
    oldest_at: datetime | None


def inbox(
    *, recipient: Recipient, language: str | None = None, before_id: int | None = None, limit: int = 20
) -> list[Reading]:
    """The newest letters first, in `language` or else the recipient's own; `before_id` ends the page before."""
    letters = InboxMessage.objects.filter(recipient_id=recipient.id).order_by("-id")
    if before_id is not None:
        letters = letters.filter(id__lt=before_id)
    return [reading(letter, language=language or recipient.language) for letter in letters[:limit]]


def unread_count(*, recipient_id: int) -> int:
    return InboxMessage.objects.filter(recipient_id=recipient_id, read_at=None).count()


def reading(letter: InboxMessage, *, language: str) -> Reading:
    """The letter in `language`, else in Chinese, as plain text: its first line is the subject, the rest the body.

    Each language has a template of its own, because a letter is not a list of sentences to be put into other words.
    """
    template = settings.OUTBOX_ROUTES[letter.topic]["template"]
    chosen = select_template([f"{template.removesuffix('.txt')}.{language}.txt", template])
    # Unescaped, because only the page or the channel it ends in knows how to escape it.
    facts = Context(_in_language(letter.payload, language), autoescape=False)
    with translation.override(language):
        text = str(chosen.template.render(facts))
    subject, _, body = text.strip().partition("\n")
    return Reading(letter.id, letter.topic, subject.strip(), body.strip(), letter.delivered_at, letter.read_at)


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
