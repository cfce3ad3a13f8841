"""Metrics and log context of tasks and of the scheduler; hongmi/celery.py connects them."""

import time
from typing import Any

import structlog

from hongmi.lib.metrics import shared

RUNS = shared.counter("hongmi_task_runs_total")
SECONDS = shared.counter("hongmi_task_seconds_total")
# Unix times: when a task last succeeded, a worker last finished a task, and beat last sent one.
SUCCEEDED = shared.gauge("hongmi_task_succeeded_seconds")
WORKER_SEEN = shared.gauge("hongmi_worker_seen_seconds")
BEAT_SEEN = shared.gauge("hongmi_beat_seen_seconds")


def name_task_in_log(sender: object, task: Any, **kwargs: object) -> None:
    structlog.contextvars.bind_contextvars(task=task.name)


def start(task: Any, **kwargs: object) -> None:
    task.request.started_at_seconds = time.monotonic()


def finish(task: Any, state: str | None = None, **kwargs: object) -> None:
    started_at_seconds = getattr(task.request, "started_at_seconds", None)
    if started_at_seconds is not None:
        SECONDS.add(round(time.monotonic() - started_at_seconds, 3), task=task.name)
    RUNS.add(task=task.name, result=(state or "unknown").lower())
    WORKER_SEEN.set_to_now()
    if state == "SUCCESS":
        SUCCEEDED.set_to_now(task=task.name)


def see_beat(**kwargs: object) -> None:
    BEAT_SEEN.set_to_now()
