"""Green points given inside a family (SPEC D7, R17)."""

from datetime import datetime
from typing import Any

from django.conf import settings

from hongmi.lib import idempotency
from merchants.models import Merchant
from points import ledger
from points.ledger import Booking
from points.rules import SHANGHAI


def give(
    *,
    giver_id: int,
    receiver_id: int,
    points: int,
    reference: str,
    moment: datetime,
    about: dict[str, Any] | None = None,
) -> Booking:
    """Give green points to a member of one's family, within the daily and yearly caps. Raises NotInTheSameFamily,
    GiftCapReached or InsufficientPoints; the database judges all three under lock."""
    platform_id = Merchant.objects.values_list("pk", flat=True).get(is_platform=True)
    day = moment.astimezone(SHANGHAI).date()
    caps = [
        {"key": "gift-day", "window": day.isoformat(), "limit": settings.GIFT_POINTS_PER_DAY},
        {"key": "gift-year", "window": str(day.year), "limit": settings.GIFT_POINTS_PER_YEAR},
    ]
    told = {"giver": giver_id, "receiver": receiver_id, "points": points, "reference": reference}
    return ledger.transfer(
        platform_id=platform_id,
        giver_id=giver_id,
        receiver_id=receiver_id,
        points=points,
        reference=reference,
        request_hash=idempotency.request_hash(act="transfer", body=told),
        moment=moment,
        caps=caps,
        actor_id=giver_id,
        breakdown=about,
    )
