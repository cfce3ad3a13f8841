"""What an order comes to: it stands, or it is given up and everything it took goes back. Always under its lock."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from hongmi.lib.shanghai import SHANGHAI
from points.errors import HoldEnded, HoldLapsed
from points.operations import spending
from redemption.models import LimitUsage, LimitWindow, Offer, Order, OrderStatus, PaymentStatus, Reward, Slot
from redemption.operations import steps, vouchers


def confirm(order: Order, *, capture_id: int | None, moment: datetime, actor_id: int | None = None) -> None:
    """The points of a locked order are spent and its cash is paid: it stands, and its vouchers are drawn."""
    steps.take(order, OrderStatus.CONFIRMED, moment=moment, actor_id=actor_id, capture_id=capture_id)
    vouchers.issue(order, moment=moment)


def abandon(order: Order, *, reason: str, moment: datetime, actor_id: int | None = None) -> None:
    """End a locked order that waited for cash: the hold is released unless it lapsed, nothing is kept."""
    assert order.hold_id is not None
    try:
        with transaction.atomic():
            spending.release(merchant_id=order.merchant_id, hold_id=order.hold_id, key=None, moment=moment)
    except (HoldLapsed, HoldEnded):
        pass  # Its points are the member's again already.
    order.payments.filter(status=PaymentStatus.OPEN).update(status=PaymentStatus.CLOSED)
    steps.take(order, OrderStatus.CANCELLED, moment=moment, actor_id=actor_id, reason=reason)
    give_back(order)


def give_back(order: Order) -> None:
    """The piece, the place, the count and the offer of a locked order that comes to nothing."""
    LimitUsage.objects.filter(
        member_id=order.member_id,
        reward_id=order.reward_id,
        window=limit_window(order.reward.limit_window, order.placed_at),
        used__gte=order.quantity,
    ).update(used=F("used") - order.quantity)
    Reward.objects.filter(pk=order.reward_id, stock__isnull=False).update(stock=F("stock") + order.quantity)
    if order.slot_id is not None:
        Slot.objects.filter(pk=order.slot_id).update(places_left=F("places_left") + order.quantity)
    Offer.objects.filter(used_by_order_id=order.pk).update(used_by_order_id=None)


def limit_window(window: str, moment: datetime) -> str:
    """The name of the window that a limit counts in, by Shanghai's calendar: 2026-11-22, 2026-11, 2026, ever."""
    day = moment.astimezone(SHANGHAI).date().isoformat()
    names = {LimitWindow.DAY: day, LimitWindow.MONTH: day[:7], LimitWindow.YEAR: day[:4]}
    return names.get(LimitWindow(window), "ever")
