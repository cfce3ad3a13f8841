"""What people type on the pages of the books."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hongmi.lib.shanghai import SHANGHAI
from points.types import ActKind, Purse


class StatementFilter(forms.Form):
    """Which entries. An answer that makes no sense shows its error and is left out."""

    purse = forms.TypedChoiceField(
        label=_("Purse"), required=False, coerce=int, choices=[("", _("all")), *Purse.choices], empty_value=None
    )
    kind = forms.TypedChoiceField(
        label=_("What happened"),
        required=False,
        coerce=int,
        choices=[("", _("all")), *ActKind.choices],
        empty_value=None,
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def asked(self) -> dict[str, Any]:
        """The arguments of `queries.statement`; days are Shanghai's, the last one included."""
        self.is_valid()
        given = self.cleaned_data
        asked: dict[str, Any] = {}
        if given.get("purse"):
            asked["purse"] = Purse(given["purse"])
        if given.get("kind"):
            asked["kinds"] = [given["kind"]]
        if given.get("since"):
            asked["since"] = datetime.combine(given["since"], time(), SHANGHAI)
        if given.get("until"):
            asked["until"] = datetime.combine(given["until"] + timedelta(days=1), time(), SHANGHAI)
        return asked
