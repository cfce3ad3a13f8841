"""Template variables of the page header."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notifications import queries


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """The number of unread notifications, counted only when a page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_notifications": SimpleLazyObject(lambda: queries.unread_count(recipient_id=user.pk))}
