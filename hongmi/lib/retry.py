"""Asking again when the database went away for a moment, or when two askers met over one key or reference."""

from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

# A lost connection, a deadlock, or the race of two for one unique thing: asked again, the loser sees the winner's.
ATTEMPTS = 3
Answer = TypeVar("Answer")


def again(ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers, asked up to ATTEMPTS times; it must bear that.

    Inside a transaction the caller's other statements would be lost with it, so there the error goes up.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return ask()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            leave_connection()
        except (IntegrityError, psycopg.errors.UniqueViolation) as error:
            if connection.in_atomic_block or not _is_lost_race(error):
                raise
    return ask()


def in_one_transaction(act: Callable[[], Answer]) -> Answer:
    """What `act` answers, done as a whole or not at all, and as a whole asked again."""

    def whole() -> Answer:
        with transaction.atomic():
            return act()

    return again(whole)


def leave_connection() -> None:
    """Drop the connection, and when it was lost those beside it too: a server that went took all of them along."""
    was_lost = connection.connection is None or connection.connection.closed
    connection.close()
    pool = getattr(connection, "pool", None)
    if was_lost and pool:
        pool.check()


def _is_lost_race(error: Exception) -> bool:
    return any(isinstance(one, psycopg.errors.UniqueViolation) for one in (error, error.__cause__))
