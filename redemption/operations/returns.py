"""Goods that go back 退货: the member asks, sends them or brings them, the shop takes them back or says why not.

Always under the lock of their order. What is taken back is refunded by `refunds`, so that returns and other refunds
together never give back more than was taken.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hongmi.lib import idempotency
from hongmi.lib.errors import ReferenceConflict
from redemption import return_rights
from redemption.errors import OrderStepRefused, ReturnNotFound, ReturnRefused, ReturnStepRefused
from redemption.models import Order, OrderReturn, OrderStatus, OwnReason, ReturnGround, ReturnStatus
from redemption.operations import keys, refunds, steps

OPEN = (ReturnStatus.ASKED, ReturnStatus.SENT)


@dataclass(frozen=True, slots=True)
class RequestedReturn:
    """The return, or the one that the same request had asked for before."""

    back: OrderReturn
    is_replay: bool


def request(
    *,
    order_id: int,
    merchant_id: int,
    reference: str,
    ground: str,
    moment: datetime,
    quantity: int = 1,
    reason: str = "",
    key: str | None = None,
) -> RequestedReturn:
    """Ask to give `quantity` pieces of an order back, on the way or received (SPEC R47, 消费者权益保护法 art. 25).

    Raises OrderNotFound, OrderStepRefused, ReferenceConflict or ReturnRefused.
    """
    said = {"order": order_id, "reference": reference, "ground": ground, "quantity": quantity, "reason": reason}
    asked = idempotency.request_hash(act="order.return", body=said)
    with transaction.atomic():
        keys.remember(merchant_id=merchant_id, key=key, request_hash=asked)
        order = steps.locked(order_id=order_id, merchant_id=merchant_id)
        known = order.returns.filter(reference=reference).first()
        if known is not None:
            if bytes(known.request_hash) != asked:
                raise ReferenceConflict({"reference": reference})
            return RequestedReturn(known, is_replay=True)
        _require_open(order, ground, quantity, reason, moment)
        back = OrderReturn.objects.create(
            order=order,
            reference=reference,
            request_hash=asked,
            quantity=quantity,
            ground=ground,
            reason=reason,
            asked_at=moment,
        )
        steps.tell("return_asked", order, **{"return": back.pk})
        return RequestedReturn(back, is_replay=False)


def send(
    *, return_id: int, merchant_id: int, carrier: str, tracking_number: str, moment: datetime, key: str | None = None
) -> OrderReturn:
    """The parcel with the goods is on its way to the shop. The same parcel twice is once.

    Raises ReturnNotFound or ReturnStepRefused.
    """
    said = {"return": return_id, "carrier": carrier, "tracking_number": tracking_number}
    asked = idempotency.request_hash(act="order.return.parcel", body=said)
    with transaction.atomic():
        keys.remember(merchant_id=merchant_id, key=key, request_hash=asked)
        _, back = _locked(return_id, merchant_id)
        if back.status == ReturnStatus.SENT and (back.carrier, back.tracking_number) == (carrier, tracking_number):
            return back
        if back.status != ReturnStatus.ASKED:
            raise ReturnStepRefused({"status": back.status})
        return _step(back, ReturnStatus.SENT, sent_at=moment, carrier=carrier, tracking_number=tracking_number)


def accept(*, return_id: int, merchant_id: int, moment: datetime, actor_id: int | None = None) -> OrderReturn:
    """The shop has the goods: their share of points and cash goes back. Raises ReturnNotFound or ReturnStepRefused."""
    with transaction.atomic():
        order, back = _locked(return_id, merchant_id)
        if back.status == ReturnStatus.ACCEPTED:
            return back
        _require_unsettled(back)
        points_back, cash_fen = worth(order, back)
        refund = refunds.refund(
            order_id=order.pk,
            merchant_id=merchant_id,
            points_back=points_back,
            cash_fen=cash_fen,
            reference=f"return-{back.pk}",
            reason=OwnReason.RETURNED,
            moment=moment,
            actor_id=actor_id,
        )
        return _step(back, ReturnStatus.ACCEPTED, settled_at=moment, settled_by_id=actor_id, refund=refund)


def refuse(
    *, return_id: int, merchant_id: int, reason: str, moment: datetime, actor_id: int | None = None
) -> OrderReturn:
    """The shop does not take the goods back, and the member is told why. Raises ReturnNotFound or ReturnStepRefused."""
    with transaction.atomic():
        order, back = _locked(return_id, merchant_id)
        _require_unsettled(back)
        _step(back, ReturnStatus.REFUSED, settled_at=moment, settled_by_id=actor_id, refusal=reason)
        steps.tell("return_refused", order, **{"return": back.pk})
        return back


def worth(order: Order, back: OrderReturn) -> tuple[int, int]:
    """Points and fen that come back for it, at most what refunds have left of the order."""
    earlier = order.returns.filter(status=ReturnStatus.ACCEPTED)
    before = sum(earlier.values_list("quantity", flat=True))
    pieces = {"pieces": order.quantity, "before": before, "now": back.quantity}
    return (
        min(return_rights.share(taken=order.points, **pieces), order.points - order.refunded_points),
        min(return_rights.share(taken=order.cash_fen, **pieces), order.cash_fen - order.refunded_cash_fen),
    )


def received_at(order: Order) -> datetime | None:
    """When the member last had it in hand; None while it is on its way."""
    if order.status != OrderStatus.ACCEPTED:
        return None
    last = order.steps.filter(to_status=OrderStatus.ACCEPTED).order_by("-id").values_list("taken_at", flat=True)
    return last.first()


def _require_open(order: Order, ground: str, quantity: int, reason: str, moment: datetime) -> None:
    if order.status not in (OrderStatus.FULFILLED, OrderStatus.ACCEPTED):
        raise OrderStepRefused({"status": order.status})
    why = return_rights.why_not(
        kind=order.reward.kind,
        details=order.reward.details,
        ground=ground,
        received_at=received_at(order),
        moment=moment,
    )
    if why is None and order.returns.filter(status__in=OPEN).exists():
        why = "return_open"
    if why is None and ground != ReturnGround.CHANGE_OF_MIND and not reason.strip():
        why = "reason_needed"
    back = sum(order.returns.exclude(status=ReturnStatus.REFUSED).values_list("quantity", flat=True))
    if why is None and not 0 < quantity <= order.quantity - back:
        why = "too_many_pieces"
    if why is not None:
        raise ReturnRefused({"why": why})


def _locked(return_id: int, merchant_id: int) -> tuple[Order, OrderReturn]:
    found = OrderReturn.objects.filter(pk=return_id, order__merchant_id=merchant_id)
    order_id = found.values_list("order_id", flat=True).first()
    if order_id is None:
        raise ReturnNotFound({"return": return_id})
    order = steps.locked(order_id=order_id, merchant_id=merchant_id)
    # Read after the lock, because somebody else may have settled it while we waited.
    return order, found.get()


def _require_unsettled(back: OrderReturn) -> None:
    if back.status not in OPEN:
        raise ReturnStepRefused({"status": back.status})


def _step(back: OrderReturn, to: ReturnStatus, **changed: object) -> OrderReturn:
    back.status = to
    for name, value in changed.items():
        setattr(back, name, value)
    back.save(update_fields=["status", *changed])
    return back
