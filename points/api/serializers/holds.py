"""Holds in JSON."""

from typing import Any

from rest_framework import serializers

from hongmi.lib import fields
from points.api.serializers.fields import MAX_POINTS, ReferenceField
from points.types import Purse


class HoldSerializer(fields.StrictSerializer):
    """Points to hold, and the member's authorisation."""

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
    """An empty object."""


class HoldAnswer(serializers.Serializer[Any]):
    """Points held until `expires_at`; after it the member can use them again, without any call."""

    id = fields.DecimalIdField()
    member_id = serializers.UUIDField()
    purse = fields.NameField(Purse)
    points = serializers.IntegerField()
    reference = serializers.CharField()
    expires_at = serializers.DateTimeField()


class HoldEndAnswer(serializers.Serializer[Any]):
    """How a hold ended."""

    id = fields.DecimalIdField()
    hold_id = fields.DecimalIdField()
    captured = serializers.IntegerField()
    released = serializers.IntegerField()
