"""The partner API of vouchers."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.partner_tokens import Partner
from redemption.api import voucher_serializers as serializers
from redemption.operations import vouchers
from redemption.operations.vouchers import Counter


class VoucherQuery(APIView):
    """Read a voucher."""

    required_scopes: ClassVar = {"POST": "vouchers:accept"}

    @extend_schema(
        operation_id="query_voucher",
        request=serializers.VoucherQuerySerializer,
        responses={200: serializers.VoucherAnswer},
        extensions=openapi.READS_ONLY,
    )
    def post(self, request: Request) -> Response:
        """Check a voucher without accepting it. The code is in the body, because URLs end up in logs."""
        body = serializers.VoucherQuerySerializer.read_body(request)
        presented = vouchers.query(counter=_counter(request), moment=timezone.now(), **body)
        return Response(serializers.VoucherAnswer(presented).data)


class VoucherAcceptance(APIView):
    """Accept a voucher."""

    required_scopes: ClassVar = {"POST": "vouchers:accept"}

    @extend_schema(
        operation_id="accept_voucher",
        request=serializers.VoucherAcceptSerializer,
        responses={200: serializers.VoucherAnswer},
    )
    def post(self, request: Request) -> Response:
        """A voucher is accepted once, in a store; the same key again gets the first answer."""
        key = idempotency_key.read(request)
        body = serializers.VoucherAcceptSerializer.read_body(request)
        presented = vouchers.accept(counter=_counter(request), key=key, moment=timezone.now(), **body)
        replayed = idempotency_key.REPLAYED if presented.is_replay else None
        return Response(serializers.VoucherAnswer(presented).data, headers=replayed)


def _counter(request: Request) -> Counter:
    partner = request.auth
    assert isinstance(partner, Partner)
    return Counter(partner.merchant_id, credential_id=partner.credential_id)
