"""The log and the metrics of worker and beat: ticks fill neither, and a scrape of the web sees both processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hongmi.embedded import children
from hongmi.embedded.valkey import Valkey
from hongmi.lib.metrics import shared
from tests.environment import Environment


@pytest.fixture
def worker_log(own_db: str, environment: Environment, server_directory: Path, settings: Any) -> Iterator[Path]:
    """Log at INFO of a worker with beat while it ticks; the settings' REDIS_URL is its queue."""
    queue = Valkey(server_directory / "queue", persistent=False).start()
    settings.REDIS_URL = queue.url()
    log = server_directory / "worker.log"
    command = [sys.executable, "-m", "celery", "--app", "hongmi.celery", "worker", "--beat", "--concurrency", "1"]
    command += ["--schedule", str(server_directory / "beat"), "--loglevel", "INFO"]
    variables = os.environ | environment.addresses(own_db) | {"REDIS_URL": queue.url()}
    process = children.spawn(command, on_parent_death=signal.SIGKILL, env=variables, log=log)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and values().get(RELAYED, 0) < 5:
        time.sleep(0.5)
    yield log
    children.stop(process, signal.SIGTERM)
    queue.stop()


RELAYED = 'hongmi_task_runs_total{result="success",task="notifications.tasks.relay_outbox"}'


def values() -> dict[str, float]:
    lines = [line.rpartition(" ") for line in shared.exposition().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_ticks_leave_no_line_at_info_and_are_measured(worker_log: Path) -> None:
    measured = values()
    assert measured[RELAYED] >= 5
    for name in ("hongmi_worker_seen_seconds", "hongmi_beat_seen_seconds"):
        assert abs(measured[name] - time.time()) < 60
    assert measured['hongmi_task_seconds_total{task="notifications.tasks.relay_outbox"}'] > 0
    assert "relay_outbox" not in "".join(line for line in worker_log.read_text().splitlines() if is_log(line))


def is_log(line: str) -> bool:
    """A line of the log, and not of the banner that lists all tasks."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return "INFO" in line


def test_a_run_of_a_daily_task_is_logged_with_its_name_and_duration(worker_log: Path, settings: Any) -> None:
    code = "import django; django.setup(); from accounts.tasks import purge_personal_data as task; task.delay()"
    variables = os.environ | {"DJANGO_SETTINGS_MODULE": "hongmi.settings"}
    subprocess.run(
        [sys.executable, "-c", f"import hongmi.celery; {code}"],
        env=variables | {"REDIS_URL": settings.REDIS_URL},
        check=True,
        timeout=60,
    )
    deadline = time.monotonic() + 60
    while "purge_personal_data" not in worker_log.read_text() and time.monotonic() < deadline:
        time.sleep(0.5)
    lines = [json.loads(line) for line in worker_log.read_text().splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("task") == "accounts.tasks.purge_personal_data"]
    assert line["event"] == "task_succeeded"
    assert line["duration_ms"] > 0
