"""The partner API of orders, offsets and vouchers. Each door: who is asking, what is asked, one call, the answer."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as drf
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.auth import merchant_of
from merchants.partner_tokens import Partner
from redemption import queries
from redemption.api import order_serializers as serializers
from redemption.operations import offsets, orders, returns, vouchers
from redemption.operations.vouchers import Counter


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
        """Without cash it is confirmed at once; with cash the points are set aside for 30 minutes until it is paid."""
        key = idempotency_key.read(request)
        asked = serializers.OrderSerializer.read_body(request)
        placed = orders.place(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked)
        order = queries.order(order_id=placed.order.pk, merchant_id=merchant_of(request))
        return _created(serializers.OrderAnswer(order, context={"with_codes": True}), placed.is_replay)


class OrderDetail(APIView):
    """One order."""

    required_scopes: ClassVar = {"GET": "orders:write"}

    @extend_schema(operation_id="order", responses={200: serializers.OrderAnswer})
    def get(self, request: Request, order_id: int) -> Response:
        """As it stands."""
        return Response(
            serializers.OrderAnswer(queries.order(order_id=order_id, merchant_id=merchant_of(request))).data
        )


class OrderCancellation(APIView):
    """Give an order up."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="cancel_order", request=serializers.CancelSerializer, responses={200: serializers.OrderAnswer}
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Before it is fulfilled: points, cash, stock and place go back. Cancelling twice is cancelling once."""
        key = idempotency_key.read(request)
        asked = serializers.CancelSerializer.read_body(request)
        orders.cancel(order_id=order_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked)
        return Response(
            serializers.OrderAnswer(queries.order(order_id=order_id, merchant_id=merchant_of(request))).data
        )


class OrderReturns(APIView):
    """Give goods back."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="return_order",
        request=serializers.OrderReturnSerializer,
        responses={201: serializers.OrderReturnAnswer},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """As for cash: within the days that were told without a reason, faulty goods whenever it shows."""
        key = idempotency_key.read(request)
        asked = serializers.OrderReturnSerializer.read_body(request)
        noted = returns.request(
            order_id=order_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked
        )
        return _created(serializers.OrderReturnAnswer(noted.back), noted.is_replay)


class OrderReturnParcel(APIView):
    """The parcel of a return."""

    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(
        operation_id="send_return", request=serializers.ParcelSerializer, responses={200: serializers.OrderReturnAnswer}
    )
    def post(self, request: Request, return_id: int) -> Response:
        """On its way to the shop, which takes it back or says why not. The same parcel twice is once."""
        key = idempotency_key.read(request)
        asked = serializers.ParcelSerializer.read_body(request)
        sent = returns.send(
            return_id=return_id, merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked
        )
        return Response(serializers.OrderReturnAnswer(sent).data)


class Offsets(APIView):
    """Points against a bill."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="accept_offset",
        request=serializers.OffsetSerializer,
        responses={201: serializers.OffsetAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """Each point pays 5 fen of the bill. What was accepted stays accepted: ask again after a fault."""
        key = idempotency_key.read(request)
        asked = serializers.OffsetSerializer.read_body(request)
        accepted = offsets.accept(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked)
        return _created(serializers.OffsetAnswer(accepted), accepted.is_replay)


class OffsetRefunds(APIView):
    """Part of a bill that comes back."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="refund_offset",
        request=serializers.OffsetRefundSerializer,
        responses={201: serializers.OffsetRefundAnswer},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Shared between points and money as they had paid; odd fen go to money."""
        key = idempotency_key.read(request)
        asked = serializers.OffsetRefundSerializer.read_body(request)
        returned = offsets.refund(
            merchant_id=merchant_of(request), offset_reference=reference, key=key, moment=timezone.now(), **asked
        )
        return _created(serializers.OffsetRefundAnswer(returned), returned.is_replay)


class VoucherQuery(APIView):
    """What a voucher is good for."""

    required_scopes: ClassVar = {"POST": "vouchers:accept"}

    @extend_schema(
        operation_id="query_voucher",
        request=serializers.VoucherQuerySerializer,
        responses={200: serializers.VoucherAnswer},
        extensions=openapi.READS_ONLY,
    )
    def post(self, request: Request) -> Response:
        """Ask before accepting; nothing is written. The code is in the body, because addresses end up in logs."""
        asked = serializers.VoucherQuerySerializer.read_body(request)
        shown = vouchers.query(counter=_counter(request), moment=timezone.now(), **asked)
        return Response(serializers.VoucherAnswer(shown).data)


class VoucherAcceptance(APIView):
    """Hand over what a voucher is for."""

    required_scopes: ClassVar = {"POST": "vouchers:accept"}

    @extend_schema(
        operation_id="accept_voucher",
        request=serializers.VoucherAcceptSerializer,
        responses={200: serializers.VoucherAnswer},
    )
    def post(self, request: Request) -> Response:
        """Once, in a store; the same key again gets the first answer."""
        key = idempotency_key.read(request)
        asked = serializers.VoucherAcceptSerializer.read_body(request)
        shown = vouchers.accept(counter=_counter(request), key=key, moment=timezone.now(), **asked)
        replayed = idempotency_key.REPLAYED if shown.is_replay else None
        return Response(serializers.VoucherAnswer(shown).data, headers=replayed)


def _counter(request: Request) -> Counter:
    partner = request.auth
    assert isinstance(partner, Partner)
    return Counter(partner.merchant_id, credential_id=partner.credential_id)


def _created(answer: drf.BaseSerializer[Any], is_replay: bool) -> Response:
    """201, and on a replay the first answer again, marked as such."""
    replayed = idempotency_key.REPLAYED if is_replay else None
    return Response(answer.data, status=status.HTTP_201_CREATED, headers=replayed)
