"""Notifications of orders, vouchers and bills to members."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from hongmi.lib.shanghai import SHANGHAI
from merchants.models import Merchant, Store
from notifications import operations as notifications
from notifications.channels import Notification
from notifications.outbox import Message
from points.types import Purse
from redemption import calculator
from redemption.models import Offset, Order, OrderReturn, OrderStatus, Refund, Reward, SystemReason
from redemption.operations import returns
from redemption.operations.refunds import NOT_PROVIDED


def deliver(messages: Sequence[Message], *, moment: datetime) -> None:
    """Deliver the notifications of messages of the topics `orders.*`, `vouchers.*` and `offsets.*`."""
    orders = _orders(messages)
    written = []
    for message in messages:
        if message.topic == "offsets.accepted":
            offset = Offset.objects.select_related("merchant").get(pk=message.payload["offset"])
            written.append(_notification(message, _bill(offset)))
        elif not _is_redundant(message, orders[message.payload["order"]]):
            written.append(_notification(message, _facts(message, orders[message.payload["order"]])))
    notifications.deliver(notifications=written, moment=moment)


def covered_acts(acts: Mapping[int, int | None]) -> set[int]:
    """The ledger acts that notifications of this module cover. `acts`: act id → id of the act it answers."""
    related = {*acts, *filter(None, acts.values())}
    orders = Order.objects.filter(Q(hold_id__in=related) | Q(capture_id__in=acts)).values_list("hold_id", "capture_id")
    holds, captures = {hold for hold, _ in orders if hold}, {capture for _, capture in orders if capture}
    bills = set(Offset.objects.filter(act_id__in=acts).values_list("act_id", flat=True))
    # A partial refund is covered by the ledger's own notification.
    whole = Refund.objects.filter(act_id__in=acts, order__status=OrderStatus.REFUNDED, points=F("order__points"))
    own = holds | captures | bills | set(whole.values_list("act_id", flat=True))
    return {act for act, answers in acts.items() if act in own or answers in holds}


def _notification(message: Message, facts: Mapping[str, Any]) -> Notification:
    return Notification(message.id, message.payload["member"], message.topic, facts)


def _orders(messages: Iterable[Message]) -> dict[int, Order]:
    order_ids = {message.payload["order"] for message in messages if "order" in message.payload}
    found = Order.objects.filter(pk__in=order_ids).select_related("reward", "merchant", "slot")
    return {order.pk: order for order in found.prefetch_related("vouchers", "refunds")}


def _is_redundant(message: Message, order: Order) -> bool:
    """Whether another notification of the same moment covers this message."""
    if message.topic == "orders.accepted":
        # Each voucher has its own notification.
        return bool(order.vouchers.all())
    if message.topic == "orders.confirmed":
        return bool(message.payload.get("before") == OrderStatus.ACCEPTED)
    if message.topic == "orders.refunded":
        return any(refund.reference == NOT_PROVIDED for refund in order.refunds.all())
    return False


def _facts(message: Message, order: Order) -> dict[str, Any]:
    payload = message.payload
    return _named(order.reward, order.merchant) | {
        "quantity": order.quantity,
        "points": order.points,
        "is_green": order.purse == Purse.GREEN,
        "cash_yuan": _yuan(payload.get("cash_fen", order.cash_fen)),
        "pay_before": _time(order.pay_before),
        "slot": _time(order.slot.starts_at) if order.slot else "",
        "vouchers": len(order.vouchers.all()),
        "valid_until": _day(min((one.expires_at for one in order.vouchers.all() if one.expires_at), default=None)),
        "is_sent": order.address_cipher is not None,
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "store": _store(payload.get("store")),
        "compensation": payload.get("compensation", 0),
        **_why(payload.get("reason", order.status_reason)),
        **(_return(order, payload["return"]) if "return" in payload else {}),
    }


def _return(order: Order, return_id: int) -> dict[str, Any]:
    """The pieces of a return, its terms and its worth."""
    order_return = OrderReturn.objects.get(pk=return_id)
    points_back, cash_fen = returns.worth(order, order_return)
    rights = order.reward.details.get("returns") or {}
    return {
        "pieces": order_return.quantity,
        "refusal": order_return.refusal,
        "return_terms": rights.get("terms", ""),
        "worth_points": points_back,
        "worth_yuan": _yuan(cash_fen),
    }


def _bill(offset: Offset) -> dict[str, Any]:
    return {
        "merchant": _both(offset.merchant),
        "points": offset.points,
        "offset_yuan": calculator.yuan(offset.offset_fen),
        "bill_yuan": calculator.yuan(offset.bill_fen),
        "to_pay_yuan": calculator.yuan(offset.bill_fen - offset.offset_fen),
    }


def _named(reward: Reward, merchant: Merchant) -> dict[str, Any]:
    return {
        "reward": {"zh-hans": reward.title, "en": reward.title_en or reward.title},
        "merchant": _both(merchant),
    }


def _both(merchant: Merchant) -> dict[str, str]:
    return {"zh-hans": merchant.name, "en": merchant.name_en or merchant.name}


def _why(reason: str) -> dict[str, str]:
    """A reason of the system by name, because templates translate it; others as typed."""
    own = SystemReason(reason).name.lower() if reason in SystemReason.values else ""
    return {"why": own, "reason": "" if own else reason}


def _store(store_id: int | None) -> str:
    return "" if store_id is None else Store.objects.get(pk=store_id).name


def _yuan(fen: int) -> str:
    return calculator.yuan(fen) if fen else ""


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""


def _day(moment: datetime | None) -> str:
    return _time(moment)[:10]
