"""Lines of a receipt, as purchases and returns share them, and the movement that both answer with."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from hongmi.lib import fields, problems
from points.api.problems import LINES_DO_NOT_SUM
from points.api.serializers.fields import AmountField
from points.types import Purse

MAX_QUANTITY = 1_000_000


class ReturnedLineSerializer(fields.StrictSerializer):
    """Pieces of one SKU, and the money for all of them."""

    sku = fields.StrictCharField(max_length=64)
    quantity = fields.StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    amount_fen = AmountField()


class MovementAnswer(serializers.Serializer[Any]):
    """The change of one wallet by the act."""

    purse = fields.NameField(Purse)
    points = serializers.IntegerField()
    balance_after = serializers.IntegerField()


def require_sum(lines: Sequence[dict[str, Any]], amount_fen: int) -> None:
    """Raises Problem unless the lines, where there are any, sum to the amount."""
    if lines and sum(line["amount_fen"] for line in lines) != amount_fen:
        raise problems.Problem(LINES_DO_NOT_SUM.code)
