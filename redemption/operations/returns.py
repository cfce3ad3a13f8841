"""Returns of goods 退货: requested by the member, sent or brought back, then accepted or refused by the merchant.

Always under the lock of the order. An accepted return is refunded by `refunds`, so that returns and other refunds
together never give back more than was taken.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hongmi.lib import idempotency
from hongmi.lib.errors import ReferenceConflict
from redemption import return_rights
from redemption.errors import OrderStepRefused, ReturnNotFound, ReturnRefused, ReturnStepRefused
from redemption.models import Order, OrderReturn, OrderStatus, ReturnReason, ReturnStatus, SystemReason
from redemption.operations import keys, refunds, steps

OPEN = (ReturnStatus.REQUESTED, ReturnStatus.SENT)


@dataclass(frozen=True, slots=True)
class RequestedReturn:
    """A new return, or with `is_replay` the one that an earlier identical request made."""

    order_return: OrderReturn
    is_replay: bool


def request(
    *,
    order_id: int,
    merchant_id: int,
    reference: str,
    reason_code: str,
    moment: datetime,
    quantity: int = 1,
    reason: str = "",
    key: str | None = None,
) -> RequestedReturn:
    """Request the return of `quantity` pieces of a shipped or received order (SPEC R47, 消费者权益保护法 art. 25).

    Raises OrderNotFound, OrderStepRefused, ReferenceConflict or ReturnRefused.
    """
    body = {
        "order": order_id,
        "reference": reference,
        "reason_code": reason_code,
        "quantity": quantity,
        "reason": reason,
    }
    request_hash = idempotency.request_hash(act="order.return", body=body)
    with transaction.atomic():
        keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        known = order.returns.filter(reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != request_hash:
                raise ReferenceConflict({"reference": reference})
            return RequestedReturn(known, is_replay=True)
        _require_open(order, reason_code, quantity, reason, moment)
        order_return = OrderReturn.objects.create(
            order=order,
            reference=reference,
            request_hash=request_hash,
            quantity=quantity,
            reason_code=reason_code,
            reason=reason,
            requested_at=moment,
        )
        steps.publish("return_requested", order, **{"return": order_return.pk})
        return RequestedReturn(order_return, is_replay=False)


def send(
    *, return_id: int, merchant_id: int, carrier: str, tracking_number: str, moment: datetime, key: str | None = None
) -> OrderReturn:
    """Record that the member sent the goods back. Idempotent for the same parcel.

    Raises ReturnNotFound or ReturnStepRefused.
    """
    body = {"return": return_id, "carrier": carrier, "tracking_number": tracking_number}
    request_hash = idempotency.request_hash(act="order.return.parcel", body=body)
    with transaction.atomic():
        keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        _, order_return = _locked(return_id, merchant_id)
        parcel = order_return.carrier, order_return.tracking_number
        if order_return.status == ReturnStatus.SENT and parcel == (carrier, tracking_number):
            return order_return
        if order_return.status != ReturnStatus.REQUESTED:
            raise ReturnStepRefused({"status": order_return.status})
        return _step(order_return, ReturnStatus.SENT, sent_at=moment, carrier=carrier, tracking_number=tracking_number)


def accept(*, return_id: int, merchant_id: int, moment: datetime, actor_id: int | None = None) -> OrderReturn:
    """Accept the goods and refund their share of points and cash. Raises ReturnNotFound or ReturnStepRefused."""
    with transaction.atomic():
        order, order_return = _locked(return_id, merchant_id)
        if order_return.status == ReturnStatus.ACCEPTED:
            return order_return
        _require_unsettled(order_return)
        points_back, cash_fen = worth(order, order_return)
        refund = refunds.refund(
            order_id=order.pk,
            merchant_id=merchant_id,
            points_back=points_back,
            cash_fen=cash_fen,
            reference=f"return-{order_return.pk}",
            reason=SystemReason.RETURNED,
            moment=moment,
            actor_id=actor_id,
        )
        return _step(order_return, ReturnStatus.ACCEPTED, settled_at=moment, settled_by_id=actor_id, refund=refund)


def refuse(
    *, return_id: int, merchant_id: int, reason: str, moment: datetime, actor_id: int | None = None
) -> OrderReturn:
    """Refuse the goods with a reason that the member reads. Raises ReturnNotFound or ReturnStepRefused."""
    with transaction.atomic():
        order, order_return = _locked(return_id, merchant_id)
        _require_unsettled(order_return)
        _step(order_return, ReturnStatus.REFUSED, settled_at=moment, settled_by_id=actor_id, refusal=reason)
        steps.publish("return_refused", order, **{"return": order_return.pk})
        return order_return


def worth(order: Order, order_return: OrderReturn) -> tuple[int, int]:
    """Points and fen that the return is worth, at most what earlier refunds have left of the order."""
    earlier = order.returns.filter(status=ReturnStatus.ACCEPTED)
    before = sum(earlier.values_list("quantity", flat=True))
    pieces = {"pieces": order.quantity, "before": before, "now": order_return.quantity}
    return (
        min(return_rights.share(taken=order.points, **pieces), order.points - order.refunded_points),
        min(return_rights.share(taken=order.cash_fen, **pieces), order.cash_fen - order.refunded_cash_fen),
    )


def received_at(order: Order) -> datetime | None:
    """When the member received the order, the last time if undone in between; None while it is on its way."""
    if order.status != OrderStatus.ACCEPTED:
        return None
    last = order.steps.filter(to_status=OrderStatus.ACCEPTED).order_by("-id").values_list("taken_at", flat=True)
    return last.first()


def _require_open(order: Order, reason_code: str, quantity: int, reason: str, moment: datetime) -> None:
    if order.status not in (OrderStatus.FULFILLED, OrderStatus.ACCEPTED):
        raise OrderStepRefused({"status": order.status})
    why = return_rights.why_not(
        kind=order.reward.kind,
        details=order.reward.details,
        reason_code=reason_code,
        received_at=received_at(order),
        moment=moment,
    )
    if why is None and order.returns.filter(status__in=OPEN).exists():
        why = "return_open"
    if why is None and reason_code != ReturnReason.CHANGE_OF_MIND and not reason.strip():
        why = "reason_needed"
    returned = sum(order.returns.exclude(status=ReturnStatus.REFUSED).values_list("quantity", flat=True))
    if why is None and not 0 < quantity <= order.quantity - returned:
        why = "too_many_pieces"
    if why is not None:
        raise ReturnRefused({"why": why})


def _locked(return_id: int, merchant_id: int) -> tuple[Order, OrderReturn]:
    found = OrderReturn.objects.filter(pk=return_id, order__merchant_id=merchant_id)
    order_id = found.values_list("order_id", flat=True).first()
    if order_id is None:
        raise ReturnNotFound({"return": return_id})
    order = steps.locked(order_id=order_id, merchant_id=merchant_id)
    # Read after the lock, because a concurrent call may have settled it meanwhile.
    return order, found.get()


def _require_unsettled(order_return: OrderReturn) -> None:
    if order_return.status not in OPEN:
        raise ReturnStepRefused({"status": order_return.status})


def _step(order_return: OrderReturn, to: ReturnStatus, **changed: object) -> OrderReturn:
    order_return.status = to
    for name, value in changed.items():
        setattr(order_return, name, value)
    order_return.save(update_fields=["status", *changed])
    return order_return
