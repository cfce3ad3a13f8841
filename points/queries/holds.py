"""Holds, as their merchant sees them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hongmi.lib import rls
from points.models import Hold
from points.types import Purse


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it was placed."""

    id: int
    member_id: UUID
    purse: Purse
    points: int
    reference: str
    expires_at: datetime


def hold(*, merchant_id: int, hold_id: int | None) -> HoldView | None:
    """One hold of this merchant."""
    own = Hold.objects.filter(pk=hold_id, merchant_id=merchant_id)
    # Without row-level security, because the hold is the merchant's own even when its member has left.
    with rls.unscoped():
        row = own.values_list("act_id", "member__public_id", "purse", "points", "act__reference", "expires_at").first()
    if row is None:
        return None
    act_id, member_id, purse, points, reference, expires_at = row
    return HoldView(act_id, member_id, Purse(purse), points, reference, expires_at)
