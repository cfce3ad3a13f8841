"""Partner API: returned goods."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.auth import merchant_of
from points.api import responses
from points.api.serializers.returns import ReturnAnswer, ReturnSerializer
from points.operations import returns


class PurchaseReturns(APIView):
    """Book a return."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="book_return",
        request=ReturnSerializer,
        responses={201: ReturnAnswer},
        extensions=openapi.also_refuses("stale_read"),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Claw back what the goods had earned, by the versions of the rules that granted it."""
        key = idempotency_key.read(request)
        booking = returns.record(
            merchant_id=merchant_of(request),
            purchase_reference=reference,
            key=key,
            moment=timezone.now(),
            **ReturnSerializer.read_body(request),
        )
        return responses.booked(booking, ReturnAnswer(booking))
