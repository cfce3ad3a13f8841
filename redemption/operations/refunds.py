"""Refunds: any number and order of them never give back more than was taken, in points and in money separately.

Points go back to the lots they came from (SPEC D8), cash through the provider; both are promised in one transaction,
and the provider is asked afterwards, as often as it takes.
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

# SPEC R49: a tenth of the points on top, when it was the merchant who did not keep the appointment.
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
    """Give part of an order back; with the last of it the order is refunded. The same reference is the same refund.

    Raises OrderNotFound, OrderStepRefused, MoreThanWasTaken or ReferenceConflict.
    """
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        return _refund(order, points_back, cash_fen, reference, reason, moment, actor_id)


def refund_rest(
    order: Order, *, reference: str, reason: str, moment: datetime, actor_id: int | None = None
) -> Refund | None:
    """Everything of a locked order that has not come back yet; None when nothing is left."""
    known = order.refunds.filter(reference=reference).first()
    rest = order.points - order.refunded_points, order.cash_fen - order.refunded_cash_fen
    if known is not None or rest == (0, 0):
        return known
    return _refund(order, *rest, reference, reason, moment, actor_id)


def refund_not_provided(
    *, order_id: int, merchant_id: int, reason: str, moment: datetime, actor_id: int | None = None
) -> Order:
    """The flight was cancelled, the guide fell ill: everything comes back, and a tenth of the points on top, once.

    A second call changes nothing (SPEC R49). Raises OrderNotFound or OrderStepRefused.
    """
    with transaction.atomic():
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        is_told = order.refunds.filter(reference=NOT_PROVIDED).exists()
        refund_rest(order, reference=NOT_PROVIDED, reason=reason, moment=moment, actor_id=actor_id)
        compensation = _compensate(order, reason, moment, actor_id)
        if compensation or not is_told:
            steps.tell("not_provided", order, compensation=compensation)
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
        # Who left the merchant meanwhile is given nothing new by it; what was taken has come back all the same.
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
    asked = idempotency.request_hash(act="order.refund", body={"points": points_back, "cash_fen": cash_fen})
    known = order.refunds.filter(reference=reference).first()
    if known is not None:
        if bytes(known.request_hash) != asked:
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
        request_hash=asked,
        points=points_back,
        cash_fen=cash_fen,
        payment=order.payments.get(status=PaymentStatus.PAID) if cash_fen else None,
        cash_status="due" if cash_fen else "none",
        reason=reason[:200],
    )
    if points_back:
        refund.act_id = _give_points_back(order, refund, moment, actor_id)
        refund.save(update_fields=["act_id"])
    _add_up(order, refund, reason, moment, actor_id)
    return refund


def _give_points_back(order: Order, refund: Refund, moment: datetime, actor_id: int | None) -> int | None:
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


def _add_up(order: Order, refund: Refund, reason: str, moment: datetime, actor_id: int | None) -> None:
    order.refunded_points += refund.points
    order.refunded_cash_fen += refund.cash_fen
    changed = ["refunded_points", "refunded_cash_fen"]
    order.save(update_fields=changed)
    if (order.refunded_points, order.refunded_cash_fen) == (order.points, order.cash_fen):
        steps.take(order, OrderStatus.REFUNDED, moment=moment, actor_id=actor_id, reason=reason)
        vouchers.void(order)
