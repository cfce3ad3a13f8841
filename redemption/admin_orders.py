"""The console of orders: who ordered what, and what a shop does about it. Nothing is changed but by the operations."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from hongmi.lib import field_crypto
from merchants.console import MERCHANT, ReadOnlyAdmin
from points import operations as points
from redemption import operations
from redemption.models import Offset, Order, OrderStatus, Payment, Refund, Voucher

DONE: frozenset[str] = frozenset({OrderStatus.CONFIRMED, OrderStatus.FULFILLED, OrderStatus.ACCEPTED})


class ReasonForm(forms.Form):
    """Why: kept with the step."""

    reason = forms.CharField(label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget)


class ShippingForm(forms.Form):
    """With whom it travels."""

    carrier = forms.CharField(label=_("carrier"), max_length=50, widget=UnfoldAdminTextInputWidget)
    tracking_number = forms.CharField(label=_("tracking number"), max_length=64, widget=UnfoldAdminTextInputWidget)


class RefundForm(ReasonForm):
    """How much comes back; the reference keeps it from being given twice."""

    reference = forms.CharField(label=_("reference"), max_length=128, widget=UnfoldAdminTextInputWidget)
    points_back = forms.IntegerField(label=_("points"), min_value=0, widget=UnfoldAdminIntegerFieldWidget)
    cash_fen = forms.IntegerField(label=_("cash in fen"), min_value=0, widget=UnfoldAdminIntegerFieldWidget)
    field_order = ("points_back", "cash_fen", "reference", "reason")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Scoped to the merchants a person works for."""

    list_display = ("reference", "merchant", "reward", "quantity", "points", "cash_fen", "placed_at", "shown_status")
    list_filter = (*MERCHANT, "status")
    list_select_related = ("merchant", "reward")
    search_fields = ("reference", "tracking_number", "reward__title")
    ordering = ("-id",)
    exclude = ("request_hash", "address_cipher", "hold_id", "price_id", "offer_id")
    actions_detail = ("ship", "receive", "cancel", "refund", "not_provided")

    def has_fulfil_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "fulfil", self.get_object(request, object_id) if object_id else None)

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "refund", self.get_object(request, object_id) if object_id else None)

    @action(description=_("Send"), permissions=["fulfil"], icon="local_shipping", url_path="ship")
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, _("Send"), ShippingForm, operations.ship_order)

    @action(description=_("It was received"), permissions=["fulfil"], icon="check", url_path="receive")
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, _("It was received"), forms.Form, operations.receive_order)

    @action(description=_("Cancel"), permissions=["fulfil"], icon="block", url_path="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, _("Cancel"), ReasonForm, operations.cancel_order)

    @action(description=_("Refund"), permissions=["refund"], icon="undo", url_path="refund")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, _("Refund"), RefundForm, operations.refund_order)

    @action(description=_("It was not provided"), permissions=["refund"], icon="flight_off", url_path="not-provided")
    def not_provided(self, request: HttpRequest, object_id: str) -> HttpResponse:
        title = _("Refund all of it, with a tenth of the points on top")
        return self._ask(request, object_id, title, ReasonForm, operations.refund_not_provided)

    def _ask(
        self, request: HttpRequest, object_id: str, title: Any, form_class: type[forms.Form], act: Callable[..., Any]
    ) -> HttpResponse:
        """A page with what has to be told; sent, one call of the operation, whose refusal is shown on the page."""
        order = self.get_object(request, object_id)
        if order is None:
            return redirect("admin:redemption_order_changelist")
        back = reverse("admin:redemption_order_change", args=[order.pk])
        form = form_class(request.POST if request.method == "POST" else None, initial=_left(order))
        if request.method == "POST" and form.is_valid():
            whose = {"order_id": order.pk, "merchant_id": order.merchant_id, "actor_id": request.user.pk}
            try:
                act(**whose, moment=timezone.now(), **form.cleaned_data)
            except (operations.RedemptionRefused, points.Refusal) as refusal:
                form.add_error(None, _("Refused: %(code)s %(facts)s") % {"code": refusal.code, "facts": refusal.facts})
            else:
                self.message_user(request, _("It is done."))
                return redirect(back)
        question = _("%(points)d points and %(cash)d fen are left of it.") % {
            "points": order.points - order.refunded_points,
            "cash": order.cash_fen - order.refunded_cash_fen,
        }
        told = {"title": title, "order": order, "form": form, "question": question, "back": back}
        return self.page(request, "console/order_act.html", **told, address=_address(order))

    @display(
        description=_("status"),
        ordering="status",
        label={"done": "success", "awaiting_cash": "warning", "refunded": "danger"},
    )
    def shown_status(self, order: Order) -> tuple[str, Any]:
        return "done" if order.status in DONE else order.status, OrderStatus(order.status).label


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """Never its code."""

    list_display = ("id", "order", "merchant", "status", "expires_at", "accepted_at", "accepted_in", "accepted_by")
    list_filter = (*MERCHANT, "status")
    list_select_related = ("merchant", "order", "accepted_in", "accepted_by")
    ordering = ("-id",)
    exclude = ("code_hash", "code_cipher")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    merchant_path = "order__merchant_id"
    list_display = ("number", "order", "provider", "amount_fen", "received_fen", "refunded_fen", "status", "paid_at")
    list_filter = ("status", "provider")
    list_select_related = ("order",)
    search_fields = ("number", "provider_number")
    ordering = ("-id",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    merchant_path = "order__merchant_id"
    list_display = ("reference", "order", "points", "cash_fen", "cash_status", "reason", "created_at")
    list_filter = ("cash_status",)
    list_select_related = ("order",)
    ordering = ("-id",)
    exclude = ("request_hash",)


@admin.register(Offset)
class OffsetAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "bill_fen", "points", "offset_fen", "refunded_points", "refunded_fen")
    list_filter = MERCHANT
    list_select_related = ("merchant",)
    search_fields = ("reference",)
    ordering = ("-id",)
    exclude = ("request_hash",)


def _left(order: Order) -> dict[str, int]:
    return {
        "points_back": order.points - order.refunded_points,
        "cash_fen": order.cash_fen - order.refunded_cash_fen,
    }


def _address(order: Order) -> dict[str, str] | None:
    try:
        return operations.address_of(order)
    except field_crypto.CannotOpen:
        return None
