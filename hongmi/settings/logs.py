"""Logs as JSON on the standard error stream, and the metrics beside them."""

import logging
import os

import structlog

from hongmi.settings.environment import env
from hongmi.settings.jobs import CELERY_BEAT_SCHEDULE

_shared_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared_processors,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
# Tasks that run every few seconds or minutes.
_ticks = [entry["task"] for entry in CELERY_BEAT_SCHEDULE.values() if isinstance(entry["schedule"], float)]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "filters": {
        "without_ticks": {"()": "hongmi.lib.logs.filters.WithoutTicks", "tasks": _ticks},
        "without_query_string": {"()": "hongmi.lib.logs.filters.WithoutQueryString"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "filters": ["without_query_string"], "propagate": False},
        # django-structlog logs the same facts, as JSON with the duration.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "django_structlog.celery.receivers": {"filters": ["without_ticks"]},
        # Never lower, because at DEBUG the library writes the tokens that it issues.
        "oauthlib": {"level": "INFO"},
    },
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# The line at the end repeats everything of the line at the start.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
# RequestIdMiddleware has validated the caller's id by then.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

# The bearer token of Prometheus.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Several web processes share their metrics through files.
if _metrics_dir := env.str("PROMETHEUS_MULTIPROC_DIR", default=""):
    os.makedirs(_metrics_dir, exist_ok=True)
