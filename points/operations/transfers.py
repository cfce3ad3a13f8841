"""Green points given inside a family (SPEC D7, R17)."""

from datetime import datetime
from typing import Any

from accounts import queries as people
from hongmi.lib import idempotency
from hongmi.lib.shanghai import SHANGHAI
from merchants.models import Merchant
from points.ledger import functions
from points.types import Booking


def give(
    *,
    giver_id: int,
    receiver_id: int,
    points: int,
    reference: str,
    moment: datetime,
    about: dict[str, Any] | None = None,
) -> Booking:
    """Give green points to a member of one's family, within the daily and yearly caps (the platform's or the family's,
    whichever is lower). Raises NotInTheSameFamily, GiftCapReached or InsufficientPoints; the database judges all three
    under lock."""
    platform_id = Merchant.objects.values_list("pk", flat=True).get(is_platform=True)
    lower = people.gift_caps(member_id=giver_id)
    day = moment.astimezone(SHANGHAI).date()
    caps = [
        {"key": "gift-day", "window": day.isoformat(), "limit": lower.points_per_day},
        {"key": "gift-year", "window": str(day.year), "limit": lower.points_per_year},
    ]
    body = {"giver": giver_id, "receiver": receiver_id, "points": points, "reference": reference}
    return functions.transfer(
        platform_id=platform_id,
        giver_id=giver_id,
        receiver_id=receiver_id,
        points=points,
        reference=reference,
        request_hash=idempotency.request_hash(act="transfer", body=body),
        moment=moment,
        caps=caps,
        actor_id=giver_id,
        breakdown=about,
    )
