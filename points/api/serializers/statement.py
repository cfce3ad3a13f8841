"""A member's statement in JSON."""

from typing import Any

from rest_framework import serializers

from hongmi.lib import fields
from points.types import ActKind, Purse


class StatementQuery(fields.QuerySerializer):
    """A filter of entries: by purse, kind, and the window [`from`, `to`) of `occurred_at`."""

    purse = fields.NameField(Purse, required=False)
    kind = fields.NameField(ActKind, required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # Here, because `from` cannot be the name of an attribute.
        window = {
            "from": fields.AwareDateTimeField(required=False, source="since"),
            "to": fields.AwareDateTimeField(required=False, source="until"),
        }
        return super().get_fields() | window

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # `paging` reads cursor and limit.
        filters = {name: value for name, value in attrs.items() if name not in ("kind", "cursor", "limit")}
        return filters | ({"kinds": [attrs["kind"]]} if "kind" in attrs else {})


class EntryAnswer(serializers.Serializer[Any]):
    """The change of one wallet by one act of this merchant; `answers` is the act it returns, refunds or reverses."""

    id = fields.DecimalIdField(source="act_id")
    kind = fields.NameField(ActKind, source="act.kind")
    reference = serializers.CharField(source="act.reference")
    answers = fields.DecimalIdField(source="act.parent_id", allow_null=True)
    occurred_at = serializers.DateTimeField(source="act.occurred_at")
    recorded_at = serializers.DateTimeField(source="act.recorded_at")
    amount_fen = serializers.IntegerField(source="act.amount_fen", allow_null=True)
    purse = fields.NameField(Purse)
    points = serializers.IntegerField()
    owed = serializers.IntegerField()
