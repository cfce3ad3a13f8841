"""Form fields of the console: yuan, opening hours by weekday, dates."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from redemption import opening_times
from redemption.calculator import FEN_PER_YUAN

DAYS = (
    ("mon", _("Monday")),
    ("tue", _("Tuesday")),
    ("wed", _("Wednesday")),
    ("thu", _("Thursday")),
    ("fri", _("Friday")),
    ("sat", _("Saturday")),
    ("sun", _("Sunday")),
)
_SPAN = re.compile(r"(\d{1,2})[::](\d{2})\s*[-–—~至]\s*(\d{1,2})[::](\d{2})")
_COMMA = re.compile(r"[,,、;;\s]+")


class YuanField(forms.DecimalField):
    """Typed in yuan, cleaned to fen."""

    widget = UnfoldAdminDecimalFieldWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=10, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> Any:
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * FEN_PER_YUAN)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / FEN_PER_YUAN:.2f}" if isinstance(value, int) else value


class DatesField(forms.CharField):
    """Dates separated by commas."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> list[str]:
        typed = super().clean(value)
        days = []
        for text in filter(None, _COMMA.split(typed)):
            try:
                days.append(date.fromisoformat(text).isoformat())
            except ValueError:
                raise ValidationError(_("Write days as 2026-10-01, with commas between them.")) from None
        return sorted(set(days))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class WeekWidget(forms.MultiWidget):
    """A line for each day of the week, each with its own label."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([UnfoldAdminTextInputWidget({"placeholder": "08:00-17:30"}) for _day in DAYS], attrs)

    def decompress(self, value: Any) -> list[str]:
        hours = value if isinstance(value, Mapping) else {}
        return [", ".join("-".join(span) for span in hours.get(day, [])) for day, _name in DAYS]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        inputs = self.get_context(name, value, attrs)["widget"]["subwidgets"]
        lines = (
            (one["attrs"].get("id", ""), label, self._render(one["template_name"], {"widget": one}, renderer))  # type: ignore[attr-defined]
            for (_day, label), one in zip(DAYS, inputs, strict=True)
        )
        shown = format_html_join("", '<div class="hm-day"><label for="{}">{}</label>{}</div>', lines)
        return format_html('<div class="hm-week" role="group">{}</div>', shown)


class WeekHoursField(forms.MultiValueField):
    """Hours by weekday, as opening_times reads them: {"mon": [["08:00", "17:30"]], …}; a day left empty is closed."""

    widget = WeekWidget

    def __init__(self, **kwargs: Any) -> None:
        lines = [forms.CharField(required=False, max_length=100) for _day in DAYS]
        super().__init__(lines, require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, list[list[str]]]:
        week = {}
        for (day, name), typed in zip(DAYS, data_list, strict=False):
            if spans := _spans(typed, name):
                week[day] = spans
        return week


def _spans(typed: str, day_name: Any) -> list[list[str]]:
    spans = [[f"{int(h):02d}:{m}", f"{int(to_h):02d}:{to_m}"] for h, m, to_h, to_m in _SPAN.findall(typed)]
    rest = _COMMA.sub("", _SPAN.sub("", typed))
    try:
        opening_times.spans_of(spans)
    except opening_times.NotATime:
        rest = typed
    if rest:
        message = _("%(day)s: write hours as 08:00-12:00, 13:00-17:30.")
        raise ValidationError(message % {"day": day_name})
    return spans
