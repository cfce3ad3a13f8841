"""`make demo`, for real: up, answering, down without a trace, up again after kill -9 of everything."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from hongmi import demo
from hongmi.embedded import children
from tests.ground import ROOT

UP = "Ctrl-C stops it"


class Runner:
    """The process behind `make demo`, in a state directory of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = children.free_port()
        self.process: subprocess.Popen[str] | None = None

    def open(self) -> subprocess.Popen[str]:
        servers = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CACHE_URL", "SECRET_KEY", "HONGMI_FIELD_KEYS")
        kept = {name: value for name, value in os.environ.items() if name not in servers}
        return subprocess.Popen(
            [sys.executable, "-m", "hongmi.demo", "--without-cdnow"],
            cwd=ROOT,
            env=kept | {"HONGMI_STATE_DIR": str(self.state), "DEMO_PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> str:
        """Answer what it printed, up to the line that says it is running."""
        self.process = self.open()
        assert self.process.stdout is not None
        printed = ""
        while UP not in printed and (line := self.process.stdout.readline()):
            printed += line
        return printed

    def everyone(self) -> list[psutil.Process]:
        """Every process that belongs to this demo, servers included."""
        found = []
        for process in psutil.process_iter():
            try:
                is_ours = process.environ().get(demo.MARK) == str(self.state)
                is_server = any(str(self.state) in part for part in process.cmdline())
            except psutil.Error:
                continue
            if (is_ours or is_server) and process.pid != os.getpid():
                found.append(process)
        return found

    def stop(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture
def runner(server_directory: Path) -> Iterator[Runner]:
    runner = Runner(server_directory / "state")
    yield runner
    if runner.process and runner.process.poll() is None:
        runner.stop(signal.SIGKILL)
    for process in runner.everyone():
        process.kill()


def found_by_audits(runner: Runner, patience_seconds: int = 60) -> set[bool]:
    """Whether the books stand; the worker looks when it is up, and twice when it was killed before it had."""
    said = dict(line.split("=", 1) for line in (runner.state / "demo.env").read_text().splitlines())
    until = time.monotonic() + patience_seconds
    with psycopg.connect(said["DATABASE_URL"], autocommit=True) as connection:
        while time.monotonic() < until:
            if found := connection.execute("SELECT is_ok FROM points_auditrun").fetchall():
                return {is_ok for (is_ok,) in found}
            time.sleep(0.5)
    return set()


def test_the_demo_comes_up_stops_cleanly_and_survives_kill_9_of_everything(runner: Runner) -> None:
    assert UP in runner.start()
    refused, _ = runner.open().communicate(timeout=30)
    assert "already running" in refused
    facts = json.loads((runner.state / "demo.json").read_text())
    assert facts["base_url"] == f"http://127.0.0.1:{runner.port}"
    for name in ("demo.json", "demo.env", "secrets.json"):
        assert (runner.state / name).stat().st_mode & 0o077 == 0
    for process in runner.everyone():
        process.kill()
    assert runner.process is not None
    runner.process.wait()

    assert UP in runner.start()
    assert json.loads((runner.state / "demo.json").read_text()) == facts
    assert urllib.request.urlopen(f"{facts['base_url']}/healthz").status == 200
    assert found_by_audits(runner) == {True}
    assert runner.stop(signal.SIGINT) == 0
    assert runner.everyone() == []
