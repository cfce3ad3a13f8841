"""Partner API: receipts that prove an act offline."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import rls
from merchants.auth import merchant_of
from points import queries
from points.api.serializers.receipts import ReceiptAnswer, ReceiptPending, ReceiptQuery
from points.errors import ActNotFound
from points.transparency import receipts

# A finished act is sealed within seconds.
SEALED_SOON = {"Retry-After": "3"}


class Receipt(APIView):
    """Read the proof of an act."""

    required_scopes: ClassVar = {"GET": "receipts:read"}

    @extend_schema(
        operation_id="receipt",
        parameters=[ReceiptQuery],
        responses={
            200: ReceiptAnswer,
            202: OpenApiResponse(ReceiptPending, description=_("Not sealed yet; try again in a moment.")),
        },
    )
    def get(self, request: Request, act_id: int) -> Response:
        """Save the bytes of the answer to a file; `python -m points.verify` checks it without Hongmi."""
        query = ReceiptQuery.read(request)
        if queries.act_of(merchant_id=merchant_of(request), act_id=act_id) is None:
            raise ActNotFound
        # Outside row-level security, because an old act may have drawn on lots of a member who has left.
        with rls.unscoped():
            receipt = receipts.receipt(act_id, **query)
        if receipt is None:
            return Response({"status": "pending"}, status=status.HTTP_202_ACCEPTED, headers=SEALED_SOON)
        return Response(receipt)
