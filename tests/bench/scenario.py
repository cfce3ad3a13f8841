"""The servers of the bench: one durable PostgreSQL with a ledger database and pgbench's own database."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from hongmi.embedded import places, roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.embedded.valkey import Valkey
from tests.bench import people

ROOT = Path(__file__).parents[2]
LEDGER, TPCB = "hongmi", "tpcb"
MERCHANTS, MEMBERS = 1_000, 20_000
SCALE = 50
# As a small production server: nothing about durability is relaxed.
SETTINGS = {
    "shared_buffers": "2GB",
    "max_connections": "100",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "synchronous_commit": "on",
}


@dataclass(frozen=True)
class Scene:
    server: PostgreSQL
    state: Path

    def connect(self, role: str = roles.APP) -> psycopg.Connection:
        return psycopg.connect(self.server.url(role, LEDGER), autocommit=True)

    def superuser(self, database: str = LEDGER) -> psycopg.Connection:
        return psycopg.connect(self.server.url(database=database), autocommit=True)

    def pgbench(
        self,
        script: str,
        *,
        clients: int,
        seconds: int | None = None,
        transactions: int | None = None,
        rate: int | None = None,
        database: str = LEDGER,
        **variables: int,
    ) -> float:
        """Transactions per second of a pgbench script (or of its own TPC-B), prepared, clients on two threads.

        As many as it can, unless a `rate` per second is set.
        """
        file = self.state / "script.sql"
        file.write_text(script)
        source = ["--builtin", "tpcb-like"] if script == "" else ["--file", str(file)]
        length = ["--time", str(seconds)] if seconds else ["--transactions", str(transactions)]
        pace = ["--rate", str(rate)] if rate else []
        role = roles.APP if database == LEDGER else "postgres"
        command = [
            str(self.server.binary("pgbench")), "--no-vacuum", "--protocol", "prepared", "--client", str(clients),
            "--jobs", "2", *length, *pace, *source, *[f"--define={name}={value}" for name, value in variables.items()],
            self.server.url(role, database),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        line = next(line for line in done.stdout.splitlines() if line.startswith("tps ="))
        return float(line.split()[2])

    def server_cpu_seconds(self) -> float:
        """Processor time of the postmaster and all its children, living and gone."""
        postmaster = psutil.Process(self.server.pid)
        total = sum(postmaster.cpu_times()[:4])
        for child in postmaster.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(child.cpu_times()[:2])
        return total

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, text=True, capture_output=True, check=False
        )

    def audit_is_green(self) -> bool:
        done = self.manage("audit_ledger")
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
        return done.returncode == 0


@contextlib.contextmanager
def prepared() -> Iterator[Scene]:
    """Servers with new tables, merchants and members; the ledger of an earlier run is dropped."""
    state = Path(os.environ.get("HONGMI_STATE_DIR", ROOT / ".state")).absolute() / "bench"
    state.mkdir(parents=True, exist_ok=True)
    with PostgreSQL(state / "postgresql", settings=SETTINGS) as server, Valkey(state / "valkey") as valkey:
        scene = Scene(server, state)
        _point_django_at(scene, valkey)
        _prepare_tpcb(scene)
        _prepare_ledger(scene)
        yield scene


def _point_django_at(scene: Scene, valkey: Valkey) -> None:
    os.environ.update(
        HONGMI_ENVIRONMENT="demo",
        HONGMI_STATE_DIR=str(scene.state),
        SECRET_KEY=places.stored_secrets(scene.state / "secrets.json", "SECRET_KEY")["SECRET_KEY"],
        ALLOWED_HOSTS="127.0.0.1",
        DATABASE_URL=scene.server.url(roles.APP, LEDGER),
        DATABASE_OWNER_URL=scene.server.url(roles.OWNER, LEDGER),
        REDIS_URL=valkey.url(),
        API_RATE="100000000/minute",
        LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="hongmi.settings",
    )


def _prepare_tpcb(scene: Scene) -> None:
    with scene.superuser("postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TPCB]).fetchone():
            return
        connection.execute(f"CREATE DATABASE {TPCB}")
    url = scene.server.url(database=TPCB)
    command = [str(scene.server.binary("pgbench")), "--initialize", "--quiet", "--scale", str(SCALE), url]
    subprocess.run(command, check=True, capture_output=True)


def _prepare_ledger(scene: Scene) -> None:
    # The heads of the dropped ledger, too, because the sealer refuses a ledger that does not agree with them.
    shutil.rmtree(scene.state / "heads", ignore_errors=True)
    with scene.superuser("postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {LEDGER} WITH (FORCE)")
    scene.server.create_database(LEDGER)
    done = scene.manage("migrate", "--verbosity", "0")
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    people.create(MERCHANTS, MEMBERS)
    with scene.superuser() as connection:
        connection.execute("VACUUM ANALYZE")
