"""Expired lots and lapsed holds, booked. Nothing depends on when these run; reads and spends look at the dates."""

from datetime import datetime

from points.ledger import functions
from points.models import Lot

# At 500 members or holds a round, this fits into a task's time; the next task goes on.
ROUNDS = 20


def sweep(*, moment: datetime) -> int:
    """Book all that is over, up to ROUNDS of each; returns how many holds and lots ended."""
    ended = 0
    for due in (lapse_due, expire_due):
        for _ in range(ROUNDS):
            found = due(moment=moment)
            ended += found
            if not found:
                break
    return ended


def expire_due(*, moment: datetime, member_limit: int = 500) -> int:
    """End lots whose validity is over, for up to `member_limit` members; returns how many lots."""
    members = (
        Lot.objects.filter(is_open=True, expires_at__lte=moment)
        .order_by("expires_at")
        .values_list("member_id", flat=True)[: member_limit * 4]
    )
    chosen = sorted(set(members))[:member_limit]
    return functions.expire(member_ids=chosen, moment=moment) if chosen else 0


def lapse_due(*, moment: datetime, limit: int = 500) -> int:
    """End up to `limit` holds that ran out of time; returns how many."""
    return functions.lapse(limit=limit, moment=moment)
