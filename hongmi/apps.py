from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin import sites

from hongmi.console import field_names

OURS = ("notifications", "accounts", "merchants", "points", "redemption", "green", "reports")


class HongmiConfig(AppConfig):
    name = "hongmi"
    verbose_name = "Hongmi"

    def ready(self) -> None:
        # Here and not in hongmi/__init__.py, or a web process would publish to Celery's default AMQP broker.
        import_module("hongmi.celery")
        import_module("hongmi.checks")
        field_names.translate(model for model in apps.get_models() if model._meta.app_label in OURS)


class ConsoleConfig(AppConfig):
    """Unfold with our own admin site in place of the library's."""

    name = "unfold"

    def ready(self) -> None:
        site = import_module("hongmi.console.site").Console()
        admin.site = sites.site = site
