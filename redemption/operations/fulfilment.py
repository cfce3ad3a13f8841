"""The merchant's delivery of an order: sent to its address, then received by the member."""

from datetime import datetime

from django.db import transaction

from redemption.errors import OrderStepRefused, PickedUp
from redemption.models import Order, OrderStatus
from redemption.operations import steps


def ship(
    *, order_id: int, merchant_id: int, carrier: str, tracking_number: str, moment: datetime, actor_id: int | None
) -> Order:
    """Record that the goods are on their way to the order's address. Raises OrderStepRefused or PickedUp."""
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        steps.require(order, OrderStatus.FULFILLED)
        if order.address_cipher is None or order.vouchers.exists():
            raise PickedUp({"order": order_id})
        parcel = {"carrier": carrier, "tracking_number": tracking_number}
        steps.take(order, OrderStatus.FULFILLED, moment=moment, actor_id=actor_id, **parcel)
        return order


def confirm_receipt(*, order_id: int, moment: datetime, merchant_id: int | None = None, actor_id: int | None) -> Order:
    """Record that the member has received the goods. Raises OrderStepRefused."""
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        if order.status != OrderStatus.FULFILLED:
            raise OrderStepRefused({"status": order.status})
        steps.take(order, OrderStatus.ACCEPTED, moment=moment, actor_id=actor_id)
        return order
