"""The console's way in, its menu, and its first page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from hongmi.console.menu import DOORS, MENU
from hongmi.lib import rls
from merchants import queries
from points.console import dashboard


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What the person asking may see; a group without entries is left out."""
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
    """Called by the console with the context of its first page: who one is here, what is usually done next, how the
    points stand."""
    assert isinstance(request.user, User)
    # Over the wall, because of a suspended shop its people are told that it is, and nothing else.
    with rls.unscoped():
        places = queries.places_of(request.user)
    told = {
        "platform_role": request.user.get_platform_role_display() if request.user.platform_role else "",
        "places": places,
        "doors": [door for door in DOORS if request.user.has_perm(door.permission)],
    }
    return dashboard.fill(request, context) | told


def sign_in(request: HttpRequest) -> HttpResponse:
    """Through the house's own door; who is in already and works nowhere is told so."""
    if request.user.is_authenticated:
        raise PermissionDenied
    next_url = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return redirect(f"{reverse('account_password')}?{urlencode({REDIRECT_FIELD_NAME: next_url})}")
