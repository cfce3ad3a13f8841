"""Partner API: book purchases, preview them, book them in batches."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from hongmi.lib.strict_json import StrictBatchJSONParser
from merchants.auth import merchant_of
from points.api import responses
from points.api.serializers.batches import BatchAnswer, PurchaseBatchSerializer
from points.api.serializers.purchases import PurchaseAnswer, PurchaseSerializer
from points.operations import purchases
from points.purchase import PurchaseRequest


class Purchases(APIView):
    """Book a purchase."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="book_purchase",
        request=PurchaseSerializer,
        responses={201: PurchaseAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """Book a paid order and the points it earns, perhaps none."""
        key = idempotency_key.read(request)
        purchase = PurchaseSerializer.read_body(request)
        booking = purchases.record(merchant_id=merchant_of(request), purchase=purchase, key=key, moment=timezone.now())
        return responses.booked(booking, PurchaseAnswer(booking, context={"member_id": purchase.member}))


class PurchasePreview(APIView):
    """Preview a purchase."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="preview_purchase",
        request=PurchaseSerializer,
        responses={200: PurchaseAnswer},
        extensions=openapi.READS_ONLY | openapi.also_refuses("member_merged", "issuing_limit_reached"),
    )
    def post(self, request: Request) -> Response:
        """The answer that booking would give now; nothing is written."""
        purchase = PurchaseSerializer.read_body(request)
        booking = purchases.preview(merchant_id=merchant_of(request), purchase=purchase, moment=timezone.now())
        return Response(PurchaseAnswer(booking, context={"member_id": purchase.member}).data)


class PurchaseBatch(APIView):
    """Book many purchases at once."""

    required_scopes: ClassVar = {"POST": "purchases:write"}
    parser_classes = (StrictBatchJSONParser,)

    @extend_schema(
        operation_id="book_purchases",
        request=PurchaseBatchSerializer,
        responses={200: BatchAnswer},
    )
    def post(self, request: Request) -> Response:
        """Each purchase is judged alone and keyed by its reference: sent again, it is `replayed`."""
        idempotency_key.read(request)
        items = PurchaseBatchSerializer.read_body(request)
        valid = [item for item in items if isinstance(item, PurchaseRequest)]
        booked = iter(purchases.record_batch(merchant_id=merchant_of(request), purchases=valid, moment=timezone.now()))
        results = [next(booked) if isinstance(item, PurchaseRequest) else item for item in items]
        return Response(BatchAnswer({"results": results}).data)
