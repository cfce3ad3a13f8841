"""The mall's part of a merge of accounts: limits add up, offers go over. Orders stay as they were ordered, because what
was ordered is not rewritten; the survivor sees them, shows their vouchers and gets what comes back of them."""

from datetime import datetime

from django.db.models import F

from accounts.models import MemberMerge
from redemption.models import LimitUsage, Offer


def carry(merge: MemberMerge, moment: datetime) -> None:
    """One person has one limit: what both had of a reward is added up."""
    for usage in LimitUsage.objects.filter(member_id=merge.duplicate_id).order_by("reward_id", "window"):
        mine, is_new = LimitUsage.objects.get_or_create(
            member_id=merge.survivor_id,
            reward_id=usage.reward_id,
            window=usage.window,
            defaults={"used": usage.used},
        )
        if not is_new:
            LimitUsage.objects.filter(pk=mine.pk).update(used=F("used") + usage.used)
    Offer.objects.filter(member=merge.duplicate, used_by_order_id=None).update(member=merge.survivor)
