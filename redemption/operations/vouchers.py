"""Vouchers 券: issued with the order, asked about first, accepted once 核销; a manager undoes it within 15 minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import segno
from django.db import transaction

from hongmi.lib import field_crypto, idempotency
from merchants.errors import UnknownStore
from merchants.models import Staff, StaffRole, Store
from notifications import outbox
from redemption import calculator, return_rights, voucher_codes
from redemption.errors import BillTooSmall, UndoRefused, VoucherNotAcceptable, VoucherNotFound
from redemption.models import Coupon, Order, OrderStatus, Voucher, VoucherStatus, VoucherStep
from redemption.operations import keys, steps

UNDO_WITHIN = timedelta(minutes=15)
MANAGERS = (StaffRole.OWNER, StaffRole.MANAGER)
_CONTEXT = b"voucher code:"


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a voucher is shown, and to whom: a till's credential or a person of the shop's staff."""

    merchant_id: int
    credential_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A voucher at a counter. `refused` says why it would not be accepted now; `to_pay_fen` what the coupon leaves."""

    voucher: Voucher
    coupon: Coupon | None
    refused: str | None
    to_pay_fen: int | None
    is_replay: bool = False


def issue(order: Order, *, moment: datetime) -> list[Voucher]:
    """A voucher for each piece of a confirmed order that is handed over in person: things go to an address if it has
    one; without it they are picked up, and so is whatever is no thing."""
    reward = order.reward
    if reward.kind in return_rights.THINGS and order.address_cipher is not None:
        return []
    drawn = [_drawn(order, moment) for _ in range(order.quantity)]
    vouchers = Voucher.objects.bulk_create(drawn)
    terms = _coupon_terms(reward.details)
    if terms is not None:
        Coupon.objects.bulk_create(Coupon(voucher=voucher, **terms) for voucher in vouchers)
    return vouchers


def void(order: Order) -> None:
    """Nothing can be had any more for those of a locked order that were not accepted."""
    order.vouchers.filter(status=VoucherStatus.ISSUED).update(status=VoucherStatus.VOID)


def code_of(voucher: Voucher) -> str:
    """The code, for its holder's eyes."""
    return field_crypto.ring().open(bytes(voucher.code_cipher), context=_CONTEXT + bytes(voucher.code_hash)).decode()


def qr_svg(voucher: Voucher) -> str:
    """The code as a QR code, an SVG element without colours of its own."""
    drawn: str = segno.make_qr(code_of(voucher), error="m", boost_error=False).svg_inline(
        scale=6, border=2, svgclass="qr"
    )
    return drawn


def query(*, counter: Counter, code: str, moment: datetime, bill_fen: int | None = None) -> Shown:
    """What a voucher is good for, before anything is accepted. Raises VoucherNotFound."""
    voucher = _found(counter, code)
    coupon = Coupon.objects.filter(voucher=voucher).first()
    return Shown(voucher, coupon, _why_not(voucher, None, moment), _to_pay(coupon, bill_fen))


def accept(
    *, counter: Counter, code: str, store_id: int, key: str | None, moment: datetime, bill_fen: int | None = None
) -> Shown:
    """Hand over what the voucher is for, once. The order is accepted with its last voucher.

    Raises VoucherNotFound, VoucherNotAcceptable, UnknownStore, BillTooSmall or KeyReused.
    """
    voucher = _found(counter, code)
    asked = idempotency.request_hash(
        act="voucher.accept", body={"voucher": voucher.pk, "store": store_id, "bill": bill_fen}
    )
    with transaction.atomic():
        if keys.remember(merchant_id=counter.merchant_id, key=key, request_hash=asked):
            return _shown(voucher, bill_fen, is_replay=True)
        order = steps.locked(order_id=voucher.order_id)
        voucher.refresh_from_db()
        store = Store.objects.filter(pk=store_id, merchant_id=counter.merchant_id).first()
        if store is None:
            raise UnknownStore({"store": str(store_id)})
        why = _why_not(voucher, store, moment)
        if why is not None:
            raise VoucherNotAcceptable({"why": why})
        shown = _shown(voucher, bill_fen)
        if shown.coupon is not None and shown.coupon.minimum_fen and shown.to_pay_fen is None:
            raise BillTooSmall({"minimum_fen": shown.coupon.minimum_fen})
        _accept(voucher, counter, store, moment)
        _tell("vouchers.accepted", voucher, order, store.pk)
        if not order.vouchers.exclude(status=VoucherStatus.ACCEPTED).exists():
            steps.take(order, OrderStatus.ACCEPTED, moment=moment, actor_id=counter.staff_id)
        return shown


def undo_acceptance(*, voucher_id: int, merchant_id: int, manager_id: int, reason: str, moment: datetime) -> Voucher:
    """Take a mistaken acceptance back, within 15 minutes, by a manager of the shop. Raises UndoRefused."""
    staff = Staff.objects.filter(merchant_id=merchant_id, user_id=manager_id, is_active=True)
    if not staff.filter(role__in=MANAGERS).exists():
        raise UndoRefused({"why": "not_a_manager"})
    found = Voucher.objects.filter(pk=voucher_id, merchant_id=merchant_id).values_list("order_id", flat=True).first()
    if found is None:
        raise VoucherNotFound
    with transaction.atomic():
        order = steps.locked(order_id=found)
        voucher = Voucher.objects.get(pk=voucher_id)
        if voucher.accepted_at is None:
            raise UndoRefused({"why": "not_accepted"})
        if order.status == OrderStatus.REFUNDED:
            # Else a voucher would be good again for what has been given back.
            raise UndoRefused({"why": "refunded"})
        if moment - voucher.accepted_at > UNDO_WITHIN:
            raise UndoRefused({"why": "too_late"})
        store_id = voucher.accepted_in_id
        voucher.status = VoucherStatus.ISSUED
        voucher.accepted_at = voucher.accepted_by_id = voucher.accepted_by_credential_id = voucher.accepted_in_id = None
        voucher.save()
        _note(voucher, moment, actor_id=manager_id, store_id=store_id, reason=reason)
        _tell("vouchers.good_again", voucher, order, store_id)
        if order.status == OrderStatus.ACCEPTED:
            steps.take(order, OrderStatus.CONFIRMED, moment=moment, actor_id=manager_id, reason=reason)
        return voucher


def _found(counter: Counter, code: str) -> Voucher:
    meant = voucher_codes.normal(code)
    voucher = (
        Voucher.objects.filter(code_hash=voucher_codes.digest(meant), merchant_id=counter.merchant_id)
        .select_related("order__reward", "order__slot")
        .first()
        if meant
        else None
    )
    if voucher is None:
        raise VoucherNotFound
    return voucher


def _why_not(voucher: Voucher, store: Store | None, moment: datetime) -> str | None:
    """accepted, void, expired, order_not_open or wrong_store; None: it may be accepted."""
    if voucher.status != VoucherStatus.ISSUED:
        return str(voucher.status)
    if voucher.expires_at is not None and voucher.expires_at <= moment:
        return "expired"
    if voucher.order.status not in (OrderStatus.CONFIRMED, OrderStatus.FULFILLED):
        return "order_not_open"
    slot, reward = voucher.order.slot, voucher.order.reward
    if store is None:
        return None
    is_elsewhere = slot is not None and slot.store_id not in (None, store.pk)
    if is_elsewhere or (reward.stores.exists() and not reward.stores.filter(pk=store.pk).exists()):
        return "wrong_store"
    return None


def _accept(voucher: Voucher, counter: Counter, store: Store, moment: datetime) -> None:
    voucher.status, voucher.accepted_at, voucher.accepted_in = VoucherStatus.ACCEPTED, moment, store
    voucher.accepted_by_id, voucher.accepted_by_credential_id = counter.staff_id, counter.credential_id
    voucher.save()
    _note(voucher, moment, actor_id=counter.staff_id, credential_id=counter.credential_id, store_id=store.pk)


def _note(voucher: Voucher, moment: datetime, **by: Any) -> None:
    VoucherStep.objects.create(voucher=voucher, to_status=voucher.status, taken_at=moment, **by)


def _tell(topic: str, voucher: Voucher, order: Order, store_id: int | None) -> None:
    whose = {"member": order.member_id, "merchant": order.merchant_id, "reward": order.reward_id, "order": order.pk}
    outbox.publish(topic=topic, payload=whose | {"voucher": voucher.pk, "store": store_id})


def _shown(voucher: Voucher, bill_fen: int | None, *, is_replay: bool = False) -> Shown:
    coupon = Coupon.objects.filter(voucher=voucher).first()
    return Shown(voucher, coupon, None, _to_pay(coupon, bill_fen), is_replay)


def _to_pay(coupon: Coupon | None, bill_fen: int | None) -> int | None:
    """What the coupon leaves of the bill; None without a bill, or when the bill is too small for it."""
    if coupon is None or bill_fen is None:
        return None
    kind = calculator.CouponKind.PERCENT if coupon.off_percent else calculator.CouponKind.FIXED
    terms = calculator.CouponTerms(kind, coupon.off_fen or 0, coupon.off_percent or 0, coupon.minimum_fen)
    return calculator.to_pay_fen(bill_fen=bill_fen, coupon=terms)


def _drawn(order: Order, moment: datetime) -> Voucher:
    code = voucher_codes.draw_code()
    code_hash = voucher_codes.digest(code)
    return Voucher(
        order=order,
        merchant_id=order.merchant_id,
        code_hash=code_hash,
        code_cipher=field_crypto.ring().seal(code.encode(), context=_CONTEXT + code_hash),
        expires_at=_expires_at(order, moment),
    )


def _expires_at(order: Order, moment: datetime) -> datetime | None:
    """With the slot's day, or after the days that were told; never, where none were."""
    if order.slot is not None:
        return order.slot.ends_at
    days = order.reward.details.get("valid_days")
    return moment + timedelta(days=days) if days else None


def _coupon_terms(details: dict[str, Any]) -> dict[str, Any] | None:
    """A coupon's terms, or those of a discount on a service (SPEC R26, R32)."""
    told = details.get("coupon") or ({"off_percent": details["off_percent"]} if details.get("off_percent") else None)
    if told is None:
        return None
    return {name: told[name] for name in ("off_fen", "off_percent", "minimum_fen") if told.get(name) is not None}
