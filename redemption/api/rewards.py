"""The partner API of the catalogue."""

from typing import ClassVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import openapi, paging
from redemption import queries
from redemption.api import reward_serializers
from redemption.operations.catalogue import RewardNotFound


class Rewards(APIView):
    """The catalogue."""

    required_scopes: ClassVar = {"GET": "rewards:read"}

    @extend_schema(
        operation_id="rewards",
        parameters=[reward_serializers.RewardsQuery, *openapi.CURSOR_PARAMETERS],
        responses={200: openapi.page_of("RewardsPage", reward_serializers.RewardAnswer())},
    )
    def get(self, request: Request) -> Response:
        """Every reward on sale, newest first, with today's price."""
        filters = reward_serializers.RewardsQuery.read(request)
        moment = timezone.now()
        page = paging.take(queries.on_sale(queries.mall(**filters), moment=moment), request=request, name="rewards")
        reward = reward_serializers.RewardAnswer()
        return Response(page.body([reward.to_representation(view) for view in queries.views(page.rows, moment=moment)]))


class RewardDetail(APIView):
    """One reward."""

    required_scopes: ClassVar = {"GET": "rewards:read"}

    @extend_schema(operation_id="reward", responses={200: reward_serializers.RewardAnswer})
    def get(self, request: Request, reward_id: int) -> Response:
        """A reward on sale with today's price."""
        found = queries.reward(reward_id=reward_id, moment=timezone.now())
        if found is None:
            raise RewardNotFound
        return Response(reward_serializers.RewardAnswer(found).data)


class RewardPrices(APIView):
    """The price history of a reward."""

    required_scopes: ClassVar = {"GET": "rewards:read"}

    @extend_schema(
        operation_id="reward_prices",
        parameters=openapi.CURSOR_PARAMETERS,
        responses={200: openapi.page_of("RewardPricesPage", reward_serializers.PriceAnswer())},
    )
    def get(self, request: Request, reward_id: int) -> Response:
        """Every price of a reward that was ever published, newest first."""
        page = paging.take(queries.price_history(reward_id=reward_id), request=request, name=f"prices:{reward_id}")
        price = reward_serializers.PriceAnswer()
        return Response(page.body([price.to_representation(row) for row in page.rows]))


def price_history_json(request: HttpRequest, reward_id: int) -> HttpResponse:
    """The public price history page as JSON, without a token."""
    prices = list(queries.price_history(reward_id=reward_id))
    if not prices:
        raise Http404
    return JsonResponse({"reward": str(reward_id), "prices": reward_serializers.PriceAnswer(prices, many=True).data})
