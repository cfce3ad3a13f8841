"""Forms of the console for orders: reason, parcel, return, refund."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from redemption.calculator import FEN_PER_YUAN
from redemption.models import Order, ReturnReason


class ConfirmForm(forms.Form):
    """No fields; the button confirms."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ReasonForm(ConfirmForm):
    reason = forms.CharField(
        label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget, help_text=_("Stored with the step.")
    )


class ShippingForm(ConfirmForm):
    carrier = forms.CharField(label=_("carrier"), max_length=50, widget=UnfoldAdminTextInputWidget)
    tracking_number = forms.CharField(label=_("tracking number"), max_length=64, widget=UnfoldAdminTextInputWidget)


class ReturnForm(ConfirmForm):
    """A return. The page sets the reference, so that a form sent twice is one return."""

    quantity = forms.IntegerField(
        label=_("pieces that come back"), min_value=1, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    reason_code = forms.ChoiceField(
        label=_("kind of reason"), choices=ReturnReason.choices, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=_("member's comment"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed where something is wrong with the goods."),
    )  # fmt: skip
    reference = forms.CharField(max_length=128, widget=forms.HiddenInput)


class RefundForm(ReasonForm):
    """A refund. The page sets the reference, so that a form sent twice is one refund."""

    points_back = forms.IntegerField(
        label=_("points that come back"), min_value=0, widget=UnfoldAdminIntegerFieldWidget
    )
    cash_yuan = forms.DecimalField(
        label=_("money that comes back, in yuan"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    reference = forms.CharField(max_length=128, widget=forms.HiddenInput)
    field_order = ("points_back", "cash_yuan", "reason", "reference")

    def arguments(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return given | {"cash_fen": int(given.pop("cash_yuan") * FEN_PER_YUAN)}


def initial(order: Order) -> dict[str, Any]:
    """Initial values: all that is left of the order, and a new reference for the return or refund."""
    return {
        "points_back": order.points - order.refunded_points,
        "cash_yuan": f"{(order.cash_fen - order.refunded_cash_fen) / FEN_PER_YUAN:.2f}",
        "reference": f"desk-{secrets.token_hex(6)}",
    }
