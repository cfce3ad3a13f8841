"""Vouchers 券: issued with the order, queried, accepted once 核销; a manager may undo it within 15 minutes."""

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

RESEAL_BATCH = 500
UNDO_WITHIN = timedelta(minutes=15)
MANAGERS = (StaffRole.OWNER, StaffRole.MANAGER)
_CONTEXT = b"voucher code:"


@dataclass(frozen=True, slots=True)
class Counter:
    """The merchant that a voucher is presented to, by a partner credential or a member of staff."""

    merchant_id: int
    credential_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class PresentedVoucher:
    """A voucher at a counter: `refused` is why it cannot be accepted, `to_pay_fen` the bill less the coupon."""

    voucher: Voucher
    coupon: Coupon | None
    refused: str | None
    to_pay_fen: int | None
    is_replay: bool = False


def issue(order: Order, *, moment: datetime) -> list[Voucher]:
    """Issue a voucher for each piece of a confirmed order, except for goods that are sent to an address."""
    reward = order.reward
    if reward.kind in return_rights.THINGS and order.address_cipher is not None:
        return []
    vouchers = Voucher.objects.bulk_create(_new(order, moment) for _ in range(order.quantity))
    terms = _coupon_terms(reward.details)
    if terms is not None:
        Coupon.objects.bulk_create(Coupon(voucher=voucher, **terms) for voucher in vouchers)
    return vouchers


def void(order: Order) -> None:
    """Void the vouchers of a locked order that were not accepted."""
    order.vouchers.filter(status=VoucherStatus.ISSUED).update(status=VoucherStatus.VOID)


def code_of(voucher: Voucher) -> str:
    """The decrypted code, only for its holder."""
    return field_crypto.ring().open(bytes(voucher.code_cipher), context=_CONTEXT + bytes(voucher.code_hash)).decode()


def reseal_codes() -> int:
    """Seal codes again that an older key of the ring sealed; returns how many. Raises CannotOpen if the ring lacks it.

    In batches, each of them committed, so that it can be repeated at any time while the system runs.
    """
    ring, changed, last_id = field_crypto.ring(), 0, 0
    while True:
        with transaction.atomic():
            batch = list(Voucher.objects.select_for_update().filter(pk__gt=last_id).order_by("pk")[:RESEAL_BATCH])
            old = [voucher for voucher in batch if not ring.is_sealed_by_newest(bytes(voucher.code_cipher))]
            for voucher in old:
                context = _CONTEXT + bytes(voucher.code_hash)
                voucher.code_cipher = ring.seal(ring.open(bytes(voucher.code_cipher), context=context), context=context)
            Voucher.objects.bulk_update(old, ["code_cipher"])
        if not batch:
            return changed
        last_id, changed = batch[-1].pk, changed + len(old)


def qr_svg(voucher: Voucher) -> str:
    """The code as a QR code, an SVG element without colours of its own."""
    svg: str = segno.make_qr(code_of(voucher), error="m", boost_error=False).svg_inline(
        scale=6, border=2, svgclass="qr"
    )
    return svg


def query(*, counter: Counter, code: str, moment: datetime, bill_fen: int | None = None) -> PresentedVoucher:
    """Read a voucher without accepting it. Raises VoucherNotFound."""
    voucher = _voucher(counter, code)
    coupon = Coupon.objects.filter(voucher=voucher).first()
    return PresentedVoucher(voucher, coupon, _refusal(voucher, None, moment), _to_pay(coupon, bill_fen))


def accept(
    *, counter: Counter, code: str, store_id: int, key: str | None, moment: datetime, bill_fen: int | None = None
) -> PresentedVoucher:
    """Accept a voucher once. The order becomes accepted with its last voucher.

    Raises VoucherNotFound, VoucherNotAcceptable, UnknownStore, BillTooSmall or KeyReused.
    """
    voucher = _voucher(counter, code)
    request_hash = idempotency.request_hash(
        act="voucher.accept", body={"voucher": voucher.pk, "store": store_id, "bill": bill_fen}
    )
    with transaction.atomic():
        if keys.remember(merchant_id=counter.merchant_id, key=key, request_hash=request_hash):
            return _presented(voucher, bill_fen, is_replay=True)
        order = steps.locked(order_id=voucher.order_id)
        voucher.refresh_from_db()
        store = Store.objects.filter(pk=store_id, merchant_id=counter.merchant_id).first()
        if store is None:
            raise UnknownStore({"store": str(store_id)})
        why = _refusal(voucher, store, moment)
        if why is not None:
            raise VoucherNotAcceptable({"why": why})
        presented = _presented(voucher, bill_fen)
        if presented.coupon is not None and presented.coupon.minimum_fen and presented.to_pay_fen is None:
            raise BillTooSmall({"minimum_fen": presented.coupon.minimum_fen})
        _accept(voucher, counter, store, moment)
        _publish("vouchers.accepted", voucher, order, store.pk)
        if not order.vouchers.exclude(status=VoucherStatus.ACCEPTED).exists():
            steps.take(order, OrderStatus.ACCEPTED, moment=moment, actor_id=counter.staff_id)
        return presented


def undo_acceptance(*, voucher_id: int, merchant_id: int, manager_id: int, reason: str, moment: datetime) -> Voucher:
    """Undo a mistaken acceptance within 15 minutes, by a manager of the merchant. Raises UndoRefused."""
    staff = Staff.objects.filter(merchant_id=merchant_id, user_id=manager_id, is_active=True)
    if not staff.filter(role__in=MANAGERS).exists():
        raise UndoRefused({"why": "not_a_manager"})
    order_id = Voucher.objects.filter(pk=voucher_id, merchant_id=merchant_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise VoucherNotFound
    with transaction.atomic():
        order = steps.locked(order_id=order_id)
        voucher = Voucher.objects.get(pk=voucher_id)
        if voucher.accepted_at is None:
            raise UndoRefused({"why": "not_accepted"})
        if order.status == OrderStatus.REFUNDED:
            # Otherwise the voucher of a refunded order could be used again.
            raise UndoRefused({"why": "refunded"})
        if moment - voucher.accepted_at > UNDO_WITHIN:
            raise UndoRefused({"why": "too_late"})
        store_id = voucher.accepted_in_id
        voucher.status = VoucherStatus.ISSUED
        voucher.accepted_at = voucher.accepted_by_id = voucher.accepted_by_credential_id = voucher.accepted_in_id = None
        voucher.save()
        _record(voucher, moment, actor_id=manager_id, store_id=store_id, reason=reason)
        _publish("vouchers.good_again", voucher, order, store_id)
        if order.status == OrderStatus.ACCEPTED:
            steps.take(order, OrderStatus.CONFIRMED, moment=moment, actor_id=manager_id, reason=reason)
        return voucher


def _voucher(counter: Counter, code: str) -> Voucher:
    normal = voucher_codes.normal(code)
    voucher = (
        Voucher.objects.filter(code_hash=voucher_codes.digest(normal), merchant_id=counter.merchant_id)
        .select_related("order__reward", "order__slot")
        .first()
        if normal
        else None
    )
    if voucher is None:
        raise VoucherNotFound
    return voucher


def _refusal(voucher: Voucher, store: Store | None, moment: datetime) -> str | None:
    """Why it cannot be accepted: accepted, void, expired, order_not_open or wrong_store. None: it can."""
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
    _record(voucher, moment, actor_id=counter.staff_id, credential_id=counter.credential_id, store_id=store.pk)


def _record(voucher: Voucher, moment: datetime, **by: Any) -> None:
    VoucherStep.objects.create(voucher=voucher, to_status=voucher.status, taken_at=moment, **by)


def _publish(topic: str, voucher: Voucher, order: Order, store_id: int | None) -> None:
    ids = {"member": order.member_id, "merchant": order.merchant_id, "reward": order.reward_id, "order": order.pk}
    outbox.publish(topic=topic, payload=ids | {"voucher": voucher.pk, "store": store_id})


def _presented(voucher: Voucher, bill_fen: int | None, *, is_replay: bool = False) -> PresentedVoucher:
    coupon = Coupon.objects.filter(voucher=voucher).first()
    return PresentedVoucher(voucher, coupon, None, _to_pay(coupon, bill_fen), is_replay)


def _to_pay(coupon: Coupon | None, bill_fen: int | None) -> int | None:
    """Fen left of the bill after the coupon; None without a bill, or when it is below the coupon's minimum."""
    if coupon is None or bill_fen is None:
        return None
    kind = calculator.CouponKind.PERCENT if coupon.off_percent else calculator.CouponKind.FIXED
    terms = calculator.CouponTerms(kind, coupon.off_fen or 0, coupon.off_percent or 0, coupon.minimum_fen)
    return calculator.to_pay_fen(bill_fen=bill_fen, coupon=terms)


def _new(order: Order, moment: datetime) -> Voucher:
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
    """The end of the slot, or `valid_days` after issue; None (never) where the reward sets neither."""
    if order.slot is not None:
        return order.slot.ends_at
    days = order.reward.details.get("valid_days")
    return moment + timedelta(days=days) if days else None


def _coupon_terms(details: dict[str, Any]) -> dict[str, Any] | None:
    """A coupon's terms, or those of a discount on a service (SPEC R26, R32)."""
    terms = details.get("coupon") or ({"off_percent": details["off_percent"]} if details.get("off_percent") else None)
    if terms is None:
        return None
    return {name: terms[name] for name in ("off_fen", "off_percent", "minimum_fen") if terms.get(name) is not None}
