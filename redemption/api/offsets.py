"""The partner API of offsets."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.auth import merchant_of
from redemption.api import offset_serializers as serializers
from redemption.api.answers import created
from redemption.operations import offsets


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
        """Each point pays 5 fen of the bill. An accepted offset is final: repeat the request after a fault."""
        key = idempotency_key.read(request)
        body = serializers.OffsetSerializer.read_body(request)
        accepted = offsets.accept(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **body)
        return created(serializers.OffsetAnswer(accepted), is_replay=accepted.is_replay)


class OffsetRefunds(APIView):
    """Refund part of a bill."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="refund_offset",
        request=serializers.OffsetRefundSerializer,
        responses={201: serializers.OffsetRefundAnswer},
    )
    def post(self, request: Request, reference: str) -> Response:
        """The refund is shared between points and money as they paid; odd fen go to money."""
        key = idempotency_key.read(request)
        body = serializers.OffsetRefundSerializer.read_body(request)
        refunded = offsets.refund(
            merchant_id=merchant_of(request), offset_reference=reference, key=key, moment=timezone.now(), **body
        )
        return created(serializers.OffsetRefundAnswer(refunded), is_replay=refunded.is_replay)
