"""Offsets in JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from hongmi.lib.paths import REFERENCE_MAX_LENGTH

# A bill fits the column beside its offset.
MAX_BILL_FEN = 2_000_000_000


class OffsetSerializer(fields.StrictSerializer):
    """A bill, and the points that pay part of it."""

    member_id = fields.StrictUUIDField()
    bill_fen = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)
    points = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)
    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    authorisation = fields.StrictUUIDField(help_text=_("The member's spend authorisation for this offset."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        arguments = {name: attrs[name] for name in ("bill_fen", "reference", "authorisation")}
        return arguments | {"member": attrs["member_id"], "points_spent": attrs["points"]}


class OffsetRefundSerializer(fields.StrictSerializer):
    """The part of the bill to refund."""

    reference = fields.StrictCharField(max_length=REFERENCE_MAX_LENGTH)
    amount_fen = fields.StrictIntegerField(min_value=1, max_value=MAX_BILL_FEN)


class OffsetAnswer(serializers.Serializer[Any]):
    """The part that the points paid. Record the purchase with `to_pay_fen`, because the other part earns nothing."""

    id = fields.DecimalIdField(source="offset.pk")
    act_id = fields.DecimalIdField(source="offset.act_id")
    member_id = serializers.UUIDField(source="member")
    reference = serializers.CharField(source="offset.reference")
    bill_fen = serializers.IntegerField(source="offset.bill_fen")
    points = serializers.IntegerField(source="offset.points")
    offset_fen = serializers.IntegerField(source="offset.offset_fen")
    to_pay_fen = serializers.IntegerField()


class OffsetRefundAnswer(serializers.Serializer[Any]):
    """The refund in points, and the money that the merchant pays back."""

    id = fields.DecimalIdField(source="refund.pk")
    reference = serializers.CharField(source="refund.reference")
    amount_fen = serializers.IntegerField(source="refund.amount_fen")
    points = serializers.IntegerField(source="refund.points")
    money_fen = serializers.IntegerField(source="refund.money_fen")
