"""The console lists the house's own tables. What libraries would list beside them no person needs: tokens, sessions,
second factors and groups have their own pages, or nobody to look at them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from unfold.sites import UnfoldAdminSite

from hongmi.apps import OURS


class Console(UnfoldAdminSite):
    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        super().register([model for model in models if model._meta.app_label in OURS], admin_class, **options)

    def get_urls(self) -> list[Any]:
        # Rows have no page outside the console. The library's partner keys say they do, and would lead nowhere.
        return [route for route in super().get_urls() if getattr(route, "name", None) != "view_on_site"]
