"""Public pages of redemption: nobody need sign in to see what a reward cost."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from redemption import queries, serializers


def price_history(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Every price of a reward with the rises that are announced (SPEC R35, R37)."""
    prices = list(queries.price_history(reward_id=reward_id).select_related("reward__merchant"))
    if not prices:
        raise Http404
    reward = prices[0].reward
    told = {"reward": reward, "prices": prices, "rises": queries.rises_ahead(reward_id=reward_id)}
    return render(request, "redemption/price_history.html", told)


def price_history_json(request: HttpRequest, reward_id: int) -> HttpResponse:
    """The same for machines."""
    prices = list(queries.price_history(reward_id=reward_id))
    if not prices:
        raise Http404
    return JsonResponse({"reward": str(reward_id), "prices": serializers.PriceAnswer(prices, many=True).data})
