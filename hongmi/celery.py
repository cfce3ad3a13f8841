"""The Celery app of worker and beat; every other process publishes through it."""

import os

from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_embedded_init,
    beat_init,
    task_postrun,
    task_prerun,
    worker_init,
)
from django_structlog.celery import signals as structlog_signals
from django_structlog.celery.steps import DjangoStructLogInitStep

from hongmi.lib.metrics import tasks

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


@worker_init.connect
def measure_tasks(**kwargs: object) -> None:
    structlog_signals.bind_extra_task_metadata.connect(tasks.name_task_in_log)
    task_prerun.connect(tasks.start)
    task_postrun.connect(tasks.finish)


@beat_init.connect
@beat_embedded_init.connect
def measure_beat(**kwargs: object) -> None:
    after_task_publish.connect(tasks.see_beat)
