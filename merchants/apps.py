from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "merchants"
    verbose_name = _("Merchants")

    def ready(self) -> None:
        # drf-spectacular knows a scheme only after its module was imported.
        from merchants import openapi  # noqa: F401
