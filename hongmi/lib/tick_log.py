"""Keeps the lines about tasks that run every few seconds out of the log: they would be most of it."""

import logging
from collections.abc import Collection


class WithoutTicks(logging.Filter):
    """Drops what is below WARNING about `tasks`; the failure of a tick stays."""

    def __init__(self, tasks: Collection[str]) -> None:
        super().__init__()
        self._tasks = frozenset(tasks)

    def filter(self, record: logging.LogRecord) -> bool:
        task = record.msg.get("task") if isinstance(record.msg, dict) else None
        return record.levelno >= logging.WARNING or task not in self._tasks
