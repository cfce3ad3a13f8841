"""kill -9 of PostgreSQL under load: every act in the log of acknowledged acts must be there again.

A killed process loses what it had not handed to the operating system; with `synchronous_commit = off` and a WAL writer
that sleeps that is a lot, which the control shows. (A power cut takes what was not flushed too, and needs fsync.)
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import InterfaceError, OperationalError, connections

from hongmi.embedded import roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.lib import retry
from points.models import Act
from tests import environment, factories
from tests.points import cast
from tests.points.ledger.test_books_machine import broken_sums

CAREFUL = {"synchronous_commit": "on", "fsync": "on", "autovacuum": "off"}
# The WAL stays in shared memory, which dies with the server; only a request flushes it.
CARELESS = CAREFUL | {
    "synchronous_commit": "off",
    "wal_buffers": "64MB",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
}
CLIENTS = 4
LOAD_ACTS = 50


@contextmanager
def django_at(url: str) -> Iterator[None]:
    """Django's default connection goes to another server, in all threads."""
    default: Any = connections["default"]
    before, address = dict(default.settings_dict), urlsplit(url)

    def point_at(settings: dict[str, Any]) -> None:
        default.close()
        default.close_pool()
        default.settings_dict.update(settings)

    point_at({
        "HOST": address.hostname, "PORT": address.port, "NAME": address.path[1:],
        "USER": address.username, "PASSWORD": address.password,
    })  # fmt: skip
    try:
        yield
    finally:
        point_at(before)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server to be killed, with a migrated database."""
    with environment.reachable_directory() as directory, PostgreSQL(directory, settings=CAREFUL) as server:
        server.create_database("hongmi")
        environment.migrate(server.url(roles.OWNER, "hongmi"), server.url(roles.APP, "hongmi"))
        yield server


def run_until_killed(server: PostgreSQL, log: Path, *, seconds: float) -> None:
    """Book from all clients until the server is dead; each act that was answered is a line of the log."""
    shop = factories.merchant()
    people = [factories.member(f"Alice {number}", shop) for number in range(CLIENTS)]
    for who in people:
        cast.buy(shop, who, cast.award(5))

    def book(who: Any) -> None:
        try:
            while True:
                booking = cast.buy(shop, who, cast.award(1))
                with log.open("a") as acknowledged:
                    acknowledged.write(f"{booking.act_id}\n")
        except (OperationalError, InterfaceError):
            connections.close_all()

    threads = [threading.Thread(target=book, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    # A slow machine takes longer to have anything to lose.
    while not log.exists() or log.read_bytes().count(b"\n") <= 2 * LOAD_ACTS:
        time.sleep(0.05)
        assert all(thread.is_alive() for thread in threads)
    server.kill()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def lost(log: Path) -> int:
    acknowledged = {int(line) for line in log.read_text().splitlines()}
    assert len(acknowledged) > LOAD_ACTS, "there was no load"
    gone = len(acknowledged) - Act.objects.filter(id__in=acknowledged).count()
    print(f"\n{len(acknowledged)} acknowledged, {gone} lost")
    return gone


def crash(server: PostgreSQL, log: Path, settings: dict[str, str], *, seconds: float) -> int:
    """Kill the server under load and start it again; how many acknowledged acts are gone."""
    server.stop()
    server.settings = settings
    server.start()
    with django_at(server.url(roles.APP, "hongmi")):
        run_until_killed(server, log, seconds=seconds)
        server.start()
        connections["default"].close()
        connections["default"].close_pool()  # type: ignore[attr-defined]
        members = list(Act.objects.values_list("member_id", flat=True).distinct())
        assert broken_sums(members) == []
        return lost(log)


@pytest.fixture(autouse=True)
def one_attempt(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that retried after the crash would hide the acts that the crash lost."""
    monkeypatch.setattr(retry, "ATTEMPTS", 1)


def test_a_killed_server_has_lost_nothing_it_acknowledged(server: PostgreSQL, tmp_path: Path) -> None:
    assert crash(server, tmp_path / "acknowledged", CAREFUL, seconds=1) == 0


def test_control_with_asynchronous_commit_acknowledged_acts_are_lost(server: PostgreSQL, tmp_path: Path) -> None:
    assert crash(server, tmp_path / "acknowledged", CARELESS, seconds=1) > 0


@pytest.mark.campaign
@pytest.mark.parametrize("number", range(int(os.environ.get("HONGMI_ROUNDS", "20"))))
def test_crash_after_crash_nothing_is_lost(server: PostgreSQL, tmp_path: Path, number: int) -> None:
    assert crash(server, tmp_path / "acknowledged", CAREFUL, seconds=2 + number / 4) == 0


@pytest.mark.campaign
@pytest.mark.parametrize("number", range(5))
def test_control_crash_after_crash_with_asynchronous_commit_loses(
    server: PostgreSQL, tmp_path: Path, number: int
) -> None:
    assert crash(server, tmp_path / "acknowledged", CARELESS, seconds=2 + number / 4) > 0
