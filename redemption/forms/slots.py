"""The console's form of the appointments of a service."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hongmi.lib.errors import DomainError
from merchants.models import Store
from redemption.forms.fields import DAYS
from redemption.models import Reward, Slot
from redemption.operations import slots

# A quarter of a year, so that a mistyped year does not plan a thousand appointments.
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
        """The new appointments; none when refused or nothing is left to plan, with the reason in the form's errors."""
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
