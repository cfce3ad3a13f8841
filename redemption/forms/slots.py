"""What a merchant types to plan the appointments of a service, or to make one member a price of their own."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from hongmi.lib.errors import DomainError
from merchants import queries as merchants
from merchants.models import Store
from redemption.forms.fields import DAYS, YuanField
from redemption.models import Offer, Reward, Slot
from redemption.operations import prices, slots
from redemption.operations.prices import BelowGuarantee, PriceRefused

# A quarter of a year, so that a slip of the year does not plan a thousand appointments.
MOST_DAYS = 92
DEFAULT_MINUTES = 60


class SlotsForm(forms.Form):
    """The same time on one day or on many."""

    first_on = forms.DateField(label=_("first day"), widget=UnfoldAdminDateWidget)
    last_on = forms.DateField(
        label=_("last day"), required=False, widget=UnfoldAdminDateWidget, help_text=_("empty: the first day only")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("only on"),
        required=False,
        coerce=int,
        choices=[(number, name) for number, (_day, name) in enumerate(DAYS)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("none chosen: every day"),
    )
    at = forms.TimeField(
        label=_("begins at"), widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00"}),
        help_text=_("Shanghai's time, as 09:00"),
    )  # fmt: skip
    minutes = forms.IntegerField(
        label=_("length in minutes"), min_value=5, max_value=1440, widget=UnfoldAdminIntegerFieldWidget
    )
    places = forms.IntegerField(label=_("places"), min_value=1, max_value=10_000, widget=UnfoldAdminIntegerFieldWidget)
    store = forms.ModelChoiceField(
        Store.objects.none(), label=_("shop"), required=False, widget=UnfoldAdminSelectWidget, empty_label=_("any shop")
    )

    def __init__(self, *args: Any, reward: Reward, **kwargs: Any) -> None:
        minutes = reward.details.get("slot_minutes", DEFAULT_MINUTES)
        kwargs.setdefault("initial", {"minutes": minutes, "places": 1})
        super().__init__(*args, **kwargs)
        self.reward = reward
        offered = reward.stores.all()
        own = Store.objects.filter(merchant_id=reward.merchant_id)
        shops: forms.ModelChoiceField[Store] = self.fields["store"]  # type: ignore[assignment]
        shops.queryset = (offered if offered.exists() else own).order_by("code")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first_on"), given.get("last_on")
        if first and last and not first <= last <= first + timedelta(days=MOST_DAYS):
            self.add_error("last_on", _("Not before the first day, and at most three months after it."))
        return given

    def days(self) -> list[date]:
        given = self.cleaned_data
        first, last = given["first_on"], given["last_on"] or given["first_on"]
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [day for day in days if not given["weekdays"] or day.weekday() in given["weekdays"]]

    def plan(self, *, moment: datetime) -> list[Slot]:
        """The appointments that came of it; none, which is told here, where nothing is left to plan."""
        given = self.cleaned_data
        store = given["store"]
        try:
            planned = slots.plan(
                reward_id=self.reward.pk,
                days=self.days(),
                at=given["at"],
                minutes=given["minutes"],
                places=given["places"],
                store_id=store.pk if store else None,
                moment=moment,
            )
        except DomainError as refusal:
            self.add_error(None, refusal.message)
            return []
        if not planned:
            self.add_error("first_on", _("On these days the time is over, or the appointment is planned already."))
        return planned


class OfferForm(forms.Form):
    """A price for one member, who is told why it is theirs."""

    member_number = forms.CharField(
        label=_("Member number or member id"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    points = forms.IntegerField(label=_("points"), min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    cash_fen = YuanField(label=_("cash in yuan"), required=False)
    face_value_fen = YuanField(
        label=_("face value in yuan"), help_text=_("What the thing itself costs in cash; a point buys at least 5 fen.")
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
        """The offer; None when it was refused, which is told here."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "member_number"}
        try:
            return prices.make_offer(reward_id=self.reward.pk, **given | {"cash_fen": given["cash_fen"] or 0})
        except PriceRefused as refusal:
            is_too_low = isinstance(refusal, BelowGuarantee)
            self.add_error("face_value_fen" if is_too_low else None, refusal.message)
            return None


def _member(merchant_id: int, typed: str) -> int | None:
    """Who has not left, by the shop's own number or by the id they have outside."""
    try:
        asked = UUID(typed)
    except ValueError:
        known = merchants.members_by_ref(merchant_id=merchant_id, member_refs=[typed]).get(typed)
    else:
        known = merchants.members_by_public_id(merchant_id=merchant_id, public_ids=[asked]).get(asked)
    return None if known is None or known.has_left else known.member_id
