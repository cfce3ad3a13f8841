"""The partner API of returns of orders."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key
from merchants.auth import merchant_of
from redemption.api import return_serializers as serializers
from redemption.api.answers import created
from redemption.operations import returns


class OrderReturns(APIView):
    """Return goods."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="return_order",
        request=serializers.OrderReturnSerializer,
        responses={201: serializers.OrderReturnAnswer},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """As for cash: without a reason within the disclosed days, and faulty goods at any time."""
        key = idempotency_key.read(request)
        body = serializers.OrderReturnSerializer.read_body(request)
        requested = returns.request(
            order_id=order_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body
        )
        return created(serializers.OrderReturnAnswer(requested.order_return), is_replay=requested.is_replay)


class OrderReturnParcel(APIView):
    """The parcel of a return."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="send_return", request=serializers.ParcelSerializer, responses={200: serializers.OrderReturnAnswer}
    )
    def post(self, request: Request, return_id: int) -> Response:
        """The goods are on their way to the merchant. A repeated call changes nothing."""
        key = idempotency_key.read(request)
        body = serializers.ParcelSerializer.read_body(request)
        sent = returns.send(
            return_id=return_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body
        )
        return Response(serializers.OrderReturnAnswer(sent).data)
