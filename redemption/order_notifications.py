"""What members are told of their orders, vouchers and bills. The post office carries it and knows none of this."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from hongmi.lib.shanghai import SHANGHAI
from merchants.models import Merchant, Store
from notifications import operations as post_office
from notifications.channels import Notification
from notifications.outbox import Message
from points.types import Purse
from redemption import calculator
from redemption.models import Offset, Order, OrderReturn, OrderStatus, OwnReason, Refund, Reward
from redemption.operations import returns
from redemption.operations.refunds import NOT_PROVIDED


def post(messages: Sequence[Message], *, moment: datetime) -> None:
    """Write and deliver the letters of these facts of the topics `orders.*`, `vouchers.*` and `offsets.*`."""
    orders = _orders(messages)
    letters = []
    for message in messages:
        if message.topic == "offsets.accepted":
            letters.append(
                _of(message, _bill(Offset.objects.select_related("merchant").get(pk=message.payload["offset"])))
            )
        elif not _is_told_otherwise(message, orders[message.payload["order"]]):
            letters.append(_of(message, _facts(message, orders[message.payload["order"]])))
    post_office.deliver(notifications=letters, moment=moment)


def covered_acts(acts: Mapping[int, int | None]) -> set[int]:
    """Those of these acts of the books, each with the act it answers, of which the letters here tell already."""
    asked = {*acts, *filter(None, acts.values())}
    orders = Order.objects.filter(Q(hold_id__in=asked) | Q(capture_id__in=acts)).values_list("hold_id", "capture_id")
    holds, captures = {hold for hold, _ in orders if hold}, {capture for _, capture in orders if capture}
    bills = set(Offset.objects.filter(act_id__in=acts).values_list("act_id", flat=True))
    # A refund of part of an order has no letter but that of the books.
    whole = Refund.objects.filter(act_id__in=acts, order__status=OrderStatus.REFUNDED, points=F("order__points"))
    own = holds | captures | bills | set(whole.values_list("act_id", flat=True))
    return {act for act, answers in acts.items() if act in own or answers in holds}


def _of(message: Message, facts: Mapping[str, Any]) -> Notification:
    return Notification(message.id, message.payload["member"], message.topic, facts)


def _orders(messages: Iterable[Message]) -> dict[int, Order]:
    asked = {message.payload["order"] for message in messages if "order" in message.payload}
    found = Order.objects.filter(pk__in=asked).select_related("reward", "merchant", "slot")
    return {order.pk: order for order in found.prefetch_related("vouchers", "refunds")}


def _is_told_otherwise(message: Message, order: Order) -> bool:
    """Whether another letter of the same moment says it better."""
    if message.topic == "orders.accepted":
        # Each voucher had its own letter.
        return bool(order.vouchers.all())
    if message.topic == "orders.confirmed":
        return bool(message.payload.get("before") == OrderStatus.ACCEPTED)
    if message.topic == "orders.refunded":
        return any(refund.reference == NOT_PROVIDED for refund in order.refunds.all())
    return False


def _facts(message: Message, order: Order) -> dict[str, Any]:
    told = message.payload
    return _named(order.reward, order.merchant) | {
        "quantity": order.quantity,
        "points": order.points,
        "is_green": order.purse == Purse.GREEN,
        "cash_yuan": _yuan(told.get("cash_fen", order.cash_fen)),
        "pay_before": _time(order.pay_before),
        "slot": _time(order.slot.starts_at) if order.slot else "",
        "vouchers": len(order.vouchers.all()),
        "valid_until": _day(min((one.expires_at for one in order.vouchers.all() if one.expires_at), default=None)),
        "is_sent": order.address_cipher is not None,
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "store": _store(told.get("store")),
        "compensation": told.get("compensation", 0),
        **_why(told.get("reason", order.status_reason)),
        **(_return(order, told["return"]) if "return" in told else {}),
    }


def _return(order: Order, return_id: int) -> dict[str, Any]:
    """What comes back, on which terms, and what it is worth."""
    back = OrderReturn.objects.get(pk=return_id)
    points_back, cash_fen = returns.worth(order, back)
    rights = order.reward.details.get("returns") or {}
    return {
        "pieces": back.quantity,
        "refusal": back.refusal,
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
    """The house's own reasons by name, because each language has its words for them; others as they were typed."""
    own = OwnReason(reason).name.lower() if reason in OwnReason.values else ""
    return {"why": own, "reason": "" if own else reason}


def _store(store_id: int | None) -> str:
    return "" if store_id is None else Store.objects.get(pk=store_id).name


def _yuan(fen: int) -> str:
    return calculator.yuan(fen) if fen else ""


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""


def _day(moment: datetime | None) -> str:
    return _time(moment)[:10]
