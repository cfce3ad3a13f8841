"""The partner API of the books. Each door: who is asking, what is asked, one call, the answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers as drf
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency, openapi, paging, rls
from hongmi.lib.strict_json import StrictBatchJSONParser
from merchants.auth import merchant_of
from points import permissions, queries
from points.api import serializers
from points.errors import ActNotFound
from points.operations import purchases, returns
from points.operations.purchases import PurchaseRequest
from points.transparency import receipts
from points.types import Booking

# A finished act is sealed within seconds.
SEALED_SOON = {"Retry-After": "3"}


class Purchases(APIView):
    """Book a purchase."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="book_purchase",
        request=serializers.PurchaseSerializer,
        responses={201: serializers.PurchaseAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """Book a paid order and the points it earns, perhaps none."""
        key = idempotency.read_key(request)
        purchase = serializers.PurchaseSerializer.read_body(request)
        booking = purchases.record(merchant_id=merchant_of(request), purchase=purchase, key=key, moment=timezone.now())
        answer = serializers.PurchaseAnswer(booking, context={"member_id": purchase.member})
        return booked(booking, answer)


class PurchasePreview(APIView):
    """What a purchase would earn."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="preview_purchase",
        request=serializers.PurchaseSerializer,
        responses={200: serializers.PurchaseAnswer},
        extensions=openapi.READS_ONLY | openapi.also_refuses("member_merged", "issuing_limit_reached"),
    )
    def post(self, request: Request) -> Response:
        """The answer that booking would give now; nothing is written."""
        purchase = serializers.PurchaseSerializer.read_body(request)
        booking = purchases.preview(merchant_id=merchant_of(request), purchase=purchase, moment=timezone.now())
        return Response(serializers.PurchaseAnswer(booking, context={"member_id": purchase.member}).data)


class PurchaseBatch(APIView):
    """Book many purchases at once."""

    required_scopes: ClassVar = {"POST": "purchases:write"}
    parser_classes = (StrictBatchJSONParser,)

    @extend_schema(
        operation_id="book_purchases",
        request=serializers.PurchaseBatchSerializer,
        responses={200: serializers.BatchAnswer},
    )
    def post(self, request: Request) -> Response:
        """Each purchase is judged alone and keyed by its reference: sent again, it is `replayed`."""
        idempotency.read_key(request)
        asked = serializers.PurchaseBatchSerializer.read_body(request)
        sound = [one for one in asked if isinstance(one, PurchaseRequest)]
        booked = iter(purchases.record_batch(merchant_id=merchant_of(request), purchases=sound, moment=timezone.now()))
        results = [next(booked) if isinstance(one, PurchaseRequest) else one for one in asked]
        return Response(serializers.BatchAnswer({"results": results}).data)


class PurchaseReturns(APIView):
    """Goods that came back."""

    required_scopes: ClassVar = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="book_return",
        request=serializers.ReturnSerializer,
        responses={201: serializers.ReturnAnswer},
        extensions=openapi.also_refuses("stale_read"),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Claw back what the goods had earned, by the versions of the rules that granted it."""
        key = idempotency.read_key(request)
        asked = serializers.ReturnSerializer.read_body(request)
        booking = returns.record(
            merchant_id=merchant_of(request),
            purchase_reference=reference,
            key=key,
            moment=timezone.now(),
            **asked,
        )
        return booked(booking, serializers.ReturnAnswer(booking))


class MemberWallets(APIView):
    """What a member has."""

    required_scopes: ClassVar = {"GET": "wallets:read"}

    @extend_schema(
        operation_id="wallets",
        parameters=[serializers.WalletsQuery],
        responses={200: serializers.WalletsAnswer},
        extensions=openapi.also_refuses("member_merged", "beyond_horizon"),
    )
    def get(self, request: Request, member_id: UUID) -> Response:
        """Both purses: now, or as of a past moment, as it is known today or was known at another."""
        asked = serializers.WalletsQuery.read(request)
        member = permissions.member_of(request, member_id)
        moment = timezone.now()
        found = (
            queries.wallets_as_of(member_id=member, **{"as_of": moment} | asked)
            if asked
            else queries.wallets(member_id=member, moment=moment)
        )
        return Response(serializers.WalletsAnswer({"member_id": member_id, "wallets": found}).data)


class MemberStatement(APIView):
    """What happened to a member's points here."""

    required_scopes: ClassVar = {"GET": "wallets:read"}

    @extend_schema(
        operation_id="statement",
        parameters=[serializers.StatementQuery, *openapi.CURSOR_PARAMETERS],
        responses={200: openapi.page_of("StatementPage", serializers.EntryAnswer())},
        extensions=openapi.also_refuses("member_merged"),
    )
    def get(self, request: Request, member_id: UUID) -> Response:
        """The acts of this merchant alone, newest first."""
        asked = serializers.StatementQuery.read(request)
        entries = queries.statement(
            member_id=permissions.member_of(request, member_id), merchant_id=merchant_of(request), **asked
        )
        page = paging.take(entries, request=request, name="statement", order=("-act_id", "purse"))
        entry = serializers.EntryAnswer()
        return Response(page.body([entry.to_representation(row) for row in page.rows]))


class Receipt(APIView):
    """The proof of an act."""

    required_scopes: ClassVar = {"GET": "receipts:read"}

    @extend_schema(
        operation_id="receipt",
        parameters=[serializers.ReceiptQuery],
        responses={
            200: serializers.ReceiptAnswer,
            202: OpenApiResponse(serializers.ReceiptPending, description=_("Not sealed yet; ask again in a moment.")),
        },
    )
    def get(self, request: Request, act_id: int) -> Response:
        """What `python -m points.verify` checks without us: save the answer's bytes to a file."""
        asked = serializers.ReceiptQuery.read(request)
        if queries.act_of(merchant_id=merchant_of(request), act_id=act_id) is None:
            raise ActNotFound
        # Over the wall, because an act of old may have drawn on lots of a member who has left.
        with rls.unscoped():
            receipt = receipts.receipt(act_id, **asked)
        if receipt is None:
            return Response({"status": "pending"}, status=status.HTTP_202_ACCEPTED, headers=SEALED_SOON)
        return Response(receipt)


def booked(booking: Booking, answer: drf.BaseSerializer[Any]) -> Response:
    """201, and on a replay the first answer again, marked as such."""
    replayed = idempotency.REPLAYED if booking.status == "replayed" else None
    return Response(answer.data, status=status.HTTP_201_CREATED, headers=replayed)
