"""The console of appointments, which are planned at their service and closed here."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from merchants.scoped_admin import ReadOnlyAdmin
from redemption.models import Slot
from redemption.operations import slots


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    merchant_path = "reward__merchant_id"
    list_display = ("starts_at", "ends_at", "reward", "store", "booked", "places_left")
    list_select_related = ("reward__merchant", "store")
    search_fields = ("reward__title",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at",)
    actions_detail = ("close",)

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        slot: Slot | None = self.get_object(request, object_id) if object_id else None
        return self.may(request, "close", slot) and (slot is None or slot.starts_at > timezone.now())

    @action(description=_("Close the appointment"), permissions=["close"], icon="event_busy", url_path="close")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        slot: Slot = self.found(request, object_id)
        back = redirect("admin:redemption_reward_plan", slot.reward_id)
        if request.method == "POST":
            booked = slots.close(slot_id=slot.pk)
            self.message_user(request, _closed_message(booked))
            return back
        return self.page(
            request,
            "console/confirm.html",
            title=_("Close the appointment"),
            subject=f"{slot.reward.title} · {timezone.localtime(slot.starts_at):%Y-%m-%d %H:%M}",
            question=_("Nobody can book it any more. Existing bookings stay; refund them at the order if needed."),
            answer=_("Close the appointment"),
            back=back.url,
        )

    @display(description=_("booked"))
    def booked(self, slot: Slot) -> int:
        return slot.places - slot.places_left


def _closed_message(booked: int) -> str:
    if not booked:
        return str(_("It is closed; nobody had booked it."))
    return str(_("It is closed. Places that stay booked: %(booked)d.") % {"booked": booked})
