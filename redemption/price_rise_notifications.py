"""Notifications of announced price rises; the notice period begins once all are delivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hongmi.lib.shanghai import SHANGHAI
from notifications import operations as notifications
from notifications.channels import Notification
from notifications.outbox import Message
from redemption import calculator, queries
from redemption.models import PriceRise
from redemption.operations import prices


def deliver(messages: Sequence[Message], *, moment: datetime) -> None:
    """Notify all members affected by messages of the topic `rewards.price_rises`, then schedule the prices."""
    for message in messages:
        rise = PriceRise.objects.select_related("reward__merchant").get(pk=message.payload["rise"])
        if rise.withdrawn_at is None and rise.price_id is None:
            facts = _facts(rise, moment)
            written = [
                Notification(message.id, member, message.topic, facts) for member in queries.affected_by_rise(rise)
            ]
            notifications.deliver(notifications=written, moment=moment)
            prices.enforce_rise(rise_id=rise.pk, moment=moment)


def _facts(rise: PriceRise, moment: datetime) -> dict[str, Any]:
    reward, merchant = rise.reward, rise.reward.merchant
    holds_from = rise.holds_from(noticed_at=moment)
    return {
        "reward": {"zh-hans": reward.title, "en": reward.title_en or reward.title},
        "merchant": {"zh-hans": merchant.name, "en": merchant.name_en or merchant.name},
        "points": rise.points,
        "cash_yuan": calculator.yuan(rise.cash_fen) if rise.cash_fen else "",
        "starts_on": holds_from.astimezone(SHANGHAI).date().isoformat(),
        "notice_days": rise.notice_days,
    }
