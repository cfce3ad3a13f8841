"""The first page of the console: a merchant's points month by month."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from merchants import permissions
from merchants.models import Membership, Merchant
from points import queries
from points.console import charts
from points.models import Adjustment, EarningRule
from points.types import Purse

FRESH_SECONDS = 30


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the page, called by the console; limited by the roles of the person."""
    merchant_ids = permissions.of(request.user).merchants("points.view_roll_forward")
    shops = Merchant.objects.order_by("-is_platform", "name")
    shops = shops if merchant_ids is None else shops.filter(pk__in=merchant_ids)
    chosen = _chosen(request, shops, sees_all=merchant_ids is None)
    context |= {"title": _("Overview"), "shops": shops, "chosen": chosen, "sees_all": merchant_ids is None}
    if chosen is None and merchant_ids is not None:
        return context
    months = _months(chosen.pk if chosen else None)
    chart = charts.grouped_bars([(f"{one.month:%m}", (one.issued, one.redeemed)) for one in months])
    return context | {"months": list(reversed(months)), "now": months[-1], "chart": chart, **_counts(chosen)}


def _chosen(request: HttpRequest, shops: Any, *, sees_all: bool) -> Merchant | None:
    requested = shops.filter(code=request.GET.get("merchant", "")).first()
    return requested or (None if sees_all else shops.first())


def _months(issuer_id: int | None) -> list[queries.Month]:
    """Cached for a short time, because the query reads all lots of the issuer."""
    today = timezone.localdate()
    key = f"roll-forward:{issuer_id or 'all'}:{today}"
    months: list[queries.Month] | None = cache.get(key)
    if months is None:
        months = queries.roll_forward(issuer_id=issuer_id, purse=Purse.BASE, last=today)
        cache.set(key, months, timeout=FRESH_SECONDS)
    return months


def _counts(chosen: Merchant | None) -> dict[str, int]:
    here = {} if chosen is None else {"merchant": chosen}
    return {
        "member_count": Membership.objects.filter(left_at=None, **here).count(),
        "rule_count": EarningRule.objects.filter(**here).count(),
        "waiting_count": Adjustment.objects.filter(act_id=None, **here).count(),
    }
