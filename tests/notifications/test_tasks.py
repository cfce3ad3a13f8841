"""The whole way with nothing left out: an act is booked, beat ticks, a real worker carries, the letter is there."""

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
from tests.environment import Environment
from tests.points import cast

PATIENCE_SECONDS = 60


class PostOffice:
    """A queue and workers over the test's own database; the workers carry their own beat."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.environment = environment
        self.workers: list[Popen[bytes]] = []
        self.queues: list[Valkey] = []
        self.open_queue()

    def open_queue(self) -> None:
        """A queue that has never heard of any message."""
        self.queues.append(Valkey(self.directory / f"queue-{len(self.queues)}", persistent=False).start())
        self.environment["REDIS_URL"] = self.queues[-1].url()

    def open(self) -> Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "hongmi.celery", "worker", "--beat", "--concurrency", "1"]
        command += ["--schedule", str(self.directory / f"beat-{len(self.workers)}"), "--loglevel", "WARNING"]
        self.workers.append(children.spawn(command, on_parent_death=signal.SIGKILL, env=self.environment))
        return self.workers[-1]

    def close(self) -> None:
        for worker in self.workers:
            kill(worker)
        for queue in self.queues:
            queue.stop()


def kill(worker: Popen[bytes]) -> None:
    """kill -9 of the worker and its children, so that nobody can tidy up."""
    if worker.poll() is None:
        process = psutil.Process(worker.pid)
        for each in (process, *process.children(recursive=True)):
            each.kill()
    worker.wait()


@pytest.fixture
def post_office(own_db: str, environment: Environment) -> Iterator[PostOffice]:

    office = PostOffice(settings.STATE_DIR, os.environ | environment.addresses(own_db))
    yield office
    office.close()


def await_true(question: Callable[[], Any], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience_seconds
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def letters_of(reader: User) -> list[str]:
    return [letter.subject for letter in queries.inbox(recipient=reader)]


def earn(points: int) -> User:
    shop = cast.merchant(name="晨光文具")
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(points))
    return alice


def test_a_purchase_becomes_a_letter(post_office: PostOffice) -> None:
    alice = earn(50)
    post_office.open()
    await_true(lambda: letters_of(alice))
    assert letters_of(alice) == ["您在晨光文具获得 50 积分"]
    assert queries.backlog() == queries.Backlog(waiting=0, parked=0, oldest_at=None)


def deliver_after_a_kill(post_office: PostOffice, app_cursor: psycopg.Cursor) -> User:
    """Kill the worker between the letter's INSERT and its COMMIT: its INSERT waits for ours, which then goes away."""
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
    worker = post_office.open()
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


def test_a_worker_killed_at_work_and_a_queue_that_forgot_delay_a_letter_and_neither_lose_nor_double_it(
    post_office: PostOffice, app_cursor: psycopg.Cursor
) -> None:
    alice = deliver_after_a_kill(post_office, app_cursor)
    post_office.open_queue()
    # The lease is over at once, because the campaign below waits for it and this test need not.
    Delivery.objects.update(due_at=cast.NOON)
    post_office.open()
    await_true(lambda: letters_of(alice))
    time.sleep(2)
    assert letters_of(alice) == ["您在晨光文具获得 50 积分"]
    assert not Delivery.objects.exists()


@pytest.mark.campaign
def test_after_a_kill_the_letter_arrives_within_a_minute(post_office: PostOffice, app_cursor: psycopg.Cursor) -> None:
    alice = deliver_after_a_kill(post_office, app_cursor)
    killed_at = time.monotonic()
    post_office.open()
    await_true(lambda: letters_of(alice), patience_seconds=70)
    took = time.monotonic() - killed_at
    assert took < 60
    assert letters_of(alice) == ["您在晨光文具获得 50 积分"]
