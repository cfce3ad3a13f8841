"""The steps of an order. Rows of Transition name the allowed steps, and the database guards them."""

from datetime import datetime

from django.db.models import QuerySet

from notifications import outbox
from redemption.errors import OrderNotFound, OrderStepRefused
from redemption.models import Order, OrderStatus, Transition


def locked(*, order_id: int, merchant_id: int | None = None) -> Order:
    """The order, locked for this transaction. Every change of an order takes this lock first. Raises OrderNotFound."""
    found: QuerySet[Order] = Order.objects.select_for_update(of=("self",)).filter(pk=order_id)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    order = found.first()
    if order is None:
        raise OrderNotFound({"order": order_id})
    return order


def require(order: Order, *to: OrderStatus) -> None:
    """Raises OrderStepRefused unless the order may take one of these steps now."""
    if not Transition.objects.filter(from_status=order.status, to_status__in=to).exists():
        raise OrderStepRefused({"status": order.status})


def take(
    order: Order, to: OrderStatus, *, moment: datetime, actor_id: int | None = None, reason: str = "", **changed: object
) -> None:
    """Move a locked order to status `to` with the `changed` fields; a trigger records the step.

    Raises OrderStepRefused.
    """
    require(order, to)
    before = order.status
    order.status, order.status_at = to, moment
    order.status_by_id, order.status_reason = actor_id, reason[:200]
    for name, value in changed.items():
        setattr(order, name, value)
    order.save(update_fields=["status", "status_at", "status_by", "status_reason", *changed])
    publish(to, order, points=order.points, before=before)


def publish(fact: str, order: Order, **details: object) -> None:
    """Publish the topic `orders.{fact}`; its payload holds ids, and consumers read the rest from the order."""
    ids = {"order": order.pk, "member": order.member_id, "merchant": order.merchant_id, "reward": order.reward_id}
    outbox.publish(topic=f"orders.{fact}", payload=ids | details)
