"""The response of a call that booked an act."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.response import Response

from hongmi.lib import idempotency_key
from points.types import Booking


def booked(booking: Booking, answer: serializers.BaseSerializer[Any]) -> Response:
    """201; a replay repeats the first answer and carries `Idempotent-Replayed`."""
    replayed = idempotency_key.REPLAYED if booking.status == "replayed" else None
    return Response(answer.data, status=status.HTTP_201_CREATED, headers=replayed)
