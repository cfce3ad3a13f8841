from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import sites

from hongmi.console import field_names


class HongmiConfig(AppConfig):
    name = "hongmi"
    verbose_name = "Hongmi"

    def ready(self) -> None:
        # Here and not in hongmi/__init__.py, or a web process would publish to Celery's default AMQP broker.
        from hongmi import celery, checks  # noqa: F401

        field_names.translate(model for model in apps.get_models() if model._meta.app_label in settings.OWN_APPS)


class ConsoleConfig(AppConfig):
    """Unfold with our own admin site in place of the library's."""

    name = "unfold"

    def ready(self) -> None:
        from hongmi.console.site import Console

        site = Console()
        admin.site = sites.site = site
