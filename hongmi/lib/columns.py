"""Columns that any list of the console may show."""

from typing import Any

from django.contrib import admin
from django.utils.translation import pgettext_lazy


@admin.display(description=pgettext_lazy("of a row", "number"), ordering="id")
def number(row: Any) -> int:
    """The row's own number, under a name that a person would use."""
    return int(row.pk)
