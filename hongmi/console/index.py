"""The console's sign-in, menu and first page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from hongmi.console.menu import MENU, TASKS
from hongmi.lib import rls
from merchants import queries
from points.console import dashboard


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu entries that this person may see; a group without entries is left out."""
    groups: list[dict[str, Any]] = [
        {"title": None, "items": [{"title": _("Overview"), "icon": "space_dashboard", "link": reverse("admin:index")}]}
    ]
    for title, entries in MENU:
        items = [
            {"title": entry.title, "icon": entry.icon, "link": reverse(f"admin:{entry.view}")}
            for entry in entries
            if request.user.has_perm(entry.permission)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the person's roles, frequent tasks and the points' figures to the context of the console's first page."""
    assert isinstance(request.user, User)
    # Unscoped, because staff of a suspended shop see that it is suspended, and nothing else of it.
    with rls.unscoped():
        places = queries.places_of(request.user)
    details = {
        "platform_role": request.user.get_platform_role_display() if request.user.platform_role else "",
        "places": places,
        "tasks": [task for task in TASKS if request.user.has_perm(task.permission)],
    }
    return dashboard.fill(request, context) | details


def sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to our own sign-in page. Raises PermissionDenied for a signed-in person without a place of work."""
    if request.user.is_authenticated:
        raise PermissionDenied
    next_url = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return redirect(f"{reverse('account_password')}?{urlencode({REDIRECT_FIELD_NAME: next_url})}")
