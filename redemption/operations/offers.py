"""Prices for one member alone."""

from datetime import datetime

from django.db import transaction

from redemption.models import Offer
from redemption.operations import price_refusals


def make(
    *,
    member_id: int,
    reward_id: int,
    points: int,
    cash_fen: int,
    face_value_fen: int,
    opens_at: datetime,
    closes_at: datetime,
    criterion: str,
) -> Offer:
    """Offer one member a price, with the criterion by which they were chosen. Raises BelowGuarantee."""
    with price_refusals.named(points=points, cash_fen=cash_fen), transaction.atomic():
        return Offer.objects.create(
            member_id=member_id,
            reward_id=reward_id,
            points=points,
            cash_fen=cash_fen,
            face_value_fen=face_value_fen,
            opens_at=opens_at,
            closes_at=closes_at,
            criterion=criterion,
        )
