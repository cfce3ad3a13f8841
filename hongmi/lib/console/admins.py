"""Bases of the console's ModelAdmins."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from hongmi.lib.console.filters import DeclaredFiltersChangeList


class ConsoleAdmin(ModelAdmin):
    """Base of all of them."""

    list_filter_submit = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeclaredFiltersChangeList


class ReadOnlyAdmin(ConsoleAdmin):
    """Only actions change the rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
