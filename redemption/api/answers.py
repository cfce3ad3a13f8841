"""Answers that several views of redemption share."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.response import Response

from hongmi.lib import idempotency_key


def created(answer: serializers.BaseSerializer[Any], *, is_replay: bool) -> Response:
    """201; a replay repeats the first answer and is marked as such."""
    headers = idempotency_key.REPLAYED if is_replay else None
    return Response(answer.data, status=status.HTTP_201_CREATED, headers=headers)
