"""Redemption's part of a merge of accounts: limits add up and unused offers move to the survivor.

Orders keep the member who placed them; the survivor sees them, presents their vouchers and gets their refunds.
"""

from datetime import datetime

from django.db.models import F

from accounts.models import MemberMerge
from redemption.models import LimitUsage, Offer


def carry(merge: MemberMerge, moment: datetime) -> None:
    """Move usage and offers to the survivor; the limits of both accounts add up to one."""
    for usage in LimitUsage.objects.filter(member_id=merge.duplicate_id).order_by("reward_id", "window"):
        own, is_new = LimitUsage.objects.get_or_create(
            member_id=merge.survivor_id,
            reward_id=usage.reward_id,
            window=usage.window,
            defaults={"used": usage.used},
        )
        if not is_new:
            LimitUsage.objects.filter(pk=own.pk).update(used=F("used") + usage.used)
    Offer.objects.filter(member=merge.duplicate, used_by_order_id=None).update(member=merge.survivor)
