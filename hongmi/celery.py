"""The Celery app of worker and beat; every other process publishes through it."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongmi.settings")

app = Celery("hongmi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def check_before_work(**kwargs: object) -> None:
    from hongmi import checks

    checks.refuse_to_start()
