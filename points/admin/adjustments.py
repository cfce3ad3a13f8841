"""Adjustments in the console."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import auth
from hongmi.lib.console.columns import number
from hongmi.lib.errors import DomainError
from merchants.models import Membership
from merchants.scoped_admin import MERCHANT, ScopedAdmin
from points.amounts import signed
from points.console.adjustment_form import AdjustmentForm
from points.models import Adjustment
from points.operations import adjustments
from points.operations.adjustments import AdjustmentNotOpen
from points.types import Purse


@admin.register(Adjustment)
class AdjustmentAdmin(ScopedAdmin):
    """One person proposes an adjustment, another approves it, which books it; nobody changes it in between."""

    form = AdjustmentForm
    list_display = (
        number,
        "merchant",
        "member_shown",
        "shown_points",
        "reason",
        "proposed_by",
        "proposed_at",
        "shown_state",
    )
    list_filter = (*MERCHANT, ("act_id", admin.EmptyFieldListFilter))
    list_select_related = ("merchant", "proposed_by__wrapped_key", "approved_by__wrapped_key", "member")
    ordering = ("-id",)
    actions = ("approve",)
    actions_detail = ("approve_one",)

    def get_fields(self, request: HttpRequest, obj: Adjustment | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("merchant", "member_number", "purse", "points", "reason")
        return (
            "merchant", "member_shown", "purse", "points", "reason", "proposed_by", "proposed_at", "approved_by",
            "approved_at", "act_id",
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Adjustment | None = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Adjustment | None = None) -> bool:
        # The actions of the list require it; a single proposal is never changed.
        return obj is None and self.may(request, "approve")

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "approve", self.get_object(request, object_id) if object_id else None)

    def save_model(self, request: HttpRequest, obj: Adjustment, form: Any, change: bool) -> None:
        proposed = adjustments.propose(
            merchant_id=obj.merchant_id,
            member_id=form.cleaned_data["member_number"].member_id,
            purse=Purse(obj.purse),
            points=obj.points,
            reason=obj.reason,
            proposed_by_id=auth.me(request).pk,
        )
        obj.__dict__.update(proposed.__dict__)

    @admin.action(description=_("Approve and book"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Adjustment]) -> None:
        for adjustment in queryset:
            self._approve(request, adjustment)

    @action(description=_("Approve and book"), permissions=["approve"], icon="check")
    def approve_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        adjustment = self.found(request, object_id)
        back = reverse("admin:points_adjustment_change", args=[object_id])
        if request.method == "POST":
            self._approve(request, adjustment)
            return redirect(back)
        question = _("%(points)s points, because: %(reason)s") % {
            "points": signed(adjustment.points),
            "reason": adjustment.reason,
        }
        return self.page(
            request, "console/confirm.html", title=_("Approve and book"), subject=self.member_shown(adjustment),
            question=question, answer=_("Approve and book"), back=back,
        )  # fmt: skip

    def _approve(self, request: HttpRequest, adjustment: Adjustment) -> None:
        if not self.may(request, "approve", adjustment):
            self.message_user(request, AdjustmentNotOpen().message, messages.ERROR)
            return
        try:
            adjustments.approve(adjustment_id=adjustment.pk, approved_by_id=auth.me(request).pk, moment=timezone.now())
        except DomainError as refusal:
            self.message_user(request, f"#{adjustment.pk}: {refusal.message}", messages.ERROR)
        else:
            self.message_user(request, _("Adjustment %(number)s is booked.") % {"number": adjustment.pk})

    @display(description=_("member"))
    def member_shown(self, adjustment: Adjustment) -> str:
        found = Membership.objects.filter(merchant=adjustment.merchant_id, member=adjustment.member_id).first()
        return (found and found.member_ref) or str(adjustment.member.public_id)[:8]

    @display(description=_("points"))
    def shown_points(self, adjustment: Adjustment) -> str:
        return signed(adjustment.points)

    @display(description=_("state"), label={"waiting": "warning", "booked": "success"})
    def shown_state(self, adjustment: Adjustment) -> tuple[str, Any]:
        return ("waiting", _("waits for a second person")) if adjustment.act_id is None else ("booked", _("booked"))
