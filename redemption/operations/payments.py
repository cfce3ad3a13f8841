"""Payments of the cash part of an order.

A provider's notice is trusted once its signature is verified. Money received either pays the order that waits for it
or is refunded in full, whether it came late, twice, or in another amount.
"""

import secrets
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from hongmi.lib import idempotency
from points.errors import HoldEnded, HoldLapsed
from points.operations import spending
from redemption import payments
from redemption.errors import TakesNoCash
from redemption.models import (
    Order,
    OrderStatus,
    PayeeAccount,
    Payment,
    PaymentStatus,
    ProviderCallback,
    Refund,
    SystemReason,
)
from redemption.operations import outcomes, steps
from redemption.payments import Notice, NoticeKind, ProviderUnavailable

log = structlog.get_logger(__name__)

# A payment is reconciled for this long after its order ended, because its callback may have been lost.
RECONCILED_FOR = timedelta(days=1)


def create(order: Order) -> Payment:
    """Create an open payment in the order's transaction; `announce` sends it to the provider after the commit.

    Raises TakesNoCash.
    """
    account = PayeeAccount.objects.filter(merchant_id=order.merchant_id).first()
    if account is None:
        raise TakesNoCash
    return Payment.objects.create(
        order=order,
        provider=account.provider,
        payee_account=account.account,
        # With a random part, because another database may have used the same order id at this provider.
        number=f"HM{order.pk}X{secrets.token_hex(4)}".upper(),
        amount_fen=order.cash_fen,
    )


def announce(*, order: Order) -> None:
    """Announce the payment of an order that waits for cash; a replay of the order retries it."""
    if order.status != OrderStatus.AWAITING_CASH or order.pay_before is None:
        return
    for payment in order.payments.filter(status=PaymentStatus.OPEN, pay_url=""):
        bill = payments.Bill(
            number=payment.number,
            payee_account=payment.payee_account,
            amount_fen=payment.amount_fen,
            description=order.reward.title,
            pay_before=order.pay_before,
        )
        try:
            url = payments.provider_of(payment.provider).open(bill)
        except ProviderUnavailable as error:
            log.warning("payment_not_announced", payment=payment.pk, error=str(error))
            continue
        Payment.objects.filter(pk=payment.pk).update(pay_url=url)


def settle(*, provider: str, notice: Notice, moment: datetime) -> str:
    """Apply a provider's notice and return the verdict stored with it. Idempotent by event id.

    Verdicts: paid, late, wrong_amount, already_paid, refunded, unknown_payment, wrong_payee, ignored.
    """
    with transaction.atomic():
        verdict = _judge(provider, notice, moment)
        ProviderCallback.objects.bulk_create(
            [ProviderCallback(provider=provider, event_id=notice.event_id, payload=_payload(notice), verdict=verdict)],
            ignore_conflicts=True,
        )
    if verdict not in ("paid", "already_paid", "refunded"):
        log.warning("payment_notice", verdict=verdict, number=notice.number)
    return verdict


def send_refunds(*, moment: datetime, limit: int = 100) -> int:
    """Send due refunds to their providers and return how many are done. A refund sent twice is paid once."""
    due = Refund.objects.filter(cash_status="due").select_related("payment").order_by("id")
    return sum(_send(refund, moment) for refund in due[:limit])


def reconcile(*, moment: datetime, limit: int = 100) -> int:
    """Query providers about unpaid payments, because callbacks get lost. Returns how many had been paid."""
    unpaid = Payment.objects.filter(
        Q(status=PaymentStatus.OPEN) | Q(status=PaymentStatus.CLOSED, order__pay_before__gt=moment - RECONCILED_FOR)
    ).order_by("id")
    found = 0
    for payment in unpaid[:limit]:
        try:
            driver = payments.provider_of(payment.provider)
            notice = driver.find(number=payment.number, payee_account=payment.payee_account)
            if notice is not None:
                settle(provider=payment.provider, notice=notice, moment=moment)
                found += 1
            elif payment.status == PaymentStatus.CLOSED:
                driver.close(number=payment.number, payee_account=payment.payee_account)
        except ProviderUnavailable as error:
            log.warning("payment_not_reconciled", payment=payment.pk, error=str(error))
    return found


def _judge(provider: str, notice: Notice, moment: datetime) -> str:
    known = Payment.objects.filter(provider=provider, number=notice.number).first()
    if known is None:
        return "unknown_payment"
    if notice.kind == NoticeKind.REFUNDED:
        return _refunded(known, notice, moment)
    if notice.kind != NoticeKind.PAID:
        return "ignored"
    if notice.payee_account != known.payee_account:
        return "wrong_payee"
    order = steps.locked(order_id=known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    if payment.status not in (PaymentStatus.OPEN, PaymentStatus.CLOSED):
        return "already_paid"
    payment.received_fen, payment.paid_at = notice.amount_fen, notice.at
    payment.provider_number = notice.provider_number
    if notice.amount_fen != payment.amount_fen:
        _send_back(order, payment, reason=SystemReason.WRONG_AMOUNT, moment=moment)
        return "wrong_amount"
    if order.status != OrderStatus.AWAITING_CASH or not _captured(order, moment):
        _send_back(order, payment, reason=SystemReason.PAID_LATE, moment=moment)
        return "late"
    payment.status = PaymentStatus.PAID
    payment.save()
    return "paid"


def _captured(order: Order, moment: datetime) -> bool:
    """Capture the held points and confirm the order; false when the hold has lapsed and its points are free again."""
    assert order.hold_id is not None
    try:
        with transaction.atomic():
            booking = spending.capture(
                merchant_id=order.merchant_id, hold_id=order.hold_id, points=None, key=None, moment=moment
            )
    except (HoldLapsed, HoldEnded):
        return False
    outcomes.confirm(order, capture_id=booking.act_id, moment=moment)
    return True


def _send_back(order: Order, payment: Payment, *, reason: str, moment: datetime) -> None:
    """Refund all that was received, and abandon an order that still waits, because nothing else will pay it."""
    payment.status = PaymentStatus.REFUND_DUE
    payment.save()
    steps.publish("payment_refused", order, cash_fen=payment.received_fen, reason=reason)
    if payment.received_fen:
        Refund.objects.create(
            order=order,
            reference=f"payment-{payment.pk}",
            request_hash=idempotency.request_hash(act="payment.refund", body={"payment": payment.pk}),
            cash_fen=payment.received_fen,
            payment=payment,
            cash_status="due",
            reason=reason,
        )
    if order.status == OrderStatus.AWAITING_CASH:
        outcomes.abandon(order, reason=reason, moment=moment)


def _send(refund: Refund, moment: datetime) -> bool:
    payment = refund.payment
    assert payment is not None
    refund_order = payments.RefundOrder(
        refund_number=_refund_number(refund),
        number=payment.number,
        payee_account=payment.payee_account,
        amount_fen=refund.cash_fen,
        paid_fen=payment.received_fen,
        reason=refund.reason,
    )
    try:
        is_done = payments.provider_of(payment.provider).refund(refund_order)
    except ProviderUnavailable as error:
        log.warning("refund_not_sent", refund=refund.pk, error=str(error))
        return False
    return is_done and _done(refund.pk, payment.pk, moment)


def _refunded(payment: Payment, notice: Notice, moment: datetime) -> str:
    for refund in payment.refunds.filter(cash_status="due"):
        if _refund_number(refund) == notice.refund_number:
            _done(refund.pk, payment.pk, moment)
    return "refunded"


def _done(refund_id: int, payment_id: int, moment: datetime) -> bool:
    """Mark a refund as paid; false if it was already."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        refund = Refund.objects.get(pk=refund_id)
        if refund.cash_status != "due":
            return False
        Refund.objects.filter(pk=refund_id).update(cash_status="done", done_at=moment)
        payment.refunded_fen += refund.cash_fen
        if payment.refunded_fen == payment.received_fen:
            payment.status = PaymentStatus.REFUNDED
        payment.save(update_fields=["refunded_fen", "status"])
        steps.publish("cash_refunded", payment.order, cash_fen=refund.cash_fen)
        return True


def _refund_number(refund: Refund) -> str:
    return f"HMR{refund.pk}"


def _payload(notice: Notice) -> dict[str, object]:
    return {
        "kind": notice.kind,
        "number": notice.number,
        "provider_number": notice.provider_number,
        "payee_account": notice.payee_account,
        "amount_fen": notice.amount_fen,
        "at": notice.at.isoformat(),
        "refund_number": notice.refund_number,
    }
