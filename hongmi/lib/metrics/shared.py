"""Metrics that every process may write and one scrape of the web reads, because Prometheus does not scrape workers.

The values lie in Redis. Losing them harms nobody: counters begin again, and gauges return with the next run.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import redis
import structlog
from django.conf import settings

logger = structlog.get_logger(__name__)
KEY = "hongmi:metrics"
TIMEOUT_SECONDS = 1


@dataclass(frozen=True)
class Metric:
    """A counter or gauge by name. Writing it never fails: without Redis the change is lost and logged."""

    kind: str
    name: str

    def add(self, amount: float = 1, **labels: str) -> None:
        self._write(lambda client, field: client.hincrbyfloat(KEY, field, amount), labels)

    def set(self, value: float, **labels: str) -> None:
        self._write(lambda client, field: client.hset(KEY, field, value), labels)

    def set_to_now(self, **labels: str) -> None:
        """Unix time."""
        self.set(round(time.time()), **labels)

    def _write(self, write: Callable[[Any, str], object], labels: dict[str, str]) -> None:
        inner = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
        field = self.name + (f"{{{inner}}}" if inner else "")
        try:
            # With the kind, so that a process can show metrics whose modules it never imported.
            write(_client(settings.REDIS_URL), f"{self.kind} {field}")
        except redis.RedisError as error:
            logger.warning("metric_lost", metric=self.name, reason=type(error).__name__)


def counter(name: str) -> Metric:
    return Metric("counter", name)


def gauge(name: str) -> Metric:
    return Metric("gauge", name)


def exposition() -> str:
    """Every value in Prometheus's text format; empty without Redis."""
    try:
        stored = _client(settings.REDIS_URL).hgetall(KEY)
    except redis.RedisError as error:
        logger.warning("metrics_unread", reason=type(error).__name__)
        return ""
    fields = sorted((*field.decode().split(" ", 1), float(value)) for field, value in stored.items())
    lines = []
    for (kind, name), values in groupby(fields, key=lambda each: (each[0], each[1].partition("{")[0])):
        lines.append(f"# TYPE {name} {kind}")
        lines += [f"{field} {value}" for _, field, value in values]
    return "".join(f"{line}\n" for line in lines)


@lru_cache(maxsize=2)
def _client(url: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
