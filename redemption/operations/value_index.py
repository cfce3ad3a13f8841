"""The daily index of what a point buys (SPEC R37)."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Final

from hongmi.lib.shanghai import SHANGHAI
from redemption import calculator
from redemption.models import RewardPrice, RewardStatus, ValueIndex
from redemption.operations import catalogue

FEN_STEPS: Final = Decimal("0.0001")


def publish(*, moment: datetime) -> ValueIndex:
    """Publish what a point buys over all prices in force, and the rewards whose evidence is stale.

    A day already published stays unchanged.
    """
    in_force = RewardPrice.objects.filter(
        reward__status=RewardStatus.PUBLISHED, during__contains=moment
    ).select_related("reward")
    values = [
        calculator.fen_per_point(face_value_fen=one.face_value_fen, points=one.points, cash_fen=one.cash_fen)
        for one in in_force
    ]
    stale = sorted({one.reward_id for one in in_force if catalogue.is_stale(one, moment=moment)})
    index, _ = ValueIndex.objects.get_or_create(
        day=moment.astimezone(SHANGHAI).date(),
        defaults={
            "prices": len(values),
            "lowest_fen_per_point": _decimal(min(values)) if values else None,
            "median_fen_per_point": _decimal(median(values)) if values else None,
            "stale_rewards": stale,
            "computed_at": moment,
        },
    )
    return index


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(FEN_STEPS)
