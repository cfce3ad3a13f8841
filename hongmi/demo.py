"""`make demo`: both servers, the tables, the demo data, then web, worker and beat, until Ctrl-C.

DEMO_PORT and HONGMI_STATE_DIR choose another place; DATABASE_URL with DATABASE_OWNER_URL, and REDIS_URL, real servers.
The signed heads of a real server's ledger have a directory of their own in the state directory.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import psutil

from hongmi import demo_banner
from hongmi.embedded import children, places, roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.embedded.valkey import Valkey

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
DATABASE = "hongmi"
WEB_PATIENCE_SECONDS = 60
# Their directories in the state directory.
SERVERS = ("postgresql", "valkey")
# The exit code of manage.py for a database of another version (hongmi/checks.py).
OTHER_VERSION = 3
# An environment variable of every process of a demo, its value the state directory: finds those of a killed demo.
MARK = "HONGMI_DEMO"


class Refusal(Exception):
    """The demo cannot start; the message is for the person at the terminal."""


class OtherVersion(Exception):
    """Another version of Hongmi made the database."""


class Demo:
    def __init__(self, state: Path, port: int, options: Sequence[str] = ()) -> None:
        """`options` go to prepare_demo."""
        self.state = state.absolute()
        self.port = port
        self.base_url = f"http://{HOST}:{port}"
        self.options = options
        self.is_over = threading.Event()
        self.stack = contextlib.ExitStack()
        self.services: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> int:
        """Run until a signal; returns 0, or 1 when a service ended by itself."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with self.stack:
            self._claim()
            try:
                environment = self._prepare()
            except OtherVersion:
                self._set_aside()
                environment = self._prepare()
            self.stack.callback(self._stop_services)
            self._start_web(environment)
            self._await_web()
            self._start_jobs(environment)
            if not self.is_over.is_set():
                print(demo_banner.write(self.state / "demo.json", self.base_url, self.state / "log"), flush=True)
            return self._watch()

    def _prepare(self) -> dict[str, str]:
        """Servers with tables and demo data; the environment that leads every other process to them."""
        environment = self._start_servers()
        self._manage("prepare_demo", *self.options, environment=environment)
        return environment

    def _set_aside(self) -> None:
        """Keep the state of another version under another name and begin anew."""
        if "DATABASE_URL" in os.environ:
            raise Refusal("`make demo` leaves a database of your own as it is.")
        self.stack.close()
        aside = self.state.with_name(f"{self.state.name}.old-{time.strftime('%Y%m%d-%H%M%S')}")
        places.move(self.state, aside, servers=SERVERS)
        self._print_step(f"{self.state} is of another version; it is now {aside}, and the demo begins anew")
        self._claim()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_over.set()

    def _claim(self) -> None:
        """Lock the state directory, check the port, and end the processes that a killed demo left behind."""
        (self.state / "log").mkdir(parents=True, exist_ok=True)
        try:
            self.stack.enter_context(places.hold(self.state))
        except places.AlreadyRunning:
            raise Refusal(f"A demo is already running from {self.state}; stop it first.") from None
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != os.getpid() and process.environ().get(MARK) == str(self.state):
                    process.kill()
                    process.wait(10)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError:
                message = f"Port {self.port} is taken; choose another one: DEMO_PORT={self.port + 1} make demo"
                raise Refusal(message) from None

    def _start_servers(self) -> dict[str, str]:
        """Start the servers; returns the environment with their addresses for every other process."""
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        given = {name: url for name in names if (url := os.environ.get(name))}
        if ("DATABASE_URL" in given) != ("DATABASE_OWNER_URL" in given):
            raise Refusal("DATABASE_URL and DATABASE_OWNER_URL are two roles of one database; give both or neither.")
        heads = self.state / _heads_directory(given.get("DATABASE_URL"))
        if "DATABASE_URL" not in given:
            self._print_step("PostgreSQL")
            server = self.stack.enter_context(PostgreSQL(self.state / SERVERS[0]))
            server.create_database(DATABASE)
            given["DATABASE_URL"] = server.url(roles.APP, DATABASE)
            given["DATABASE_OWNER_URL"] = server.url(roles.OWNER, DATABASE)
        if "REDIS_URL" not in given:
            self._print_step("Valkey")
            given["REDIS_URL"] = self.stack.enter_context(Valkey(self.state / SERVERS[1])).url()
        secret = places.stored_secrets(self.state / "secrets.json", "SECRET_KEY", "HONGMI_FIELD_KEYS", "METRICS_TOKEN")
        metrics = self.state / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        environment = {
            "HONGMI_ENVIRONMENT": "demo",
            "HONGMI_STATE_DIR": str(self.state),
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "DATABASE_POOL_SIZE": "10",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "HONGMI_HEADS_DIRECTORY": os.environ.get("HONGMI_HEADS_DIRECTORY", str(heads)),
            **secret,
            **given,
        }
        lines = "".join(f"{name}={value}\n" for name, value in environment.items())
        places.write_private(self.state / "demo.env", lines)
        return {**os.environ, **environment, MARK: str(self.state), "PYTHONUNBUFFERED": "1"}

    def _manage(self, command: str, *options: str, environment: Mapping[str, str]) -> None:
        if self.is_over.is_set():
            return
        self._print_step(command)
        arguments = [sys.executable, str(ROOT / "manage.py"), command, *options]
        process = children.spawn(arguments, on_parent_death=signal.SIGKILL, env=environment)
        while process.poll() is None and not self.is_over.wait(0.05):
            pass
        children.stop(process, signal.SIGTERM)
        if process.returncode == OTHER_VERSION and not self.is_over.is_set():
            raise OtherVersion
        if process.returncode and not self.is_over.is_set():
            raise Refusal(f"`manage.py {command}` failed.")

    def _start_web(self, environment: Mapping[str, str]) -> None:
        where = ["--host", HOST, "--port", str(self.port)]
        size = ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--no-ws"]
        self._start("web", ["granian", "--interface", "wsgi", *where, *size, "hongmi.wsgi:application"], environment)

    def _start_jobs(self, environment: Mapping[str, str]) -> None:
        """After the web is up, because starting everything at once on two cores doubles the wait."""
        celery = ["celery", "--app", "hongmi.celery"]
        self._start("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"], environment)
        schedule = ["--schedule", str(self.state / "beat-schedule"), "--pidfile", ""]
        self._start("beat", [*celery, "beat", *schedule, "--loglevel", "INFO"], environment)

    def _stop_services(self) -> None:
        """The web first, so that no request publishes a task after the worker has stopped."""
        for name in ("web", "beat", "worker"):
            if name in self.services:
                children.stop(self.services[name], signal.SIGTERM)

    def _start(self, name: str, module: Sequence[str], environment: Mapping[str, str]) -> None:
        if self.is_over.is_set():
            return
        self._print_step(name)
        command = [sys.executable, "-m", *module]
        log = self.state / "log" / f"{name}.log"
        self.services[name] = children.spawn(
            command, on_parent_death=signal.SIGTERM, log=log, env=environment, directory=ROOT
        )

    def _await_web(self) -> None:
        """Wait until the web answers. Raises Refusal if it does not, so that the banner never shows dead addresses."""
        deadline = time.monotonic() + WEB_PATIENCE_SECONDS
        while time.monotonic() < deadline and not self.is_over.is_set() and not self._ended():
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.base_url}/healthz", timeout=5)
                return
            self.is_over.wait(0.1)
        if not self.is_over.is_set() and not self._ended():
            raise Refusal(f"The web does not answer; the end of its log:\n{self._end_of_log('web')}")

    def _watch(self) -> int:
        while not self.is_over.wait(0.5):
            for name in self._ended():
                print(f"\n{name} ended by itself; the end of its log:\n{self._end_of_log(name)}\n", file=sys.stderr)
                return 1
        print("\nStopping …", flush=True)
        return 0

    def _end_of_log(self, name: str) -> str:
        log = self.state / "log" / f"{name}.log"
        return "\n".join([f"{log}:", *log.read_text(errors="replace").splitlines()[-15:]])

    def _ended(self) -> list[str]:
        return [name for name, process in self.services.items() if process.poll() is not None]

    def _print_step(self, name: str) -> None:
        print(f"  · {name}", flush=True)


def _heads_directory(database_url: str | None) -> str:
    """One per external database, because a ledger beside the heads of another one looks rewritten."""
    if database_url is None:
        return "heads"
    parts = urlsplit(database_url)
    return f"heads-{parts.hostname}-{parts.port or 5432}-{parts.path.strip('/')}"


def main() -> int:
    state = Path(os.environ.get("HONGMI_STATE_DIR", ROOT / ".state"))
    try:
        return Demo(state, int(os.environ.get("DEMO_PORT", "8000")), sys.argv[1:]).run()
    except (Refusal, RuntimeError, PermissionError, places.AlreadyRunning) as refusal:
        print(refusal, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
