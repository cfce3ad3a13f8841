"""Partner API: two-step spends. Points are held with the member's authorisation, then spent or given back."""

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import idempotency_key, openapi
from merchants.auth import merchant_of
from points import queries
from points.api import responses
from points.api.serializers.holds import (
    CaptureSerializer,
    HoldAnswer,
    HoldEndAnswer,
    HoldSerializer,
    ReleaseSerializer,
)
from points.errors import ActNotFound
from points.operations import authorised_holds, spending
from points.types import Booking


class Holds(APIView):
    """Hold points."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="hold",
        request=HoldSerializer,
        responses={201: HoldAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """For 30 minutes, or until `expires_at`, at most 30 days away."""
        key = idempotency_key.read(request)
        values = HoldSerializer.read_body(request)
        booking = authorised_holds.hold(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **values)
        held = queries.hold(merchant_id=merchant_of(request), hold_id=booking.act_id)
        return responses.booked(booking, HoldAnswer(held))


class Capture(APIView):
    """Spend held points."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(operation_id="capture", request=CaptureSerializer, responses={201: HoldEndAnswer})
    def post(self, request: Request, hold_id: int) -> Response:
        """All of the hold, or `points` of it; the rest goes back."""
        key = idempotency_key.read(request)
        points = CaptureSerializer.read_body(request).get("points")
        booking = spending.capture(
            merchant_id=merchant_of(request), hold_id=hold_id, points=points, key=key, moment=timezone.now()
        )
        return _ended(request, booking, hold_id)


class Release(APIView):
    """Release a hold."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(operation_id="release", request=ReleaseSerializer, responses={201: HoldEndAnswer})
    def post(self, request: Request, hold_id: int) -> Response:
        """All points go back to the member."""
        key = idempotency_key.read(request)
        ReleaseSerializer.read_body(request)
        booking = spending.release(merchant_id=merchant_of(request), hold_id=hold_id, key=key, moment=timezone.now())
        return _ended(request, booking, hold_id)


def _ended(request: Request, booking: Booking, hold_id: int) -> Response:
    held = queries.hold(merchant_id=merchant_of(request), hold_id=hold_id)
    if held is None:
        raise ActNotFound
    released = booking.movements[0].points
    end = {"id": booking.act_id, "hold_id": hold_id, "captured": held.points - released, "released": released}
    return responses.booked(booking, HoldEndAnswer(end))
