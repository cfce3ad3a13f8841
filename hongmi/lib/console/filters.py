"""Filters of the console's lists."""

from datetime import date, timedelta
from typing import Any, Final

from django.contrib.admin import ChoicesFieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str
from unfold.views import ChangeList

from hongmi.lib.shanghai import midnight_after

# Outside of them, moments of a day have no counterpart in UTC.
YEARS: Final = range(1900, 9999)


class DeclaredFiltersChangeList(ChangeList):
    """Refuses every filter that `list_filter` does not declare.

    Django accepts any lookup on any column of the table, so `?password__gte=…` guesses a hidden column.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        if any("\0" in value for values in self.filter_params.values() for value in values):
            raise IncorrectLookupParameters
        filters, has_filters, rest, *others = super().get_filters(request)
        # The declared filters have taken their parameters by now.
        if rest:
            raise SuspiciousOperation(f"Filtering by {', '.join(rest)} not allowed")
        for spec in filters:
            # The database refuses a value that its enum type does not know.
            if isinstance(spec, ChoicesFieldListFilter) and not _is_choice(spec):
                raise IncorrectLookupParameters
        return filters, has_filters, rest, *others


def _is_choice(spec: ChoicesFieldListFilter) -> bool:
    choices = {str(value) for value, _label in spec.field.flatchoices}
    return all(str(value) in choices for value in spec.lookup_val or ())


class ShanghaiDaysFilter(RangeDateFilter):
    """Both days inclusive; the library takes midnight of a day without a zone, which leaves out the last day."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if first := self._day("from"):
            queryset = queryset.filter(**{f"{self.field_path}__gte": midnight_after(first - timedelta(days=1))})
        if last := self._day("to"):
            queryset = queryset.filter(**{f"{self.field_path}__lt": midnight_after(last)})
        return queryset

    def _day(self, end: str) -> date | None:
        typed = self.used_parameters.get(f"{self.field_path}_{end}")
        day = parse_date_str(typed) if typed else None
        if typed and (day is None or day.year not in YEARS):
            raise IncorrectLookupParameters
        return day
