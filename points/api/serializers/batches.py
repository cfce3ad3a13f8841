"""Many purchases in one request, each judged alone."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields, problems
from hongmi.lib.paths import REFERENCE_MAX_LENGTH
from points.api.serializers.purchases import PurchaseSerializer
from points.purchase import PurchaseRequest
from points.types import BatchResult

MAX_BATCH = 1_000
INVALID_ITEM = "invalid_item"


class PurchaseBatchSerializer(fields.StrictSerializer):
    """Many purchases; validated it is a list of `PurchaseRequest`, with a rejected `BatchResult` in the place of each
    malformed item, because one bad item must not spoil the rest."""

    purchases = fields.UnjudgedListField(
        child=PurchaseSerializer(),
        max_length=MAX_BATCH,
        help_text=_("Each is judged alone; a malformed one is rejected with the code invalid_item."),
    )

    def to_internal_value(self, data: Any) -> list[PurchaseRequest | BatchResult]:
        # One serializer for all items, because building it costs more than running it.
        serializer = PurchaseSerializer()
        return [_judged(serializer, item) for item in super().to_internal_value(data)["purchases"]]


class BatchResultAnswer(serializers.Serializer[BatchResult]):
    """The outcome of one purchase of a batch: booked and replayed ones have an `id`, rejected ones a `code`."""

    STATUSES: ClassVar = ("booked", "replayed", "rejected")

    reference = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    id = fields.DecimalIdField(source="act_id", required=False)
    points = serializers.IntegerField(required=False)
    green_points = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)

    def to_representation(self, instance: BatchResult) -> dict[str, Any]:
        body = super().to_representation(instance)
        for name in ("id", "points", "green_points") if instance.status == "rejected" else ("code",):
            del body[name]
        return body | {"reference": body["reference"] or None}


class BatchAnswer(serializers.Serializer[Any]):
    """The results in the order of the purchases."""

    results = BatchResultAnswer(many=True)


def _judged(serializer: PurchaseSerializer, item: Any) -> PurchaseRequest | BatchResult:
    try:
        purchase: PurchaseRequest = serializer.run_validation(item)
    except serializers.ValidationError:
        return _rejected(item, INVALID_ITEM)
    except problems.Problem as problem:
        return _rejected(item, problem.kind.code)
    return purchase


def _rejected(item: Any, code: str) -> BatchResult:
    """The rejection of a malformed item, with its reference where it has one."""
    given = item.get("reference") if isinstance(item, dict) else None
    reference = given[:REFERENCE_MAX_LENGTH] if isinstance(given, str) else ""
    return BatchResult(reference, "rejected", code, None, 0, 0)
