"""The environment the tests stand on: a server per session, one migrated template, a clone of it per worker.

Nobody flushes: the books refuse TRUNCATE to everyone. A test that commits uses fresh members; a test of the whole
book takes a clone of its own. DATABASE_OWNER_URL (a superuser, or hongmi_owner together with hongmi_app in
DATABASE_URL) and REDIS_URL put real servers under the tests.
"""

import contextlib
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from hongmi import messages
from hongmi.embedded import places, roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.embedded.valkey import Valkey

ROOT = Path(__file__).parent.parent
MAX_SLOTS = 32
# Nothing here must survive a power cut; what a killed server had acknowledged is there all the same.
SERVER_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "256MB"}
WORKERS_PER_REDIS = 7
# Variables of this run that would lead a run of its own to our servers.
OURS = ("HONGMI_", "PYTEST_", "DATABASE_", "REDIS_", "CACHE_")


@dataclass(frozen=True)
class Environment:
    """Addresses that controller and workers agree on; they travel in the environment."""

    owner_url: str
    app_url: str
    redis_url: str
    template: str
    session: str
    directory: str

    @classmethod
    def from_environment(cls) -> "Environment | None":
        values = {name: os.environ.get(f"HONGMI_TEST_{name.upper()}", "") for name in cls.__dataclass_fields__}
        return cls(**values) if all(values.values()) else None

    def to_environment(self) -> None:
        os.environ.update({f"HONGMI_TEST_{name.upper()}": getattr(self, name) for name in self.__dataclass_fields__})

    @property
    def worker(self) -> str:
        return os.environ.get("PYTEST_XDIST_WORKER", "gw0")

    @property
    def database(self) -> str:
        """The name of this worker's clone."""
        return f"hongmi_test_{self.session}_{self.worker}"

    def settle_in(self) -> None:
        """Point this process, and every process it starts, at this worker's own databases."""
        number = int(self.worker.removeprefix("gw")) % WORKERS_PER_REDIS
        state = Path(self.directory) / self.worker
        state.mkdir(parents=True, exist_ok=True)
        os.environ.update(
            HONGMI_ENVIRONMENT="test",
            HONGMI_STATE_DIR=str(state),
            SECRET_KEY="only-for-tests-" + "0123456789abcdefghij" * 2,
            HONGMI_FIELD_KEYS="00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
            REDIS_URL=at(self.redis_url, str(2 * number)),
            CACHE_URL=at(self.redis_url, str(2 * number + 1)),
            DATABASE_POOL_SIZE="64",
            # All tests call from one address, and half of them expect a refusal.
            API_REFUSED_RATE="1000000/minute",
            **self.addresses(self.database),
        )

    def addresses(self, database: str) -> dict[str, str]:
        return {"DATABASE_URL": at(self.app_url, database), "DATABASE_OWNER_URL": at(self.owner_url, database)}

    def clone(self, name: str, *, of: str = "") -> None:
        """A copy of the template, or of another database that nobody is using."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(of or self.template)))

    def drop(self, name: str) -> None:
        _drop(self.owner_url, self.app_url, name)


class Servers:
    """The servers of a test run. Their addresses stand from the beginning; they start when a test first needs one,
    so that tests of pure modules wait for none."""

    def __init__(self, slot: Path) -> None:
        self._postgresql: PostgreSQL | None = None
        self._valkey: Valkey | None = None
        self._stack = contextlib.ExitStack()
        self._are_up = False
        given = _given_database()
        if given is None:
            self._postgresql = PostgreSQL(slot / "postgresql", settings=SERVER_SETTINGS, port=_free_port())
            given = self._postgresql.url(roles.OWNER), self._postgresql.url(roles.APP)
        self.owner_url, self.app_url = given
        self.redis_url = os.environ.get("REDIS_URL", "")
        if not self.redis_url:
            self._valkey = Valkey(slot / "valkey", persistent=False, port=_free_port())
            self.redis_url = self._valkey.url()

    def start(self, environment: Environment) -> None:
        """Idempotent. Afterwards the migrated template stands. RuntimeError when a port was lost to another program."""
        if self._are_up:
            return
        for server in (self._postgresql, self._valkey):
            if server is not None:
                port = server.port
                self._stack.enter_context(server)
                if server.port != port:
                    raise RuntimeError(f"port {port} was taken meanwhile; run the tests again")
        if self._postgresql is not None:
            _drop_matching(self.owner_url, self.app_url, "hongmi_test_%")
        _make_template(self.owner_url, self.app_url, environment.template)
        self._stack.callback(_drop_matching, self.owner_url, self.app_url, f"hongmi_test_{environment.session}_%")
        self._are_up = True

    def close(self) -> None:
        self._stack.close()


@dataclass(frozen=True)
class Run:
    """Environment of one process of a test run, with the servers that it has to close."""

    environment: Environment
    # None in the workers of pytest-xdist, whose controller starts the servers before it starts them.
    servers: Servers | None
    _stack: contextlib.ExitStack

    def start_servers(self) -> None:
        if self.servers is not None:
            self.servers.start(self.environment)

    def close(self) -> None:
        self._stack.close()


def prepare() -> Run:
    """Called once in every process of a test run, before Django reads its settings. Starts nothing."""
    messages.compile_all()
    stack = contextlib.ExitStack()
    environment, servers = Environment.from_environment(), None
    if environment is None:
        state = Path(os.environ.get("HONGMI_STATE_DIR", ROOT / ".state"))
        servers = Servers(_free_slot(state / "tests", stack))
        directory = stack.enter_context(reachable_directory())
        stack.callback(servers.close)
        environment = Environment(
            servers.owner_url, servers.app_url, servers.redis_url, f"hongmi_template_{_fingerprint()}",
            secrets.token_hex(4), str(directory),
        )  # fmt: skip
        environment.to_environment()
    environment.settle_in()
    return Run(environment, servers, stack)


def _free_port() -> int:
    """Below the ports that the kernel gives to outgoing connections, because the server takes it only later."""
    while True:
        port = 15_000 + secrets.randbelow(15_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _free_slot(directory: Path, stack: contextlib.ExitStack) -> Path:
    """A directory nobody else is testing in, so that two runs of one checkout have two servers."""
    for number in range(MAX_SLOTS):
        slot = directory / str(number)
        slot.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(places.AlreadyRunning):
            stack.enter_context(places.hold(slot))
            return slot
    raise places.AlreadyRunning(f"{MAX_SLOTS} test runs are using {directory}")


def _given_database() -> tuple[str, str] | None:
    """The addresses of hongmi_owner and hongmi_app on the server of DATABASE_OWNER_URL."""
    given = os.environ.get("DATABASE_OWNER_URL")
    if not given:
        return None
    with psycopg.connect(given, autocommit=True) as connection:
        row = connection.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row is not None
        if not row[1]:
            if row[0] != roles.OWNER or "DATABASE_URL" not in os.environ:
                raise RuntimeError("DATABASE_OWNER_URL needs a superuser, or hongmi_owner beside DATABASE_URL")
            return at(given, "postgres"), at(os.environ["DATABASE_URL"], "postgres")
        # Derived from the address alone, because two runs on one server must agree on them.
        digest = hashlib.sha256(given.encode()).hexdigest()
        passwords = {role: f"{role}-{digest[:24]}" for role in (roles.OWNER, roles.APP)}
        roles.set_up(connection, passwords)
    return tuple(_as(given, role, passwords[role]) for role in (roles.OWNER, roles.APP))  # type: ignore[return-value]


def _make_template(owner_url: str, app_url: str, name: str) -> None:
    """A migrated database; its name holds a fingerprint of the migrations, the SQL files and the lock."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        # One at a time, because two runs on one server would both make it.
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        half_made = f"{name}_half"
        _drop(owner_url, app_url, half_made)
        if "DATABASE_OWNER_URL" not in os.environ:
            _drop_matching(owner_url, app_url, "hongmi_template_%")
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(half_made))
        )
        migrate(at(owner_url, half_made), at(app_url, half_made))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(half_made), sql.Identifier(name)))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def migrate(owner_url: str, app_url: str, *where: str, settings: str = "hongmi.settings") -> None:
    """All migrations, or to the app and migration named in `where`."""
    environment = os.environ | {
        "DATABASE_OWNER_URL": owner_url,
        "DATABASE_URL": app_url,
        "DJANGO_SETTINGS_MODULE": settings,
        "HONGMI_ENVIRONMENT": "test",
        "SECRET_KEY": "migrating",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "manage.py", "migrate", *where, "--verbosity", "0", "--skip-checks"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    files = [*ROOT.glob("*/migrations/*.*"), *ROOT.glob("hongmi/sql/*.sql"), ROOT / "requirements.txt"]
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _drop_matching(owner_url: str, app_url: str, pattern: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
    for (name,) in names:
        _drop(owner_url, app_url, name)


def _drop(owner_url: str, app_url: str, name: str) -> None:
    """Each role ends its own connections first; WITH (FORCE) may not end those of the other."""
    for url in (app_url, owner_url):
        with psycopg.connect(url, autocommit=True) as connection:
            mine = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
            connection.execute(f"SELECT pg_terminate_backend(pid, 2000) FROM ({mine}) AS mine", [name])
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def at(url: str, path: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def _as(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}", path="/postgres"))


def run_pytest(
    *arguments: str, state: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A test run in a child, with embedded servers of its own in `state`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=inherited | {"HONGMI_STATE_DIR": str(state)} | dict(variables or {}),
        capture_output=True,
        text=True,
    )


@contextlib.contextmanager
def reachable_directory() -> Iterator[Path]:
    """A temporary directory that the account of an embedded server can reach, which pytest's own is not for root."""
    with tempfile.TemporaryDirectory(prefix="hongmi-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextlib.contextmanager
def rerouted(environment: Environment, name: str) -> Iterator[None]:
    """Within, Django and every process started from here use the database `name`."""
    from django.db import connections
    from django.test import override_settings

    def point_at(database: str) -> None:
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].close_pool()  # type: ignore[attr-defined]
            # One dictionary for all threads, so that those started later follow.
            connections[alias].settings_dict["NAME"] = database
        os.environ.update(environment.addresses(database))

    before = str(connections["default"].settings_dict["NAME"])
    point_at(name)
    # Heads of its own too, because the sealer refuses to continue where another ledger's heads were published.
    state = Path(tempfile.mkdtemp(dir=environment.directory))
    own = {"SEAL_KEYS_DIRECTORY": state / "seal", "HEADS_DIRECTORY": state / "heads"}
    try:
        with override_settings(**own), pytest.MonkeyPatch.context() as variables:
            for place, directory in own.items():
                variables.setenv(f"HONGMI_{place}", str(directory))
            yield
    finally:
        point_at(before)
