"""The console of payments and refunds."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from merchants.scoped_admin import ReadOnlyAdmin, yuan
from redemption.models import Payment, Refund, SystemReason


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    merchant_path = "order__merchant_id"
    list_display = ("number", "order", "provider", "amount", "received", "refunded", "status", "paid_at")
    list_filter = ("status", "provider")
    list_select_related = ("order",)
    search_fields = ("number", "provider_number")
    ordering = ("-id",)

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, payment: Payment) -> str:
        return _money(payment.amount_fen)

    @display(description=_("received"), ordering="received_fen")
    def received(self, payment: Payment) -> str:
        return _money(payment.received_fen)

    @display(description=_("given back"), ordering="refunded_fen")
    def refunded(self, payment: Payment) -> str:
        return _money(payment.refunded_fen)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    merchant_path = "order__merchant_id"
    list_display = ("reference", "order", "points", "cash", "cash_status", "why", "created_at")
    list_filter = ("cash_status",)
    list_select_related = ("order",)
    ordering = ("-id",)
    exclude = ("request_hash",)

    @display(description=_("money"), ordering="cash_fen")
    def cash(self, refund: Refund) -> str:
        return _money(refund.cash_fen)

    @display(description=_("reason"))
    def why(self, refund: Refund) -> str:
        return SystemReason.shown(refund.reason)


def _money(fen: int) -> str:
    return f"¥{yuan(fen)}"
