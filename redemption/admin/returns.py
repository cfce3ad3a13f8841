"""The console of returns: accepted with a refund, or refused with a reason."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from hongmi.lib.errors import DomainError
from merchants.scoped_admin import ReadOnlyAdmin
from redemption.forms import orders
from redemption.models import OrderReturn, ReturnStatus
from redemption.operations import returns

OPEN = (ReturnStatus.REQUESTED, ReturnStatus.SENT)


@admin.register(OrderReturn)
class OrderReturnAdmin(ReadOnlyAdmin):
    """Scoped to the merchants a person works for. A return begins at its order."""

    merchant_path = "order__merchant_id"
    list_display = ("reference", "order", "quantity", "reason_code", "requested_at", "sent_at", "shown_status")
    list_filter = ("status", "reason_code")
    list_select_related = ("order__reward", "order__merchant")
    search_fields = ("reference", "order__reference", "tracking_number")
    ordering = ("-id",)
    exclude = ("request_hash",)
    actions_detail = ("take_back", "refuse", "parcel")

    def _allows(self, request: HttpRequest, verb: str, object_id: str | None, *statuses: str) -> bool:
        order_return: OrderReturn | None = self.get_object(request, object_id) if object_id else None
        return self.may(request, verb, order_return) and (order_return is None or order_return.status in statuses)

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "settle", object_id, *OPEN)

    def has_parcel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "record", object_id, ReturnStatus.REQUESTED)

    @action(description=_("Accept and refund"), permissions=["settle"], icon="assignment_return", url_path="accept")
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order_return = self.found(request, object_id)
        points_back, cash_fen = returns.worth(order_return.order, order_return)
        worth = {"points": f"{points_back:,}", "cash": f"{cash_fen / 100:,.2f}"}
        question = _("The goods are here and in order: %(points)s points and ¥%(cash)s go back.") % worth
        return self._settle(request, order_return, orders.ConfirmForm, returns.accept, _("Accept and refund"), question)

    @action(description=_("Refuse the return"), permissions=["settle"], icon="block", url_path="refuse")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = _("Nothing is refunded. The member receives the reason, and it is stored.")
        order_return = self.found(request, object_id)
        return self._settle(request, order_return, orders.ReasonForm, returns.refuse, _("Refuse the return"), question)

    @action(description=_("Parcel on its way"), permissions=["parcel"], icon="local_shipping", url_path="parcel")
    def parcel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = _("The member has sent the goods back and given you the parcel's number.")
        order_return = self.found(request, object_id)
        return self._settle(request, order_return, orders.ShippingForm, returns.send, _("Parcel on its way"), question)

    def _settle(
        self,
        request: HttpRequest,
        order_return: OrderReturn,
        form_class: type[orders.ConfirmForm],
        operation: Any,
        title: Any,
        question: Any,
    ) -> HttpResponse:
        """A page with the form; a POST calls the operation and shows its refusal on the page."""
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            arguments = {
                "return_id": order_return.pk,
                "merchant_id": order_return.order.merchant_id,
                "moment": timezone.now(),
            }
            actor = {} if operation is returns.send else {"actor_id": request.user.pk}
            try:
                operation(**arguments, **actor, **form.arguments())
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, _("It is done."))
                return redirect("admin:redemption_order_change", order_return.order_id)
        texts = {"title": title, "answer": title, "question": question, "subject": _subject(order_return)}
        return self.action_page(request, form, **texts, back=self.address(order_return))

    @display(
        description=_("status"), ordering="status", label={"accepted": "success", "asked": "warning", "sent": "info"}
    )
    def shown_status(self, order_return: OrderReturn) -> tuple[str, Any]:
        return order_return.status, ReturnStatus(order_return.status).label


def _subject(order_return: OrderReturn) -> str:
    subject = f"{order_return.order.reward.title} × {order_return.quantity} · {order_return.get_reason_code_display()}"
    return f"{subject} · {order_return.reason}" if order_return.reason else subject
