"""The console of vouchers, payments, refunds and bills: looked at, and an acceptance taken back within 15 minutes."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from hongmi.lib.errors import DomainError
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin
from redemption.forms import orders
from redemption.models import Offset, OwnReason, Payment, Refund, Voucher, VoucherStatus
from redemption.operations import vouchers


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """Never its code."""

    list_display = ("number", "order", "merchant", "shown_status", "expires_at", "accepted_at", "accepted_in")
    list_display_links = ("number",)
    list_filter = (*MERCHANT, "status")
    list_select_related = ("merchant", "order__reward", "accepted_in", "accepted_by")
    search_fields = ("order__reference",)
    ordering = ("-id",)
    exclude = ("code_hash", "code_cipher")
    actions_detail = ("undo",)

    def has_undo_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        voucher = self.get_object(request, object_id) if object_id else None
        return self.may(request, "undo", voucher) and (voucher is None or can_be_undone(voucher, moment=timezone.now()))

    @action(description=_("Take the acceptance back"), permissions=["undo"], icon="undo", url_path="undo")
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        voucher = self.found(request, object_id)
        back = reverse("admin:redemption_order_change", args=[voucher.order_id])
        form = orders.ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                vouchers.undo_acceptance(
                    voucher_id=voucher.pk,
                    merchant_id=voucher.merchant_id,
                    manager_id=request.user.pk or 0,
                    reason=form.cleaned_data["reason"],
                    moment=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, _("The voucher can be used again."))
                return redirect(back)
        told = {"title": _("Take the acceptance back"), "voucher": voucher, "form": form, "back": back}
        left = vouchers.UNDO_WITHIN - (timezone.now() - voucher.accepted_at) if voucher.accepted_at else None
        minutes = max(0, int(left.total_seconds() // 60)) if left else 0
        return self.page(request, "console/voucher_undo.html", **told, minutes=minutes)

    @display(description=_("voucher"))
    def number(self, voucher: Voucher) -> str:
        return f"#{voucher.pk} · {voucher.order.reward.title}"

    @display(description=_("status"), ordering="status", label={"accepted": "success", "void": "danger"})
    def shown_status(self, voucher: Voucher) -> tuple[str, Any]:
        return voucher.status, VoucherStatus(voucher.status).label


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
        return _yuan(payment.amount_fen)

    @display(description=_("received"), ordering="received_fen")
    def received(self, payment: Payment) -> str:
        return _yuan(payment.received_fen)

    @display(description=_("given back"), ordering="refunded_fen")
    def refunded(self, payment: Payment) -> str:
        return _yuan(payment.refunded_fen)


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
        return _yuan(refund.cash_fen)

    @display(description=_("reason"))
    def why(self, refund: Refund) -> str:
        return OwnReason.shown(refund.reason)


@admin.register(Offset)
class OffsetAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "bill", "points", "paid_with_points", "given_back", "created_at")
    list_filter = MERCHANT
    list_select_related = ("merchant",)
    search_fields = ("reference",)
    ordering = ("-id",)
    exclude = ("request_hash",)

    @display(description=_("bill"), ordering="bill_fen")
    def bill(self, offset: Offset) -> str:
        return _yuan(offset.bill_fen)

    @display(description=_("paid with points"), ordering="offset_fen")
    def paid_with_points(self, offset: Offset) -> str:
        return _yuan(offset.offset_fen)

    @display(description=_("given back"))
    def given_back(self, offset: Offset) -> str:
        return f"{offset.refunded_points:,} + {_yuan(offset.refunded_fen)}"


def can_be_undone(voucher: Voucher, *, moment: datetime) -> bool:
    """Whether it is worth asking; the operation judges."""
    return voucher.accepted_at is not None and moment - voucher.accepted_at <= vouchers.UNDO_WITHIN


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:,.2f}"
