"""A purchase in JSON."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields
from points.api.serializers.fields import MAX_LINES, AmountField, ReferenceField
from points.api.serializers.lines import MovementAnswer, ReturnedLineSerializer, require_sum
from points.purchase import Line, PurchaseRequest
from points.types import Booking, Purse


class PurchaseLineSerializer(ReturnedLineSerializer):
    """A line with the category that rules may match."""

    category = fields.StrictCharField(max_length=64, required=False)


class PurchaseSerializer(fields.StrictSerializer):
    """A paid order; validated it is a `points.purchase.PurchaseRequest`."""

    member_id = fields.StrictUUIDField()
    reference = ReferenceField()
    occurred_at = fields.AwareDateTimeField(help_text=_("At most five minutes later than now."))
    amount_fen = AmountField()
    store_id = fields.DecimalIdField(required=False)
    channel = fields.StrictCharField(max_length=32, required=False)
    lines = fields.StrictListField(
        child=PurchaseLineSerializer(),
        max_length=MAX_LINES,
        required=False,
        help_text=_("Sum to amount_fen."),
    )

    def to_internal_value(self, data: Any) -> PurchaseRequest:
        values = super().to_internal_value(data)
        lines = values.pop("lines", [])
        require_sum(lines, values["amount_fen"])
        return PurchaseRequest(member=values.pop("member_id"), lines=tuple(Line(**line) for line in lines), **values)


class AwardAnswer(serializers.Serializer[Any]):
    """Points one version of one rule granted, and why."""

    # The ledger leaves out what is usual (`awards.to_json`).
    purse = fields.NameField(Purse, default=Purse.BASE, read_only=True)
    points = serializers.IntegerField()
    rule = fields.DecimalIdField(allow_null=True)
    rule_version = serializers.IntegerField(source="version", allow_null=True)
    reason = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text=_("null: never"))


class PurchaseAnswer(serializers.Serializer[Any]):
    """A purchase as booked; a preview has no `id`. The context names the member: `member_id`."""

    id = fields.DecimalIdField(source="act_id", allow_null=True)
    member_id = serializers.SerializerMethodField()
    awards = AwardAnswer(many=True)
    wallets = MovementAnswer(many=True, source="movements")

    def get_member_id(self, booking: Booking) -> UUID:
        member_id: UUID = self.context["member_id"]
        return member_id
