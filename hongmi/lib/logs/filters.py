"""Filters of log lines."""

import logging
from collections.abc import Collection


class WithoutTicks(logging.Filter):
    """Drops what is below WARNING about `tasks`, which run every few seconds and would be most of the log."""

    def __init__(self, tasks: Collection[str]) -> None:
        super().__init__()
        self._tasks = frozenset(tasks)

    def filter(self, record: logging.LogRecord) -> bool:
        task = record.msg.get("task") if isinstance(record.msg, dict) else None
        return record.levelno >= logging.WARNING or task not in self._tasks


class WithoutQueryString(logging.Filter):
    """For the development server, whose first argument is the request line: `GET /path?query HTTP/1.1`."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and record.args:
            record.args = (_without_query(str(record.args[0])), *record.args[1:])
        return True


def _without_query(request_line: str) -> str:
    target, _, version = request_line.rpartition(" ")
    return f"{target.split('?', 1)[0]} {version}" if target else request_line
