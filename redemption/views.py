"""Member pages of redemption. Price histories are public; a logo is shown only to its member."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import auth
from redemption import logo_responses, queries
from redemption.errors import LogoNotFound
from redemption.operations import logos


def price_history(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Every price of a reward, with its announced rises (SPEC R35, R37)."""
    prices = list(queries.price_history(reward_id=reward_id).select_related("reward__merchant"))
    if not prices:
        raise Http404
    reward = prices[0].reward
    context = {"reward": reward, "prices": prices, "rises": queries.rises_ahead(reward_id=reward_id)}
    return render(request, "redemption/price_history.html", context)


@require_safe
@auth.member_required
def my_logo(request: HttpRequest, logo_id: UUID) -> HttpResponse:
    """The member's own logo."""
    try:
        return logo_responses.picture(logos.logo_of(public_id=logo_id, member_id=auth.me(request).pk))
    except LogoNotFound:
        raise Http404 from None
