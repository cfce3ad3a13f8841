"""Forms of the member pages."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hongmi.lib.shanghai import SHANGHAI
from points.types import ActKind, Purse


class StatementFilter(forms.Form):
    """Filter of the statement. An invalid value shows its error and is left out."""

    purse = forms.TypedChoiceField(
        label=_("Purse"), required=False, coerce=Purse, choices=[("", _("all")), *Purse.choices], empty_value=None
    )
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        required=False,
        coerce=ActKind,
        choices=[("", _("all")), *ActKind.choices],
        empty_value=None,
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def filters(self) -> dict[str, Any]:
        """The arguments of `queries.statement`; days are days in Shanghai, the last one included."""
        self.is_valid()
        given = self.cleaned_data
        filters: dict[str, Any] = {}
        if given.get("purse"):
            filters["purse"] = given["purse"]
        if given.get("kind"):
            filters["kinds"] = [given["kind"]]
        if given.get("since"):
            filters["since"] = datetime.combine(given["since"], time(), SHANGHAI)
        if given.get("until"):
            filters["until"] = datetime.combine(given["until"] + timedelta(days=1), time(), SHANGHAI)
        return filters
