"""The console's way in, and its menu."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Title, icon, the view behind it, and what one must be allowed to see for it.
MENU: tuple[tuple[Any, tuple[tuple[Any, str, str, str], ...]], ...] = (
    (
        _("Members and rules"),
        (
            (_("Members"), "group", "merchants_membership", "merchants.view_membership"),
            (_("Earning rules"), "rule", "points_earningrule", "points.view_earningrule"),
            (_("Goods labels"), "sell", "points_goodslabel", "points.view_goodslabel"),
            (_("Corrections"), "edit_note", "points_adjustment", "points.view_adjustment"),
        ),
    ),
    (
        _("Books"),
        (
            (_("Acts"), "receipt_long", "points_act", "points.view_act"),
            (_("Lots"), "inventory_2", "points_lot", "points.view_lot"),
            (_("Points set aside"), "lock_clock", "points_hold", "points.view_hold"),
            (_("Signed heads"), "verified", "points_treehead", "points.view_treehead"),
            (_("Audits"), "fact_check", "points_auditrun", "points.view_auditrun"),
        ),
    ),
    (
        _("Shop"),
        (
            (_("Merchants"), "storefront", "merchants_merchant", "merchants.view_merchant"),
            (_("Stores"), "location_on", "merchants_store", "merchants.view_store"),
            (_("Staff"), "badge", "merchants_staff", "merchants.view_staff"),
            (_("Partner keys"), "key", "merchants_partnercredential", "merchants.view_partnercredential"),
        ),
    ),
    (
        _("Platform"),
        (
            (_("People"), "person_search", "accounts_user", "accounts.view_user"),
            (_("Looks behind the mask"), "visibility", "accounts_unmaskrecord", "accounts.view_unmaskrecord"),
            (_("Outbox"), "outbox", "notifications_outbox", "notifications.view_outbox"),
            (_("Deliveries"), "local_shipping", "notifications_delivery", "notifications.view_delivery"),
            (_("Sandbox SMS"), "sms", "notifications_sandboxsms", "notifications.view_sandboxsms"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What the person asking may see; a group without entries is left out."""
    groups: list[dict[str, Any]] = [
        {"title": None, "items": [{"title": _("Overview"), "icon": "space_dashboard", "link": reverse("admin:index")}]}
    ]
    for title, entries in MENU:
        items = [
            {"title": entry, "icon": icon, "link": reverse(f"admin:{view}_changelist")}
            for entry, icon, view, permission in entries
            if request.user.has_perm(permission)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def sign_in(request: HttpRequest) -> HttpResponse:
    """Through the house's own door; who is in already and works nowhere is told so."""
    if request.user.is_authenticated:
        raise PermissionDenied
    next_url = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return redirect(f"{reverse('account_password')}?{urlencode({REDIRECT_FIELD_NAME: next_url})}")
