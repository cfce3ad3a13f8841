"""Refunds of orders: together they never give back more than was taken, in points and in money separately.

Points return to the lots they came from (SPEC D8), cash returns through the provider. Both are recorded in one
transaction; `payments.send_refunds` calls the provider afterwards until it succeeds.
"""

from datetime import datetime

from django.db import transaction

from hongmi.lib import idempotency, rls
from hongmi.lib.errors import ReferenceConflict
from merchants.errors import MemberNotFound
from points.operations import compensations, spending
from points.types import Purse
from redemption.errors import MoreThanWasTaken, OrderStepRefused
from redemption.models import Order, OrderStatus, PaymentStatus, Refund
from redemption.operations import steps, vouchers

# SPEC R49: a tenth of the points on top, when the merchant did not provide the reward.
COMPENSATION_PERCENT = 10
NOT_PROVIDED = "not-provided"
REFUNDABLE = (OrderStatus.CONFIRMED, OrderStatus.FULFILLED, OrderStatus.ACCEPTED, OrderStatus.REFUNDED)


def refund(
    *,
    order_id: int,
    merchant_id: int,
    points_back: int,
    cash_fen: int,
    reference: str,
    reason: str,
    moment: datetime,
    actor_id: int | None = None,
) -> Refund:
    """Refund part of an order; the order is refunded with the last part. A reference names one refund.

    Raises OrderNotFound, OrderStepRefused, MoreThanWasTaken or ReferenceConflict.
    """
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        return _refund(order, points_back, cash_fen, reference, reason, moment, actor_id)


def refund_rest(
    order: Order, *, reference: str, reason: str, moment: datetime, actor_id: int | None = None
) -> Refund | None:
    """Refund all that is left of a locked order; None when nothing is left."""
    known = order.refunds.filter(reference=reference).first()
    rest = order.points - order.refunded_points, order.cash_fen - order.refunded_cash_fen
    if known is not None or rest == (0, 0):
        return known
    return _refund(order, *rest, reference, reason, moment, actor_id)


def refund_not_provided(
    *, order_id: int, merchant_id: int, reason: str, moment: datetime, actor_id: int | None = None
) -> Order:
    """Refund an order that the merchant did not provide, with a tenth of the points on top (SPEC R49).

    A second call changes nothing. Raises OrderNotFound or OrderStepRefused.
    """
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        is_published = order.refunds.filter(reference=NOT_PROVIDED).exists()
        refund_rest(order, reference=NOT_PROVIDED, reason=reason, moment=moment, actor_id=actor_id)
        compensation = _compensate(order, reason, moment, actor_id)
        if compensation or not is_published:
            steps.publish("not_provided", order, compensation=compensation)
        return order


def _compensate(order: Order, reason: str, moment: datetime, actor_id: int | None) -> int:
    """The points granted by this call."""
    compensation = order.points * COMPENSATION_PERCENT // 100
    if not compensation:
        return 0
    with rls.unscoped():
        member = (order.member.merged_into or order.member).public_id
    try:
        with transaction.atomic():
            booking = compensations.grant(
                merchant_id=order.merchant_id,
                member=member,
                points=compensation,
                purse=Purse(order.purse),
                cause=f"hongmi-order-{order.pk}-not-provided",
                reason=reason,
                moment=moment,
                actor_id=actor_id,
            )
    except MemberNotFound:
        # A former member of the merchant gets the refund but no new points of it.
        return 0
    return compensation if booking.status == "booked" else 0


def _refund(
    order: Order,
    points_back: int,
    cash_fen: int,
    reference: str,
    reason: str,
    moment: datetime,
    actor_id: int | None,
) -> Refund:
    request_hash = idempotency.request_hash(act="order.refund", body={"points": points_back, "cash_fen": cash_fen})
    known = order.refunds.filter(reference=reference).first()
    if known is not None:
        if bytes(known.request_hash) != request_hash:
            raise ReferenceConflict({"reference": reference})
        return known
    if order.status not in REFUNDABLE:
        raise OrderStepRefused({"status": order.status})
    left = order.points - order.refunded_points, order.cash_fen - order.refunded_cash_fen
    if not (0 <= points_back <= left[0] and 0 <= cash_fen <= left[1] and points_back + cash_fen > 0):
        raise MoreThanWasTaken({"points": left[0], "cash_fen": left[1]})
    refund = Refund.objects.create(
        order=order,
        reference=reference,
        request_hash=request_hash,
        points=points_back,
        cash_fen=cash_fen,
        payment=order.payments.get(status=PaymentStatus.PAID) if cash_fen else None,
        cash_status="due" if cash_fen else "none",
        reason=reason[:200],
    )
    if points_back:
        refund.act_id = _refund_points(order, refund, moment, actor_id)
        refund.save(update_fields=["act_id"])
    _add_to_totals(order, refund, reason, moment, actor_id)
    return refund


def _refund_points(order: Order, refund: Refund, moment: datetime, actor_id: int | None) -> int | None:
    assert order.capture_id is not None
    booking = spending.refund(
        merchant_id=order.merchant_id,
        spend_id=order.capture_id,
        points=refund.points,
        reference=f"hongmi-refund-{refund.pk}",
        key=None,
        moment=moment,
        actor_id=actor_id,
        about={"order": order.pk, "reason": refund.reason},
    )
    return booking.act_id


def _add_to_totals(order: Order, refund: Refund, reason: str, moment: datetime, actor_id: int | None) -> None:
    order.refunded_points += refund.points
    order.refunded_cash_fen += refund.cash_fen
    changed = ["refunded_points", "refunded_cash_fen"]
    order.save(update_fields=changed)
    if (order.refunded_points, order.refunded_cash_fen) == (order.points, order.cash_fen):
        steps.take(order, OrderStatus.REFUNDED, moment=moment, actor_id=actor_id, reason=reason)
        vouchers.void(order)
