"""What the head of every page asks."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notifications import queries


def letters(request: HttpRequest) -> dict[str, Any]:
    """How many letters are unread; asked only by pages that show it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_letters": SimpleLazyObject(lambda: queries.unread_count(recipient_id=user.pk))}
