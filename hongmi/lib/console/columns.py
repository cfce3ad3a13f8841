"""Columns for any list of the console."""

from typing import Any

from django.contrib import admin
from django.utils.translation import pgettext_lazy


@admin.display(description=pgettext_lazy("of a row", "number"), ordering="id")
def number(row: Any) -> int:
    """The primary key, labelled "number"."""
    return int(row.pk)
