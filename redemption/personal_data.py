"""Redemption's part in export, erasure and retention of personal data (accounts/data_subjects.py).

Who asked for a parcel to which door is forgotten with the person; what was ordered, paid and given back is the books'.
"""

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.data_subjects import TIMELINE_LENGTH, Table, TimelineEvent, Unspent
from accounts.models import User
from hongmi.lib import field_crypto
from merchants.models import Merchant
from redemption import voucher_codes
from redemption.models import (
    Logo,
    Offer,
    Offset,
    OffsetRefund,
    Order,
    OrderReturn,
    OrderStatus,
    OrderStep,
    OwnReason,
    Payment,
    Refund,
    ReturnStatus,
    Voucher,
    VoucherStatus,
    VoucherStep,
)
from redemption.operations import logos, orders, vouchers

_Row = TypeVar("_Row", bound=Model)
# What somebody still waits for, or could still give back.
UNDER_WAY = (OrderStatus.AWAITING_CASH, OrderStatus.CONFIRMED, OrderStatus.FULFILLED)


def tables(person: User, moment: datetime) -> list[Table]:
    return [
        _orders(person),
        _vouchers(person),
        _sheet(
            "order_steps",
            OrderStep.objects.filter(order__in=_whose(Order, person)),
            {"order": "order_id", "from": "from_status", "to": "to_status", "taken_at": "taken_at", "reason": "reason"},
        ),
        _sheet(
            "payments",
            Payment.objects.filter(order__in=_whose(Order, person)),
            _same("number", "provider", "provider_number", "amount_fen", "received_fen", "refunded_fen")
            | {"order": "order_id", "status": "status", "paid_at": "paid_at"},
        ),
        _sheet(
            "refunds",
            Refund.objects.filter(order__in=_whose(Order, person)),
            {"order": "order_id"} | _same("points", "cash_fen", "cash_status", "reason", "created_at", "done_at"),
        ),
        _sheet(
            "returns",
            OrderReturn.objects.filter(order__in=_whose(Order, person)),
            {"order": "order_id"}
            | _same("reference", "quantity", "ground", "reason", "status", "asked_at", "sent_at", "carrier")
            | _same("tracking_number", "settled_at", "refusal"),
        ),
        _sheet(
            "offsets",
            _whose(Offset, person),
            {"merchant": "merchant__name"}
            | _same("reference", "bill_fen", "points", "offset_fen", "refunded_points", "refunded_fen", "created_at"),
        ),
        _sheet(
            "offset_refunds",
            OffsetRefund.objects.filter(offset__in=_whose(Offset, person)),
            {"offset": "offset__reference"} | _same("reference", "amount_fen", "points", "money_fen", "created_at"),
        ),
        _sheet(
            "offers",
            _whose(Offer, person),
            {"reward": "reward__title"} | _same("points", "cash_fen", "opens_at", "closes_at", "criterion"),
        ),
        _logos(person),
    ]


def found_by(typed: str) -> set[int]:
    """By the number or reference of an order, the reference of a bill, the number of a payment, a voucher's code."""
    # Merchants are named, because only with them the unique index leads to the reference.
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
    """Steps of orders and vouchers, and bills that points paid part of."""
    steps = OrderStep.objects.filter(order__in=_whose(Order, person)).select_related("order__reward", "order__merchant")
    told = [
        TimelineEvent(step.taken_at, f"{_('order')} · {step.get_to_status_display()}", _about(step.order, step.reason))
        for step in steps.order_by("-id")[:TIMELINE_LENGTH]
    ]
    shown = VoucherStep.objects.filter(voucher__order__in=_whose(Order, person))
    told += [
        TimelineEvent(step.taken_at, f"{_('voucher')} · {step.get_to_status_display()}", _about(step.voucher.order))
        for step in shown.select_related("voucher__order__reward", "voucher__order__merchant").order_by("-id")[
            :TIMELINE_LENGTH
        ]
    ]
    bills = _whose(Offset, person).select_related("merchant").order_by("-id")[:TIMELINE_LENGTH]
    told += [
        TimelineEvent(bill.created_at, _("off the bill"), f"{bill.points} · {bill.merchant} · {bill.reference}")
        for bill in bills
    ]
    return sorted(told, key=lambda happening: happening.at, reverse=True)[:TIMELINE_LENGTH]


def unspent(person: User, moment: datetime) -> list[Unspent]:
    """Vouchers that can still be shown, by what they are for."""
    counted: dict[str, int] = {}
    for voucher in _usable(moment).filter(order__in=_whose(Order, person)).select_related("order__reward", "merchant"):
        name = f"{voucher.order.reward} · {voucher.merchant}"
        counted[name] = counted.get(name, 0) + 1
    return [Unspent("voucher", count, name) for name, count in counted.items()]


def used_up(person: User) -> list[str]:
    return []


def erase(person: User, moment: datetime) -> None:
    """Addresses, names and wishes go, and the parcels' numbers, which lead to a door; amounts and dates stay."""
    _whose(Order, person).update(address_cipher=None, options={}, tracking_number="")
    # What was said of the goods, and the parcel that came from a door; that they came back stays.
    OrderReturn.objects.filter(order__in=_whose(Order, person)).update(reason="", carrier="", tracking_number="")
    # Those that pieces bear stay with their orders, and open no more once the person's key is destroyed.
    _whose(Logo, person).filter(orders=None).delete()
    _whose(Offer, person).filter(used_by_order_id=None).delete()


def needed(person_ids: Collection[int], since: datetime) -> set[int]:
    """Who ordered or had a bill paid since, waits for something, or holds a voucher that is still good."""
    orders = Order.objects.filter(member_id__in=person_ids)
    comes_back = Q(returns__status__in=(ReturnStatus.ASKED, ReturnStatus.SENT)) | Q(returns__settled_at__gte=since)
    active = orders.filter(Q(placed_at__gte=since) | Q(status_at__gte=since) | Q(status__in=UNDER_WAY) | comes_back)
    bills = Offset.objects.filter(member_id__in=person_ids, created_at__gte=since)
    holders = _usable(since).filter(order__member_id__in=person_ids)
    return {*_members(active), *_members(bills), *holders.values_list("order__member_id", flat=True)}


def _whose(model: type[_Row], person: User) -> QuerySet[_Row]:
    """The person's own rows, and those of accounts that were merged into theirs."""
    return model._default_manager.filter(Q(member=person) | Q(member__merged_into=person))


def _usable(moment: datetime) -> QuerySet[Voucher]:
    good = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
    return Voucher.objects.filter(good, status=VoucherStatus.ISSUED).order_by("id")


def _orders(person: User) -> Table:
    columns = [
        *(
            "id",
            "reference",
            "merchant",
            "reward",
            "quantity",
            "purse",
            "points",
            "cash_fen",
            "status",
            "placed_at",
            "options",
        ),
        *("address", "carrier", "tracking_number", "refunded_points", "refunded_cash_fen", "logo"),
    ]
    orders = _whose(Order, person).select_related("reward", "merchant", "logo", "member__wrapped_key").order_by("-id")
    return Table("orders", columns, [_row(order) for order in orders])


def _row(order: Order) -> Sequence[Any]:
    try:
        address = orders.address_of(order)
    except field_crypto.CannotOpen:
        address = None
    return [
        *(order.pk, order.reference, order.merchant.name, order.reward.title, order.quantity),
        *(
            order.get_purse_display(),
            order.points,
            order.cash_fen,
            order.status,
            order.placed_at,
            order.options,
            address,
            order.carrier,
            order.tracking_number,
        ),
        *(order.refunded_points, order.refunded_cash_fen, order.logo and str(order.logo.public_id)),
    ]


def _vouchers(person: User) -> Table:
    columns = ["order", "reward", "code", "status", "expires_at", "accepted_at", "accepted_in"]
    held = Voucher.objects.filter(order__in=_whose(Order, person)).select_related("order__reward", "accepted_in")
    rows = [
        [
            *(one.order_id, one.order.reward.title, voucher_codes.grouped(vouchers.code_of(one)), one.status),
            *(one.expires_at, one.accepted_at, one.accepted_in and one.accepted_in.name),
        ]
        for one in held.order_by("id")
    ]
    return Table("vouchers", columns, rows)


def _logos(person: User) -> Table:
    """With the pictures themselves, in base 64, because a table is what an archive is made of."""
    columns = ["number", "merchant", "media_type", "width", "height", "uploaded_at", "picture"]
    rows = []
    for logo in _whose(Logo, person).select_related("merchant", "member__wrapped_key").order_by("id"):
        picture = base64.b64encode(logos.image_of(logo)).decode()
        rows.append(
            [
                str(logo.public_id),
                logo.merchant.name,
                logo.media_type,
                logo.width,
                logo.height,
                logo.uploaded_at,
                picture,
            ]
        )
    return Table("logos", columns, rows)


def _sheet(name: str, rows: QuerySet[Any], columns: dict[str, str]) -> Table:
    """`columns`: what each is called → where it comes from."""
    told = rows.order_by("pk").annotate(**{f"told_{called}": F(path) for called, path in columns.items()})
    return Table(name, list(columns), list(told.values_list(*(f"told_{called}" for called in columns))))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _members(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("member_id", flat=True))


def _about(order: Order, reason: str = "") -> str:
    told = f"{order.reward} · {order.merchant} · {order.reference}"
    said = OwnReason(reason).label if reason in OwnReason.values else reason
    return f"{told} · {said}" if said else told
