"""The form that proposes an adjustment. It finds the member by the shop's own number or the member id."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from merchants.models import Membership
from points.models import Adjustment


class AdjustmentForm(forms.ModelForm):  # type: ignore[type-arg]
    member_number = forms.CharField(
        label=_("Member number or member id"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(label=_("reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    class Meta:
        model = Adjustment
        fields = ("merchant", "purse", "points", "reason")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        merchant, typed = given.get("merchant"), given.get("member_number")
        if merchant and typed:
            found = Membership.objects.filter(_named_by(typed.strip()), merchant=merchant, left_at=None).first()
            if found is None:
                self.add_error("member_number", _("This merchant has no such member."))
            given["member_number"] = found
        if given.get("points") == 0:
            self.add_error("points", _("An adjustment moves points."))
        return given


def _named_by(typed: str) -> Q:
    try:
        return Q(member__public_id=UUID(typed))
    except ValueError:
        return Q(member_ref=typed)
