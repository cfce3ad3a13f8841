"""The console of vouchers, where a manager undoes an acceptance within 15 minutes."""

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
from redemption.models import Voucher, VoucherStatus
from redemption.operations import vouchers


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """Vouchers without their codes."""

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

    @action(description=_("Undo the acceptance"), permissions=["undo"], icon="undo", url_path="undo")
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
        context = {"title": _("Undo the acceptance"), "voucher": voucher, "form": form, "back": back}
        left = vouchers.UNDO_WITHIN - (timezone.now() - voucher.accepted_at) if voucher.accepted_at else None
        minutes = max(0, int(left.total_seconds() // 60)) if left else 0
        return self.page(request, "console/voucher_undo.html", **context, minutes=minutes)

    @display(description=_("voucher"))
    def number(self, voucher: Voucher) -> str:
        return f"#{voucher.pk} · {voucher.order.reward.title}"

    @display(description=_("status"), ordering="status", label={"accepted": "success", "void": "danger"})
    def shown_status(self, voucher: Voucher) -> tuple[str, Any]:
        return voucher.status, VoucherStatus(voucher.status).label


def can_be_undone(voucher: Voucher, *, moment: datetime) -> bool:
    """Whether to show the action; the operation decides."""
    return voucher.accepted_at is not None and moment - voucher.accepted_at <= vouchers.UNDO_WITHIN
