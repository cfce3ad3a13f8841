"""The books' part of the partner API in JSON. Asked above, answered below; outside ids are strings, purses words."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hongmi.lib import fields, problems
from hongmi.lib.paths import REFERENCE_MAX_LENGTH
from points.api.problems import LINES_DO_NOT_SUM
from points.operations.purchases import PurchaseLine, PurchaseRequest
from points.rules import clawback
from points.types import ActKind, BatchResult, Booking, Purse

# Above any shop's receipt, and low enough that no rule's points leave 64 bits.
MAX_AMOUNT_FEN = 10_000_000_000
MAX_QUANTITY = 1_000_000
MAX_LINES = 500
MAX_BATCH = 1_000
INVALID_ITEM = "invalid_item"


class AmountField(fields.StrictIntegerField):
    """Money in fen."""

    def __init__(self, *, min_value: int = 0, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=MAX_AMOUNT_FEN, **kwargs)


class ReferenceField(fields.StrictCharField):
    """The merchant's own number of an act, unique for ever within merchant and kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=REFERENCE_MAX_LENGTH, **kwargs)


class ReturnedLineSerializer(fields.StrictSerializer):
    """Pieces of one SKU, and the money for all of them."""

    sku = fields.StrictCharField(max_length=64)
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    amount_fen = AmountField()


class PurchaseLineSerializer(ReturnedLineSerializer):
    """The same with what rules may ask of the goods."""

    category = fields.StrictCharField(max_length=64, required=False)


class PurchaseSerializer(fields.StrictSerializer):
    """A paid order; validated it is an `operations.PurchaseRequest`."""

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
        told = super().to_internal_value(data)
        lines = told.pop("lines", [])
        _require_sum(lines, told["amount_fen"])
        return PurchaseRequest(
            member=told.pop("member_id"), lines=tuple(PurchaseLine(**line) for line in lines), **told
        )


class PurchaseBatchSerializer(fields.StrictSerializer):
    """Many purchases; validated it is a list of `operations.PurchaseRequest`, with a rejected
    `operations.BatchResult` in the place of each that is malformed, because it must not spoil the rest."""

    purchases = fields.UnjudgedListField(
        child=PurchaseSerializer(),
        max_length=MAX_BATCH,
        help_text=_("Each is judged alone; a malformed one is rejected with the code invalid_item."),
    )

    def to_internal_value(self, data: Any) -> list[PurchaseRequest | BatchResult]:
        # One serializer for all items, because building it costs more than running it.
        item = PurchaseSerializer()
        return [_judged(item, told) for told in super().to_internal_value(data)["purchases"]]


class ReturnSerializer(fields.StrictSerializer):
    """Goods that came back, by lines or by an amount alone; where both are told they agree."""

    reference = ReferenceField()
    amount_fen = AmountField(min_value=1, required=False)
    lines = fields.StrictListField(child=ReturnedLineSerializer(), max_length=MAX_LINES, required=False)
    occurred_at = fields.AwareDateTimeField(required=False, help_text=_("When it is left out: now."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        lines = attrs.get("lines", [])
        if not lines and "amount_fen" not in attrs:
            raise serializers.ValidationError({"amount_fen": _("Tell amount_fen or lines.")}, code="required")
        amount_fen = attrs.get("amount_fen", sum(line["amount_fen"] for line in lines))
        _require_sum(lines, amount_fen)
        returned = clawback.Return(amount_fen, tuple(clawback.ReturnedLine(**line) for line in lines))
        return {"reference": attrs["reference"], "returned": returned, "occurred_at": attrs.get("occurred_at")}


class WalletsQuery(fields.QuerySerializer):
    """Which past of the wallets: what occurred until `as_of`, as far as it was known at `known_at`."""

    as_of = fields.AwareDateTimeField(required=False, help_text=_("What had occurred by then."))
    known_at = fields.AwareDateTimeField(required=False, help_text=_("What had been recorded by then."))


class StatementQuery(fields.QuerySerializer):
    """Which entries: [`from`, `to`) by `occurred_at`."""

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
        # Cursor and limit are `paging`'s to read.
        asked = {name: value for name, value in attrs.items() if name not in ("kind", "cursor", "limit")}
        return asked | ({"kinds": [attrs["kind"]]} if "kind" in attrs else {})


class ReceiptQuery(fields.QuerySerializer):
    """Which head the reader kept."""

    since = fields.DecimalIdField(
        required=False, help_text=_("Leaves of a head you kept: the answer also proves that nothing of then changed.")
    )


def _require_sum(lines: Sequence[dict[str, Any]], amount_fen: int) -> None:
    if lines and sum(line["amount_fen"] for line in lines) != amount_fen:
        raise problems.Problem(LINES_DO_NOT_SUM.code)


def _judged(item: PurchaseSerializer, told: Any) -> PurchaseRequest | BatchResult:
    try:
        purchase: PurchaseRequest = item.run_validation(told)
    except serializers.ValidationError:
        return _rejected(told, INVALID_ITEM)
    except problems.Problem as problem:
        return _rejected(told, problem.kind.code)
    return purchase


def _rejected(told: Any, code: str) -> BatchResult:
    """With the reference back, where there is one that can be told."""
    given = told.get("reference") if isinstance(told, dict) else None
    reference = given[:REFERENCE_MAX_LENGTH] if isinstance(given, str) else ""
    return BatchResult(reference, "rejected", code, None, 0, 0)


class AwardAnswer(serializers.Serializer[Any]):
    """Points one version of one rule granted, and why."""

    # The books leave out what is usual (`awards.to_json`).
    purse = fields.NameField(Purse, default=Purse.BASE, read_only=True)
    points = serializers.IntegerField()
    rule = fields.DecimalIdField(allow_null=True)
    rule_version = serializers.IntegerField(source="version", allow_null=True)
    reason = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text=_("null: never"))


class MovementAnswer(serializers.Serializer[Any]):
    """What the act did to one wallet."""

    purse = fields.NameField(Purse)
    points = serializers.IntegerField()
    balance_after = serializers.IntegerField()


class PurchaseAnswer(serializers.Serializer[Any]):
    """A purchase as booked; a preview has no `id`. The context names the member: `member_id`."""

    id = fields.DecimalIdField(source="act_id", allow_null=True)
    member_id = serializers.SerializerMethodField()
    awards = AwardAnswer(many=True)
    wallets = MovementAnswer(many=True, source="movements")

    def get_member_id(self, booking: Booking) -> UUID:
        member_id: UUID = self.context["member_id"]
        return member_id


class ReturnMovementAnswer(MovementAnswer):
    """The same, with the points that are owed because they were spent (by the merchant's policy)."""

    owed = serializers.IntegerField()


class ReturnAnswer(serializers.Serializer[Any]):
    """A return as booked: points taken back are negative."""

    id = fields.DecimalIdField(source="act_id")
    wallets = ReturnMovementAnswer(many=True, source="movements")


class BatchResultAnswer(serializers.Serializer[BatchResult]):
    """What became of one purchase of a batch: booked and replayed ones have an `id`, rejected ones a `code`."""

    STATUSES: ClassVar = ("booked", "replayed", "rejected")

    reference = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    id = fields.DecimalIdField(source="act_id", required=False)
    points = serializers.IntegerField(required=False)
    green_points = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)

    def to_representation(self, instance: BatchResult) -> dict[str, Any]:
        told = super().to_representation(instance)
        for name in ("id", "points", "green_points") if instance.status == "rejected" else ("code",):
            del told[name]
        return told | {"reference": told["reference"] or None}


class BatchAnswer(serializers.Serializer[Any]):
    """The results in the order of the purchases."""

    results = BatchResultAnswer(many=True)


class ExpiringAnswer(serializers.Serializer[Any]):
    """Points that are over at a moment."""

    points = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class WalletAnswer(serializers.Serializer[Any]):
    """One purse: balance = available + pending + earmarked; held points stand beside it."""

    purse = fields.NameField(Purse)
    balance = serializers.IntegerField()
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    earmarked = serializers.IntegerField()
    held = serializers.IntegerField()
    owed = serializers.IntegerField()
    expiring = ExpiringAnswer(many=True)


class WalletsAnswer(serializers.Serializer[Any]):
    """Both purses of a member."""

    member_id = serializers.UUIDField()
    wallets = WalletAnswer(many=True)


class EntryAnswer(serializers.Serializer[Any]):
    """What one act of this merchant did to one wallet; `answers` is the act it returns, refunds or reverses."""

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


class ReceiptAnswer(serializers.Serializer[Any]):
    """What `points.transparency.receipts` gives; kept as it is, because each byte of the leaf counts."""

    format = serializers.CharField()
    act = serializers.DictField(help_text=_("The leaf: the act with its journal, postings, lots and draws."))
    leaf_index = serializers.CharField()
    tree_size = serializers.CharField()
    inclusion = serializers.ListField(child=serializers.CharField(), help_text=_("SHA-256 hashes, leaf to root."))
    head = serializers.DictField(help_text=_("The signed head of the tree."))
    public_key = serializers.CharField(required=False)
    consistency = serializers.DictField(
        required=False, help_text=_("From the tree of `since` to this one: both sizes, and SHA-256 hashes.")
    )


class ReceiptPending(serializers.Serializer[Any]):
    """The act is booked; its proof is not made yet."""

    status = serializers.ChoiceField(["pending"])
