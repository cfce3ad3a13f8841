"""The console of orders and the actions of a merchant on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from hongmi.lib import field_crypto
from hongmi.lib.errors import DomainError
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin
from redemption import logo_responses, return_rights
from redemption.errors import LogoNotFound
from redemption.forms.orders import ConfirmForm, ReasonForm, RefundForm, ReturnForm, ShippingForm, initial
from redemption.models import Order, OrderStatus, SystemReason
from redemption.operations import addresses, fulfilment, orders, refunds, returns

# The field of a form that an error belongs to; the others stand above the form.
FIELD_OF: Final[Mapping[str, str]] = {
    "reference_conflict": "reference",
    "refund_exceeds_original": "points_back",
    "return_refused": "reason_code",
}
DONE: frozenset[str] = frozenset({OrderStatus.CONFIRMED, OrderStatus.FULFILLED, OrderStatus.ACCEPTED})
REFUNDABLE: frozenset[str] = DONE
CANCELLABLE: frozenset[str] = frozenset({OrderStatus.AWAITING_CASH, OrderStatus.CONFIRMED})


@dataclass(frozen=True, slots=True)
class _OrderAction:
    """An action on an order: the texts of its page, its form, the operation."""

    title: Any
    consequence: Any
    form: type[ConfirmForm]
    operation: Callable[..., Any]


SHIP = _OrderAction(
    _("Send"),
    _("The member sees that it is on its way, with the tracking number."),
    ShippingForm,
    fulfilment.ship,
)
RECEIVE = _OrderAction(
    _("Received"),
    _("The order is done. Within the time for returning goods it can still be refunded."),
    ConfirmForm,
    fulfilment.confirm_receipt,
)
CANCEL = _OrderAction(
    _("Cancel the order"),
    _("Points, money, stock and place go back. An order that was sent or accepted is refunded instead."),
    ReasonForm,
    orders.cancel,
)
REFUND = _OrderAction(
    _("Refund"),
    _("Points go back to the lots they came from, with no shorter validity; money goes back the way it came."),
    RefundForm,
    refunds.refund,
)
RETURN = _OrderAction(
    _("The member returns it"),
    _("Records the return. Points and money go back when the shop has the goods and accepts them."),
    ReturnForm,
    returns.request,
)
NOT_PROVIDED = _OrderAction(
    _("Not provided"),
    _("Everything that is left goes back, with a tenth of the points on top, once."),
    ReasonForm,
    refunds.refund_not_provided,
)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders of the merchants that a person works for."""

    list_display = ("reference", "merchant", "reward", "quantity", "price", "placed_at", "shown_status")
    list_filter = (*MERCHANT, "status", "purse")
    list_select_related = ("merchant", "reward")
    search_fields = ("reference", "tracking_number", "reward__title")
    ordering = ("-id",)
    exclude = ("request_hash", "address_cipher", "hold_id", "price_id", "offer_id")
    fieldsets = (
        (
            _("Stored fields"),
            {
                "classes": ("collapse",),
                "fields": (
                    "reference",
                    "merchant",
                    "face_value_fen",
                    "options",
                    "capture_id",
                    "status_at",
                    "status_by",
                ),
            },
        ),
    )
    change_form_before_template = "console/order.html"
    actions_detail = ("ship", "receive", "returned", "refund", "cancel", "not_provided", "logo")

    def row_context(self, request: HttpRequest, row: Order | None) -> dict[str, Any]:
        return {} if row is None else {"order": row, "address": _address(row), "history": _history(row)}

    def _allows(self, request: HttpRequest, verb: str, object_id: str | None, *statuses: str) -> bool:
        """Whether the person may do this at all; with an order: at its merchant and in its present status."""
        order = self.get_object(request, object_id) if object_id else None
        return self.may(request, verb, order) and (order is None or order.status in statuses)

    def has_ship_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        order = self.get_object(request, object_id) if object_id else None
        is_sent = order is None or (order.address_cipher is not None and not order.vouchers.exists())
        return is_sent and self._allows(request, "fulfil", object_id, OrderStatus.CONFIRMED)

    def has_receive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "fulfil", object_id, OrderStatus.FULFILLED)

    def has_returned_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        order = self.get_object(request, object_id) if object_id else None
        is_returnable = order is None or order.reward.kind in return_rights.THINGS
        return is_returnable and self._allows(request, "fulfil", object_id, OrderStatus.FULFILLED, OrderStatus.ACCEPTED)

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "fulfil", object_id, *CANCELLABLE)

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "refund", object_id, *REFUNDABLE)

    def has_logo_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        order = self.get_object(request, object_id) if object_id else None
        return self.may(request, "view", order) and (order is None or order.logo_id is not None)

    @action(description=SHIP.title, permissions=["ship"], icon="local_shipping", url_path="ship")
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, SHIP)

    @action(description=RECEIVE.title, permissions=["receive"], icon="check", url_path="receive")
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, RECEIVE)

    @action(description=RETURN.title, permissions=["returned"], icon="assignment_return", url_path="return")
    def returned(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, RETURN)

    @action(description=CANCEL.title, permissions=["cancel"], icon="block", url_path="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, CANCEL)

    @action(description=REFUND.title, permissions=["refund"], icon="undo", url_path="refund")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, REFUND)

    @action(description=NOT_PROVIDED.title, permissions=["refund"], icon="cancel", url_path="not-provided")
    def not_provided(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._perform(request, object_id, NOT_PROVIDED)

    @action(description=_("The logo"), permissions=["logo"], icon="image", url_path="logo")
    def logo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or order.logo is None:
            raise Http404
        try:
            return logo_responses.picture(order.logo)
        except LogoNotFound:
            raise Http404 from None

    def _perform(self, request: HttpRequest, object_id: str, act: _OrderAction) -> HttpResponse:
        """A page with the action's form; a POST calls the operation and shows its refusal on the page."""
        order = self.found(request, object_id)
        back = reverse("admin:redemption_order_change", args=[order.pk])
        form = act.form(request.POST if request.method == "POST" else None, initial=initial(order))
        if request.method == "POST" and form.is_valid():
            ids = {"order_id": order.pk, "merchant_id": order.merchant_id}
            # A return is requested by the member, whoever records it.
            actor = {} if act is RETURN else {"actor_id": request.user.pk}
            try:
                act.operation(**ids, **actor, moment=timezone.now(), **form.arguments())
            except DomainError as refusal:
                field = FIELD_OF.get(refusal.code)
                form.add_error(field if field in form.fields else None, refusal.message)
            else:
                self.message_user(request, _("It is done."))
                return redirect(back)
        context = {"title": act.title, "consequence": act.consequence, "order": order, "form": form, "back": back}
        return self.page(request, "console/order_act.html", **context, address=_address(order))

    @display(description=_("price"))
    def price(self, order: Order) -> str:
        points = f"{order.points:,} {order.get_purse_display()}"
        return f"{points} + ¥{order.cash_fen / 100:.2f}" if order.cash_fen else points

    @display(
        description=_("status"),
        ordering="status",
        label={"done": "success", "awaiting_cash": "warning", "refunded": "danger"},
    )
    def shown_status(self, order: Order) -> tuple[str, Any]:
        return "done" if order.status in DONE else order.status, OrderStatus(order.status).label


def _history(order: Order) -> dict[str, Any]:
    """The steps of an order with its vouchers, payments, refunds and returns."""
    steps = order.steps.select_related("actor").order_by("id")
    return {
        "left_points": order.points - order.refunded_points,
        "left_fen": order.cash_fen - order.refunded_cash_fen,
        "steps": [(OrderStatus(step.to_status).label, step, SystemReason.shown(step.reason)) for step in steps],
        "vouchers": order.vouchers.select_related("accepted_in").order_by("id"),
        "payments": order.payments.order_by("id"),
        "refunds": [(refund, SystemReason.shown(refund.reason)) for refund in order.refunds.order_by("id")],
        "returns": order.returns.order_by("id"),
    }


def _address(order: Order) -> dict[str, str] | None:
    try:
        return addresses.address_of(order)
    except field_crypto.CannotOpen:
        return None
