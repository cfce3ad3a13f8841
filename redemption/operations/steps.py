"""The steps of an order. Which there are is told by the rows of Transition, and the database guards them."""

from datetime import datetime

from django.db.models import QuerySet

from notifications import outbox
from redemption.errors import OrderNotFound, OrderStepRefused
from redemption.models import Order, OrderStatus, Transition


def locked(*, order_id: int, merchant_id: int | None = None) -> Order:
    """The order, for this transaction alone: the first lock of whatever happens to it. Raises OrderNotFound."""
    found: QuerySet[Order] = Order.objects.select_for_update(of=("self",)).filter(pk=order_id)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    order = found.first()
    if order is None:
        raise OrderNotFound({"order": order_id})
    return order


def require(order: Order, *to: OrderStatus) -> None:
    """Raises OrderStepRefused unless one of these steps is allowed from where the order is."""
    if not Transition.objects.filter(from_status=order.status, to_status__in=to).exists():
        raise OrderStepRefused({"status": order.status})


def take(
    order: Order, to: OrderStatus, *, moment: datetime, actor_id: int | None = None, reason: str = "", **changed: object
) -> None:
    """Go there, with what changes on the way; the trigger writes the step. Raises OrderStepRefused."""
    require(order, to)
    before = order.status
    order.status, order.status_at = to, moment
    order.status_by_id, order.status_reason = actor_id, reason[:200]
    for name, value in changed.items():
        setattr(order, name, value)
    order.save(update_fields=["status", "status_at", "status_by", "status_reason", *changed])
    tell(to, order, points=order.points, before=before)


def tell(what: str, order: Order, **facts: object) -> None:
    """Publish the fact `orders.{what}`; whoever wants to know more asks the order."""
    known = {"order": order.pk, "member": order.member_id, "merchant": order.merchant_id, "reward": order.reward_id}
    outbox.publish(topic=f"orders.{what}", payload=known | facts)
