"""Redemption's tables in the export of personal data."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

from accounts.data_subjects import Table
from accounts.models import User
from hongmi.lib import field_crypto
from redemption import voucher_codes
from redemption.models import (
    Logo,
    Offer,
    Offset,
    OffsetRefund,
    Order,
    OrderReturn,
    OrderStep,
    Payment,
    Refund,
    Voucher,
)
from redemption.operations import addresses, logos, vouchers

_Row = TypeVar("_Row", bound=Model)


def own_rows(model: type[_Row], person: User) -> QuerySet[_Row]:
    """The person's rows, and those of accounts merged into theirs."""
    return model._default_manager.filter(Q(member=person) | Q(member__merged_into=person))


def tables(person: User, moment: datetime) -> list[Table]:
    return [
        _orders(person),
        _vouchers(person),
        _table(
            "order_steps",
            OrderStep.objects.filter(order__in=own_rows(Order, person)),
            {"order": "order_id", "from": "from_status", "to": "to_status", "taken_at": "taken_at", "reason": "reason"},
        ),
        _table(
            "payments",
            Payment.objects.filter(order__in=own_rows(Order, person)),
            _same("number", "provider", "provider_number", "amount_fen", "received_fen", "refunded_fen")
            | {"order": "order_id", "status": "status", "paid_at": "paid_at"},
        ),
        _table(
            "refunds",
            Refund.objects.filter(order__in=own_rows(Order, person)),
            {"order": "order_id"} | _same("points", "cash_fen", "cash_status", "reason", "created_at", "done_at"),
        ),
        _table(
            "returns",
            OrderReturn.objects.filter(order__in=own_rows(Order, person)),
            {"order": "order_id"}
            | _same("reference", "quantity", "reason_code", "reason", "status", "requested_at", "sent_at", "carrier")
            | _same("tracking_number", "settled_at", "refusal"),
        ),
        _table(
            "offsets",
            own_rows(Offset, person),
            {"merchant": "merchant__name"}
            | _same("reference", "bill_fen", "points", "offset_fen", "refunded_points", "refunded_fen", "created_at"),
        ),
        _table(
            "offset_refunds",
            OffsetRefund.objects.filter(offset__in=own_rows(Offset, person)),
            {"offset": "offset__reference"} | _same("reference", "amount_fen", "points", "money_fen", "created_at"),
        ),
        _table(
            "offers",
            own_rows(Offer, person),
            {"reward": "reward__title"} | _same("points", "cash_fen", "opens_at", "closes_at", "criterion"),
        ),
        _logos(person),
    ]


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
    orders = own_rows(Order, person).select_related("reward", "merchant", "logo", "member__wrapped_key").order_by("-id")
    return Table("orders", columns, [_row(order) for order in orders])


def _row(order: Order) -> Sequence[Any]:
    try:
        address = addresses.address_of(order)
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
    held = Voucher.objects.filter(order__in=own_rows(Order, person)).select_related("order__reward", "accepted_in")
    rows = [
        [
            *(one.order_id, one.order.reward.title, voucher_codes.grouped(vouchers.code_of(one)), one.status),
            *(one.expires_at, one.accepted_at, one.accepted_in and one.accepted_in.name),
        ]
        for one in held.order_by("id")
    ]
    return Table("vouchers", columns, rows)


def _logos(person: User) -> Table:
    """The pictures are in base 64, because the archive consists of tables."""
    columns = ["number", "merchant", "media_type", "width", "height", "uploaded_at", "picture"]
    rows = []
    for logo in own_rows(Logo, person).select_related("merchant", "member__wrapped_key").order_by("id"):
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


def _table(name: str, rows: QuerySet[Any], columns: dict[str, str]) -> Table:
    """`columns`: name of the column → lookup of its value."""
    values = rows.order_by("pk").annotate(**{f"export_{column}": F(path) for column, path in columns.items()})
    return Table(name, list(columns), list(values.values_list(*(f"export_{column}" for column in columns))))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}
