"""Redemption's part in export, erasure and retention of personal data (accounts/data_subjects.py).

Erasure removes addresses and texts. Orders, payments and refunds stay, because the ledger refers to them.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.data_subjects import TIMELINE_LENGTH, TimelineEvent, Unspent
from accounts.models import User
from merchants.models import Merchant
from redemption import voucher_codes
from redemption.models import (
    Logo,
    Offer,
    Offset,
    Order,
    OrderReturn,
    OrderStatus,
    OrderStep,
    ReturnStatus,
    SystemReason,
    Voucher,
    VoucherStatus,
    VoucherStep,
)
from redemption.personal_data_tables import own_rows, tables

__all__ = ["erase", "found_by", "needed", "tables", "timeline", "unspent", "used_up"]

# Orders that the member still waits for, or could still return.
UNDER_WAY = (OrderStatus.AWAITING_CASH, OrderStatus.CONFIRMED, OrderStatus.FULFILLED)


def found_by(typed: str) -> set[int]:
    """Member ids by an order's number or reference, a bill's reference, a payment's number, or a voucher's code."""
    # Filtered by merchant too, because the unique index begins with it.
    receipt = {"merchant__in": list(Merchant.objects.values_list("pk", flat=True)), "reference": typed}
    found = {*_members(Order.objects.filter(**receipt)), *_members(Offset.objects.filter(**receipt))}
    found |= {*_members(Order.objects.filter(payments__number=typed))}
    if typed.isascii() and typed.isdigit() and len(typed) < 19:
        found |= {*_members(Order.objects.filter(pk=int(typed)))}
    code = voucher_codes.normal(typed)
    if code is not None:
        found |= {*_members(Order.objects.filter(vouchers__code_hash=voucher_codes.digest(code)))}
    return found


def timeline(person: User) -> list[TimelineEvent]:
    """Steps of orders and vouchers, and bills paid with points, newest first."""
    steps = OrderStep.objects.filter(order__in=own_rows(Order, person)).select_related(
        "order__reward", "order__merchant"
    )
    events = [
        TimelineEvent(step.taken_at, f"{_('order')} · {step.get_to_status_display()}", _about(step.order, step.reason))
        for step in steps.order_by("-id")[:TIMELINE_LENGTH]
    ]
    voucher_steps = VoucherStep.objects.filter(voucher__order__in=own_rows(Order, person))
    events += [
        TimelineEvent(step.taken_at, f"{_('voucher')} · {step.get_to_status_display()}", _about(step.voucher.order))
        for step in voucher_steps.select_related("voucher__order__reward", "voucher__order__merchant").order_by("-id")[
            :TIMELINE_LENGTH
        ]
    ]
    bills = own_rows(Offset, person).select_related("merchant").order_by("-id")[:TIMELINE_LENGTH]
    events += [
        TimelineEvent(bill.created_at, _("off the bill"), f"{bill.points} · {bill.merchant} · {bill.reference}")
        for bill in bills
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:TIMELINE_LENGTH]


def unspent(person: User, moment: datetime) -> list[Unspent]:
    """Usable vouchers by reward and merchant."""
    counted: dict[str, int] = {}
    for voucher in (
        _usable(moment).filter(order__in=own_rows(Order, person)).select_related("order__reward", "merchant")
    ):
        name = f"{voucher.order.reward} · {voucher.merchant}"
        counted[name] = counted.get(name, 0) + 1
    return [Unspent("voucher", count, name) for name, count in counted.items()]


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    """Erase addresses, options and parcel numbers, which lead to an address; amounts and dates stay."""
    own_rows(Order, person).update(address_cipher=None, options={}, tracking_number="")
    OrderReturn.objects.filter(order__in=own_rows(Order, person)).update(reason="", carrier="", tracking_number="")
    # Logos of orders stay, and are unreadable once the person's key is destroyed.
    own_rows(Logo, person).filter(orders=None).delete()
    own_rows(Offer, person).filter(used_by_order_id=None).delete()


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    """Ids of those with a recent order or bill, an order or return under way, or a usable voucher."""
    orders = Order.objects.filter(member_id__in=person_ids)
    is_returned = Q(returns__status__in=(ReturnStatus.REQUESTED, ReturnStatus.SENT)) | Q(returns__settled_at__gte=since)
    active = orders.filter(Q(placed_at__gte=since) | Q(status_at__gte=since) | Q(status__in=UNDER_WAY) | is_returned)
    bills = Offset.objects.filter(member_id__in=person_ids, created_at__gte=since)
    holders = _usable(since).filter(order__member_id__in=person_ids)
    return {*_members(active), *_members(bills), *holders.values_list("order__member_id", flat=True)}


def _usable(moment: datetime) -> QuerySet[Voucher]:
    good = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
    return Voucher.objects.filter(good, status=VoucherStatus.ISSUED).order_by("id")


def _members(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("member_id", flat=True))


def _about(order: Order, reason: str = "") -> str:
    text = f"{order.reward} · {order.merchant} · {order.reference}"
    label = SystemReason(reason).label if reason in SystemReason.values else reason
    return f"{text} · {label}" if label else text
