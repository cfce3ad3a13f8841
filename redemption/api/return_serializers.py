"""Returns of orders in JSON."""

from typing import Any

from rest_framework import serializers

from hongmi.lib import fields
from hongmi.lib.paths import REFERENCE_MAX_LENGTH
from redemption.models import ReturnReason, ReturnStatus

MAX_QUANTITY = 100


class OrderReturnSerializer(fields.StrictSerializer):
    """The pieces to return and why; `reason` is required where the goods are faulty or not as described."""

    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    ground = fields.StrictChoiceField(ReturnReason.choices)
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY, required=False, default=1)
    reason = fields.StrictCharField(max_length=200, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # The API's name of the field is `ground`.
        return {"reason_code": attrs.pop("ground")} | attrs


class ParcelSerializer(fields.StrictSerializer):
    """The parcel in which the goods travel back."""

    carrier = fields.StrictCharField(max_length=50)
    tracking_number = fields.StrictCharField(max_length=64)


class OrderReturnAnswer(serializers.Serializer[Any]):
    """A return; `refusal` is the merchant's reason for refusing the goods."""

    id = fields.DecimalIdField(source="pk")
    order_id = fields.DecimalIdField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(ReturnStatus.choices)
    ground = serializers.ChoiceField(ReturnReason.choices, source="reason_code")
    quantity = serializers.IntegerField()
    asked_at = serializers.DateTimeField(source="requested_at")
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    refusal = serializers.CharField()
