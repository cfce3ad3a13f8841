"""The console of returns: what comes back, taken back with its refund, or refused with the reason."""

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

OPEN = (ReturnStatus.ASKED, ReturnStatus.SENT)


@admin.register(OrderReturn)
class OrderReturnAdmin(ReadOnlyAdmin):
    """Scoped to the merchants a person works for. A return begins at its order."""

    merchant_path = "order__merchant_id"
    list_display = ("reference", "order", "quantity", "ground", "asked_at", "sent_at", "shown_status")
    list_filter = ("status", "ground")
    list_select_related = ("order__reward", "order__merchant")
    search_fields = ("reference", "order__reference", "tracking_number")
    ordering = ("-id",)
    exclude = ("request_hash",)
    actions_detail = ("take_back", "refuse", "parcel")

    def _allows(self, request: HttpRequest, verb: str, object_id: str | None, *statuses: str) -> bool:
        back: OrderReturn | None = self.get_object(request, object_id) if object_id else None
        return self.may(request, verb, back) and (back is None or back.status in statuses)

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "settle", object_id, *OPEN)

    def has_parcel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, "record", object_id, ReturnStatus.ASKED)

    @action(description=_("Take back and refund"), permissions=["settle"], icon="assignment_return", url_path="accept")
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        back = self.found(request, object_id)
        points_back, cash_fen = returns.worth(back.order, back)
        worth = {"points": f"{points_back:,}", "cash": f"{cash_fen / 100:,.2f}"}
        question = _("The goods are here and in order: %(points)s points and ¥%(cash)s go back.") % worth
        return self._settle(request, back, orders.NothingForm, returns.accept, _("Take back and refund"), question)

    @action(description=_("Refuse the return"), permissions=["settle"], icon="block", url_path="refuse")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = _("Nothing is refunded. The member is told the reason, and it is kept.")
        back = self.found(request, object_id)
        return self._settle(request, back, orders.ReasonForm, returns.refuse, _("Refuse the return"), question)

    @action(description=_("Parcel on its way"), permissions=["parcel"], icon="local_shipping", url_path="parcel")
    def parcel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = _("The member has sent the goods back and told you the number.")
        back = self.found(request, object_id)
        return self._settle(request, back, orders.ShippingForm, returns.send, _("Parcel on its way"), question)

    def _settle(
        self,
        request: HttpRequest,
        back: OrderReturn,
        form_class: type[orders.NothingForm],
        operation: Any,
        title: Any,
        question: Any,
    ) -> HttpResponse:
        """A page with what has to be told; sent, one call of the operation, whose refusal is shown on the page."""
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            whose = {"return_id": back.pk, "merchant_id": back.order.merchant_id, "moment": timezone.now()}
            by = {} if operation is returns.send else {"actor_id": request.user.pk}
            try:
                operation(**whose, **by, **form.told())
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, _("It is done."))
                return redirect("admin:redemption_order_change", back.order_id)
        told = {"title": title, "answer": title, "question": question, "subject": _subject(back)}
        return self.action_page(request, form, **told, back=self.address(back))

    @display(
        description=_("status"), ordering="status", label={"accepted": "success", "asked": "warning", "sent": "info"}
    )
    def shown_status(self, back: OrderReturn) -> tuple[str, Any]:
        return back.status, ReturnStatus(back.status).label


def _subject(back: OrderReturn) -> str:
    said = f"{back.order.reward.title} × {back.quantity} · {back.get_ground_display()}"
    return f"{said} · {back.reason}" if back.reason else said
