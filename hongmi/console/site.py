"""The console lists only our own tables. Tables of libraries (tokens, sessions, second factors, groups) have pages of
their own or are of no use to a person."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from unfold.sites import UnfoldAdminSite


class Console(UnfoldAdminSite):
    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        super().register(
            [model for model in models if model._meta.app_label in settings.OWN_APPS], admin_class, **options
        )

    def get_urls(self) -> list[Any]:
        # Rows have no page outside the console; the library's link for partner keys would be dead.
        return [route for route in super().get_urls() if getattr(route, "name", None) != "view_on_site"]
