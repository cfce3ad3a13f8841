"""The outbox: a message published in an act's transaction reaches every consumer, whichever process dies on the way.

A message waits in Outbox → the relay creates a Delivery for each consumer of its topic → the queue carries the id of
the delivery → the consumer works, and the same transaction deletes the delivery. So work in our own database happens
exactly once. Nothing is sent between BEGIN and COMMIT. A sent delivery falls due again after LEASE, so that a lost
queue, a killed worker or a crash before sending delays a message and never loses it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

BATCH_SIZE = 500
# Batches of one run; the rest waits for the next, so that consumers on the same worker get their turn in between.
MAX_BATCHES = 20
# Above the task time limit, or slow work would be sent twice; short, so that the work of a dead worker is sent again
# within a minute.
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 2)
# Waits after the first failure, the second, …; a failure after the last wait parks the delivery.
RETRY_WAITS = [timedelta(seconds=seconds) for seconds in (10, 40, 160, 640, 2560)]
MAX_ATTEMPTS = len(RETRY_WAITS) + 1
NO_ROUTE = "No route for this topic in OUTBOX_ROUTES."
WORN_OUT = "Every attempt ended without a result: the worker died."

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """A message as published. `id` is the same on every attempt."""

    id: int
    topic: str
    payload: dict[str, Any]


class Work(Protocol):
    """A consumer's work on messages: in our own database only, because a failure rolls it back as a whole."""

    def __call__(self, messages: Sequence[Message], *, moment: datetime) -> object: ...


def publish(*, topic: str, payload: dict[str, Any]) -> None:
    """Publish a message in the open transaction. The payload holds ids and numbers, never personal data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notifications.publish(%s, %s)", [topic, json.dumps(payload)])


def relay(*, moment: datetime) -> int:
    """Send waiting messages and deliveries that fell due again; returns the number of deliveries sent."""
    sent = 0
    for _ in range(MAX_BATCHES):
        taken, deliveries = _fan_out(moment)
        _send(deliveries)
        sent += len(deliveries)
        if taken < BATCH_SIZE:
            break
    _park_worn_out(moment)
    again = _take_due(moment)
    for delivery in again:
        # One by one, because one poisoned message must not fail its batch a second time.
        _send([delivery])
    return sent + len(again)


def work_off(*, delivery_ids: Sequence[int], work: Work, moment: datetime) -> None:
    """Do `work` on those of the messages that are not consumed yet. A failure is recorded, not raised."""
    begun = _begin(delivery_ids, moment)
    try:
        with transaction.atomic():
            if messages := _end(begun):
                work(messages, moment=moment)
    except Exception as error:  # noqa: BLE001 - any failure concerns these messages and must not end the worker
        logger.warning("delivery_failed", deliveries=len(begun), first=begun[0], error=type(error).__name__)
        _record_failure(begun, error, moment)


def _fan_out(moment: datetime) -> tuple[int, list[tuple[int, str]]]:
    """The number of messages taken, and (id, consumer) of the deliveries created from them.

    A message whose topic has no route is parked at once, because the missing route is a mistake; a topic whose route
    has no tasks needs no delivery.
    """
    routes = [(topic, task) for topic, route in settings.OUTBOX_ROUTES.items() for task in route["tasks"]]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (
                DELETE FROM notifications_outbox WHERE id IN (
                    SELECT id FROM notifications_outbox ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
                RETURNING id, topic, payload, created_at
            ), made AS (
                INSERT INTO notifications_delivery
                    (message_id, consumer, topic, payload, published_at, due_at, parked_at, last_error)
                SELECT t.id, coalesce(r.consumer, ''), t.topic, t.payload, t.created_at, %(lease_ends)s::timestamptz,
                       CASE WHEN t.topic <> ALL (%(known)s::text[]) THEN %(moment)s::timestamptz END,
                       CASE WHEN t.topic <> ALL (%(known)s::text[]) THEN %(no_route)s ELSE '' END
                FROM taken t
                LEFT JOIN unnest(%(topics)s::text[], %(consumers)s::text[]) AS r (topic, consumer) USING (topic)
                WHERE r.consumer IS NOT NULL OR t.topic <> ALL (%(known)s::text[])
                ORDER BY t.id
                RETURNING id, consumer
            )
            SELECT (SELECT count(*) FROM taken),
                   (SELECT coalesce(jsonb_agg(jsonb_build_array(id, consumer)), '[]') FROM made WHERE consumer <> '')
            """,
            {
                "limit": BATCH_SIZE,
                "moment": moment,
                "lease_ends": moment + LEASE,
                "known": list(settings.OUTBOX_ROUTES),
                "topics": [topic for topic, _ in routes],
                "consumers": [task for _, task in routes],
                "no_route": NO_ROUTE,
            },
        )
        taken, deliveries = cursor.fetchone()
    return taken, [(number, consumer) for number, consumer in json.loads(deliveries)]


def _take_due(moment: datetime) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery SET due_at = %s WHERE id IN (
                SELECT id FROM notifications_delivery WHERE due_at <= %s AND parked_at IS NULL
                ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING id, consumer
            """,
            [moment + LEASE, moment, BATCH_SIZE],
        )
        return [(number, consumer) for number, consumer in cursor.fetchall()]


def _park_worn_out(moment: datetime) -> None:
    """In the relay, because a message that kills its worker cannot be parked by that worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery SET parked_at = %s, last_error = coalesce(nullif(last_error, ''), %s)
            WHERE due_at <= %s AND parked_at IS NULL AND attempts >= %s
            """,
            [moment, WORN_OUT, moment, MAX_ATTEMPTS],
        )


def _send(deliveries: Iterable[tuple[int, str]]) -> None:
    by_consumer = itemgetter(1)
    for consumer, group in groupby(sorted(deliveries, key=by_consumer), key=by_consumer):
        current_app.send_task(consumer, kwargs={"delivery_ids": [number for number, _ in group]})


def _begin(delivery_ids: Sequence[int], moment: datetime) -> list[int]:
    """The deliveries that may be tried now. Counts the attempt at once, because a killed worker cannot count it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery SET attempts = attempts + 1, due_at = %s WHERE id IN (
                SELECT id FROM notifications_delivery WHERE id = ANY (%s) AND parked_at IS NULL AND attempts < %s
                ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING id
            """,
            [moment + LEASE, list(delivery_ids), MAX_ATTEMPTS],
        )
        return [number for (number,) in cursor.fetchall()]


def _end(delivery_ids: Sequence[int]) -> list[Message]:
    """Delete the deliveries and return their messages in the order of publishing, which is that of ids.

    Skips deliveries that another copy of the task holds or has ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM notifications_delivery WHERE id IN (
                SELECT id FROM notifications_delivery WHERE id = ANY (%s) ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING message_id, topic, payload
            """,
            [list(delivery_ids)],
        )
        return [Message(number, topic, json.loads(payload)) for number, topic, payload in sorted(cursor.fetchall())]


def _record_failure(delivery_ids: Sequence[int], error: Exception, moment: datetime) -> None:
    # The first line only, because the database repeats the values of the row in the lines that follow.
    first_line = (str(error).splitlines() or [""])[0]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery
            SET last_error = %s, due_at = %s::timestamptz + coalesce((%s::interval[])[attempts], interval '0')
            WHERE id = ANY (%s) AND parked_at IS NULL
            """,
            [f"{type(error).__name__}: {first_line}"[:500], moment, RETRY_WAITS, list(delivery_ids)],
        )
