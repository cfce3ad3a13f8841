"""A return in JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from points.api.serializers.fields import MAX_LINES, AmountField, ReferenceField
from points.api.serializers.lines import MovementAnswer, ReturnedLineSerializer, require_sum
from points.rules import clawback


class ReturnSerializer(fields.StrictSerializer):
    """Returned goods, by lines or by an amount alone; where both are given they agree."""

    reference = ReferenceField()
    amount_fen = AmountField(min_value=1, required=False)
    lines = fields.StrictListField(child=ReturnedLineSerializer(), max_length=MAX_LINES, required=False)
    occurred_at = fields.AwareDateTimeField(required=False, help_text=_("When it is left out: now."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        lines = attrs.get("lines", [])
        if not lines and "amount_fen" not in attrs:
            raise serializers.ValidationError({"amount_fen": _("Give amount_fen or lines.")}, code="required")
        amount_fen = attrs.get("amount_fen", sum(line["amount_fen"] for line in lines))
        require_sum(lines, amount_fen)
        returned = clawback.Return(amount_fen, tuple(clawback.ReturnedLine(**line) for line in lines))
        return {"reference": attrs["reference"], "returned": returned, "occurred_at": attrs.get("occurred_at")}


class ReturnMovementAnswer(MovementAnswer):
    """A movement with the points that are owed because they were spent (by the merchant's policy)."""

    owed = serializers.IntegerField()


class ReturnAnswer(serializers.Serializer[Any]):
    """A return as booked: points taken back are negative."""

    id = fields.DecimalIdField(source="act_id")
    wallets = ReturnMovementAnswer(many=True, source="movements")
