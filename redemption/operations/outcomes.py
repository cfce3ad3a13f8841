"""The end of an order's wait: confirmed, or abandoned with everything given back. Always under the order's lock."""

from datetime import datetime

from django.db import transaction

from points.errors import HoldEnded, HoldLapsed
from points.operations import spending
from redemption.models import Order, OrderStatus, PaymentStatus
from redemption.operations import reservations, steps, vouchers


def confirm(order: Order, *, capture_id: int | None, moment: datetime, actor_id: int | None = None) -> None:
    """Confirm a locked order whose points are spent and whose cash is paid, and issue its vouchers."""
    steps.take(order, OrderStatus.CONFIRMED, moment=moment, actor_id=actor_id, capture_id=capture_id)
    vouchers.issue(order, moment=moment)


def abandon(order: Order, *, reason: str, moment: datetime, actor_id: int | None = None) -> None:
    """Cancel a locked order that waited for cash, and release its hold unless that has lapsed."""
    assert order.hold_id is not None
    try:
        with transaction.atomic():
            spending.release(merchant_id=order.merchant_id, hold_id=order.hold_id, key=None, moment=moment)
    except (HoldLapsed, HoldEnded):
        pass  # Its points are the member's again already.
    order.payments.filter(status=PaymentStatus.OPEN).update(status=PaymentStatus.CLOSED)
    steps.take(order, OrderStatus.CANCELLED, moment=moment, actor_id=actor_id, reason=reason)
    reservations.give_back(order)
