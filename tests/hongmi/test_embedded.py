"""The embedded servers start, keep their data, and never outlive their parent process."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from hongmi.embedded import children, places, roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.embedded.valkey import Valkey
from tests.environment import ROOT


@pytest.fixture
def server(server_directory: Path) -> Iterator[PostgreSQL]:
    with PostgreSQL(server_directory / "postgresql") as server:
        server.create_database("hongmi")
        yield server


def test_acknowledged_rows_survive_kill_9(server: PostgreSQL) -> None:
    with server.connect(roles.OWNER, "hongmi") as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('kept')")
    server.kill()
    server.start()
    with server.connect(roles.OWNER, "hongmi") as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_a_second_start_finds_the_data_of_the_first(server_directory: Path) -> None:
    for expected in (None, (1,)):
        with PostgreSQL(server_directory / "postgresql") as server, server.connect() as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'hongmi'").fetchone()
            assert row == expected
            server.create_database("hongmi")


def test_it_starts_although_the_pid_file_names_another_program(server_directory: Path) -> None:
    with PostgreSQL(server_directory / "postgresql") as server:
        pid_file = server.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        server.kill()
        pid_file.write_text("\n".join(["1", *lines[1:]]) + "\n")
        server.start()


def test_two_servers_cannot_share_a_directory(server: PostgreSQL) -> None:
    with pytest.raises(places.AlreadyRunning):
        PostgreSQL(server.directory).start()


def test_a_wrong_password_is_refused(server: PostgreSQL) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://{roles.APP}:wrong@127.0.0.1:{server.port}/hongmi")


def test_no_role_of_ours_is_a_superuser_or_bypasses_row_level_security(server: PostgreSQL) -> None:
    with server.connect() as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolcreatedb, rolsuper, rolbypassrls, rolcreaterole"
            " FROM pg_roles WHERE rolname LIKE 'hongmi_%' ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("hongmi_app", True, False, False, False, False),
        ("hongmi_ledger", False, False, False, False, False),
        ("hongmi_owner", True, True, False, False, False),
    ]


def test_the_server_runs_as_an_unprivileged_account_and_keeps_its_passwords_private(server: PostgreSQL) -> None:
    assert psutil.Process(server.pid).uids().real != 0
    assert (server.directory / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert not any(secret in " ".join(psutil.Process(server.pid).cmdline()) for secret in server.passwords.values())


def test_servers_die_with_the_process_that_started_them(server_directory: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from hongmi.embedded.postgresql import PostgreSQL;"
        "server = PostgreSQL(Path(sys.argv[1])).start(); print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(server_directory / "postgresql")]
    starter = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    postmaster = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.wait()
    postmaster.wait(timeout=10)
    with PostgreSQL(server_directory / "postgresql"):
        pass


def test_valkey_keeps_its_data_and_requires_its_password(server_directory: Path) -> None:
    with Valkey(server_directory / "valkey") as server:
        redis.Redis.from_url(server.url()).set("note", "kept")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port or 0).get("note")
    with Valkey(server_directory / "valkey") as server:
        assert redis.Redis.from_url(server.url()).get("note") == b"kept"


def test_a_child_is_signalled_first_and_then_killed() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    started = time.monotonic()
    children.stop(process, signal.SIGTERM, patience_seconds=0.3)
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - started >= 0.3


def test_an_unreachable_directory_is_replaced_by_a_reachable_one(server_directory: Path) -> None:
    account = children.server_account()
    if not account.is_other:
        pytest.skip("only root runs the servers as somebody else")
    home = server_directory / "home"
    home.mkdir(mode=0o700)
    place = places.directory_for(home / "checkout" / ".state", account)
    try:
        assert place != home / "checkout" / ".state"
        assert account.can("-x", place)
        assert places.directory_for(home / "checkout" / ".state", account) == place
    finally:
        place.rmdir()
