"""The partner API of two-step spends: points set aside with the member's leave, then spent or given back."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as drf
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import fields, idempotency, openapi
from merchants.auth import merchant_of
from points import queries
from points.api import purchases
from points.api.serializers import ReferenceField
from points.errors import ActNotFound
from points.operations import authorised_holds, spending
from points.types import Booking, Purse

MAX_POINTS = 1_000_000_000


class HoldSerializer(fields.StrictSerializer):
    """Points to set aside, and the leave for it."""

    member_id = fields.StrictUUIDField()
    purse = fields.NameField(Purse)
    points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS)
    reference = ReferenceField()
    authorisation = fields.StrictUUIDField()
    expires_at = fields.AwareDateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"member" if name == "member_id" else name: value for name, value in attrs.items()}


class CaptureSerializer(fields.StrictSerializer):
    """How much of the hold is spent; left out: all of it."""

    points = fields.StrictIntegerField(min_value=1, max_value=MAX_POINTS, required=False)


class ReleaseSerializer(fields.StrictSerializer):
    """Nothing has to be told."""


class HoldAnswer(drf.Serializer[Any]):
    """Points set aside until `expires_at`; then they are the member's again by themselves."""

    id = fields.DecimalIdField()
    member_id = drf.UUIDField()
    purse = fields.NameField(Purse)
    points = drf.IntegerField()
    reference = drf.CharField()
    expires_at = drf.DateTimeField()


class HoldEndAnswer(drf.Serializer[Any]):
    """How a hold ended."""

    id = fields.DecimalIdField()
    hold_id = fields.DecimalIdField()
    captured = drf.IntegerField()
    released = drf.IntegerField()


class Holds(APIView):
    """Set points aside."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(
        operation_id="hold",
        request=HoldSerializer,
        responses={201: HoldAnswer},
        extensions=openapi.also_refuses("member_merged"),
    )
    def post(self, request: Request) -> Response:
        """For 30 minutes, or until `expires_at`, at most 30 days away."""
        key = idempotency.read_key(request)
        asked = HoldSerializer.read_body(request)
        booking = authorised_holds.hold(merchant_id=merchant_of(request), key=key, moment=timezone.now(), **asked)
        held = queries.hold(merchant_id=merchant_of(request), hold_id=booking.act_id)
        return purchases.booked(booking, HoldAnswer(held))


class Capture(APIView):
    """Spend what was set aside."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(operation_id="capture", request=CaptureSerializer, responses={201: HoldEndAnswer})
    def post(self, request: Request, hold_id: int) -> Response:
        """All of it, or `points` of it; the rest goes back."""
        key = idempotency.read_key(request)
        points = CaptureSerializer.read_body(request).get("points")
        booking = spending.capture(
            merchant_id=merchant_of(request), hold_id=hold_id, points=points, key=key, moment=timezone.now()
        )
        return _ended(request, booking, hold_id)


class Release(APIView):
    """Give a hold up."""

    required_scopes: ClassVar = {"POST": "spend:write"}

    @extend_schema(operation_id="release", request=ReleaseSerializer, responses={201: HoldEndAnswer})
    def post(self, request: Request, hold_id: int) -> Response:
        """All points are the member's again."""
        key = idempotency.read_key(request)
        ReleaseSerializer.read_body(request)
        booking = spending.release(merchant_id=merchant_of(request), hold_id=hold_id, key=key, moment=timezone.now())
        return _ended(request, booking, hold_id)


def _ended(request: Request, booking: Booking, hold_id: int) -> Response:
    held = queries.hold(merchant_id=merchant_of(request), hold_id=hold_id)
    if held is None:
        raise ActNotFound
    back = booking.movements[0].points
    told = {"id": booking.act_id, "hold_id": hold_id, "captured": held.points - back, "released": back}
    return purchases.booked(booking, HoldEndAnswer(told))
