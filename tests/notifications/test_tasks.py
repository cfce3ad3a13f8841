"""End to end: an act is booked, beat ticks, a real worker consumes the delivery, the message is in the inbox."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from hongmi.embedded import children
from hongmi.embedded.valkey import Valkey
from notifications import queries
from notifications.models import Delivery, InboxMessage
from tests import factories
from tests.environment import Environment
from tests.points import cast

PATIENCE_SECONDS = 60


class Workers:
    """A queue and Celery workers over the test's own database; each worker runs its own beat."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.environment = environment
        self.processes: list[Popen[bytes]] = []
        self.queues: list[Valkey] = []
        self.open_queue()

    def open_queue(self) -> None:
        """Start an empty queue in place of the one before."""
        self.queues.append(Valkey(self.directory / f"queue-{len(self.queues)}", persistent=False).start())
        self.environment["REDIS_URL"] = self.queues[-1].url()

    def start(self) -> Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "hongmi.celery", "worker", "--beat", "--concurrency", "1"]
        command += ["--schedule", str(self.directory / f"beat-{len(self.processes)}"), "--loglevel", "WARNING"]
        self.processes.append(children.spawn(command, on_parent_death=signal.SIGKILL, env=self.environment))
        return self.processes[-1]

    def stop(self) -> None:
        for worker in self.processes:
            kill(worker)
        for queue in self.queues:
            queue.stop()


def kill(worker: Popen[bytes]) -> None:
    """kill -9 of the worker and its children, so that no cleanup runs."""
    if worker.poll() is None:
        process = psutil.Process(worker.pid)
        for each in (process, *process.children(recursive=True)):
            each.kill()
    worker.wait()


@pytest.fixture
def workers(own_db: str, environment: Environment) -> Iterator[Workers]:
    workers = Workers(settings.STATE_DIR, os.environ | environment.addresses(own_db))
    yield workers
    workers.stop()


def await_true(question: Callable[[], Any], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience_seconds
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def subjects_for(reader: User) -> list[str]:
    return [message.subject for message in queries.inbox(recipient=reader)]


def earn(points: int) -> User:
    shop = factories.merchant(name="晨光文具")
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(points))
    return alice


def test_a_purchase_becomes_an_inbox_message(workers: Workers) -> None:
    alice = earn(50)
    workers.start()
    await_true(lambda: subjects_for(alice))
    assert subjects_for(alice) == ["您在晨光文具获得 50 积分"]
    assert queries.backlog() == queries.Backlog(waiting=0, parked=0, oldest_at=None)


def deliver_after_a_kill(workers: Workers, app_cursor: psycopg.Cursor) -> User:
    """Kill the worker between INSERT and COMMIT of the message: its INSERT waits for ours, which is rolled back."""
    alice = earn(50)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM notifications_outbox")
        [message] = cursor.fetchone()
    app_cursor.execute("BEGIN")
    app_cursor.execute(
        "INSERT INTO notifications_inboxmessage (recipient_id, outbox_id, topic, payload, delivered_at)"
        " VALUES (%s, %s, 'points.accrued', '{}', now())",
        [alice.id, message],
    )
    worker = workers.start()
    await_true(is_somebody_waiting)
    kill(worker)
    app_cursor.execute("ROLLBACK")
    await_true(lambda: not is_somebody_waiting())
    assert not InboxMessage.objects.exists()
    assert Delivery.objects.get().attempts == 1
    return alice


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_a_killed_worker_and_a_lost_queue_neither_lose_nor_double_a_message(
    workers: Workers, app_cursor: psycopg.Cursor
) -> None:
    alice = deliver_after_a_kill(workers, app_cursor)
    workers.open_queue()
    # The lease is over at once, because the campaign below waits for it and this test need not.
    Delivery.objects.update(due_at=cast.NOON)
    workers.start()
    await_true(lambda: subjects_for(alice))
    time.sleep(2)
    assert subjects_for(alice) == ["您在晨光文具获得 50 积分"]
    assert not Delivery.objects.exists()


@pytest.mark.campaign
def test_after_a_kill_the_message_arrives_within_a_minute(workers: Workers, app_cursor: psycopg.Cursor) -> None:
    alice = deliver_after_a_kill(workers, app_cursor)
    killed_at = time.monotonic()
    workers.start()
    await_true(lambda: subjects_for(alice), patience_seconds=70)
    took = time.monotonic() - killed_at
    assert took < 60
    assert subjects_for(alice) == ["您在晨光文具获得 50 积分"]
