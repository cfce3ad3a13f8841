"""The console's form of a price for one member."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from merchants import queries as merchants
from redemption.forms.fields import YuanField
from redemption.models import Offer, Reward
from redemption.operations import offers
from redemption.operations.price_refusals import BelowGuarantee, PriceRefused


class OfferForm(forms.Form):
    """A price for one member, with the criterion that the member reads."""

    member_number = forms.CharField(
        label=_("Member number or member id"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    points = forms.IntegerField(label=_("points"), min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    cash_fen = YuanField(label=_("cash in yuan"), required=False)
    face_value_fen = YuanField(
        label=_("face value in yuan"), help_text=_("The cash price of the same thing; a point buys at least 5 fen.")
    )
    opens_at = forms.SplitDateTimeField(
        label=_("from"), required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=_("empty: now")
    )
    closes_at = forms.SplitDateTimeField(label=_("until"), widget=UnfoldAdminSplitDateTimeWidget)
    criterion = forms.CharField(
        label=_("why this member"), max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=_("The member reads it: “spent here three times in 90 days”."),
    )  # fmt: skip

    def __init__(self, *args: Any, reward: Reward, moment: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reward, self.moment = reward, moment

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if typed := given.get("member_number"):
            given["member_id"] = _member(self.reward.merchant_id, typed.strip())
            if given["member_id"] is None:
                self.add_error("member_number", _("This merchant has no such member."))
        given["opens_at"] = given.get("opens_at") or self.moment
        if given.get("closes_at") and given["closes_at"] <= max(given["opens_at"], self.moment):
            self.add_error("closes_at", _("It ends after it begins, and not in the past."))
        return given

    def make(self) -> Offer | None:
        """The new offer; None when it is refused, with the refusal in the form's errors."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "member_number"}
        try:
            return offers.make(reward_id=self.reward.pk, **given | {"cash_fen": given["cash_fen"] or 0})
        except PriceRefused as refusal:
            is_too_low = isinstance(refusal, BelowGuarantee)
            self.add_error("face_value_fen" if is_too_low else None, refusal.message)
            return None


def _member(merchant_id: int, typed: str) -> int | None:
    """A current member, by the merchant's own number or by member id."""
    try:
        public_id = UUID(typed)
    except ValueError:
        known = merchants.members_by_ref(merchant_id=merchant_id, member_refs=[typed]).get(typed)
    else:
        known = merchants.members_by_public_id(merchant_id=merchant_id, public_ids=[public_id]).get(public_id)
    return None if known is None or known.has_left else known.member_id
