"""The partner API of orders."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.auth import merchant_of
from redemption import queries
from redemption.api import order_serializers as serializers
from redemption.api.answers import created
from redemption.operations import orders


class Orders(APIView):
    """Order a reward."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="place_order",
        request=serializers.OrderSerializer,
        responses={201: serializers.OrderAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """Confirmed at once without cash; with cash its points are held until payment, for 30 minutes at most."""
        key = idempotency_key.read(request)
        body = serializers.OrderSerializer.read_body(request)
        placed = orders.place(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body)
        order = queries.order(order_id=placed.order.pk, merchant_id=merchant_of(request))
        return created(serializers.OrderAnswer(order, context={"with_codes": True}), is_replay=placed.is_replay)


class OrderDetail(APIView):
    """One order."""

    required_scopes: ClassVar = {"GET": "orders:write"}

    @extend_schema(operation_id="order", responses={200: serializers.OrderAnswer})
    def get(self, request: Request, order_id: int) -> Response:
        """The order with its payments, vouchers and returns."""
        return Response(
            serializers.OrderAnswer(queries.order(order_id=order_id, merchant_id=merchant_of(request))).data
        )


class OrderCancellation(APIView):
    """Cancel an order."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="cancel_order", request=serializers.CancelSerializer, responses={200: serializers.OrderAnswer}
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Possible before fulfilment: points, cash, stock and place go back. A second call changes nothing."""
        key = idempotency_key.read(request)
        body = serializers.CancelSerializer.read_body(request)
        orders.cancel(order_id=order_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body)
        return Response(
            serializers.OrderAnswer(queries.order(order_id=order_id, merchant_id=merchant_of(request))).data
        )
