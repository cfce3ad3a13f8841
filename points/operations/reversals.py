"""Reversals: a mistaken act is answered by its opposite."""

from datetime import datetime

from hongmi.lib import idempotency
from points.errors import ActNotFound
from points.ledger import functions
from points.models import Act
from points.types import Booking


def record(*, merchant_id: int, act_id: int, reason: str, moment: datetime, actor_id: int | None) -> Booking:
    """Answer a mistaken act by its opposite, once; points that were spent meanwhile are forgiven or owed."""
    act = Act.objects.filter(pk=act_id, merchant_id=merchant_id).select_related("merchant").first()
    if act is None:
        raise ActNotFound
    reference = f"reversal-{act_id}"
    return functions.reverse(
        merchant_id=merchant_id,
        parent_id=act_id,
        reference=reference,
        request_hash=idempotency.request_hash(act="reversal", body={"act": act_id}),
        moment=moment,
        policy=act.merchant.clawback_policy,
        actor_id=actor_id,
        breakdown={"reason": reason},
    )
