"""Asking again when the database went away for a moment, or when two askers met over one key or reference."""

from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from psycopg_pool import PoolTimeout

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
        except (DatabaseError, InterfaceError, psycopg.errors.UniqueViolation) as error:
            if connection.in_atomic_block or not _may_end_otherwise(error):
                raise
            _leave_connection(was_lost=not _is_lost_race(error))
    return ask()


def in_one_transaction(act: Callable[[], Answer]) -> Answer:
    """What `act` answers, done as a whole or not at all, and as a whole asked again."""

    def whole() -> Answer:
        with transaction.atomic():
            return act()

    return again(whole)


def _may_end_otherwise(error: Exception) -> bool:
    # Who waited for a connection in vain has waited long enough.
    is_lost = isinstance(error, OperationalError | InterfaceError) and not isinstance(error.__cause__, PoolTimeout)
    return is_lost or _is_lost_race(error)


def _is_lost_race(error: Exception) -> bool:
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return False
    # Class 40: a deadlock, or a row that changed meanwhile.
    return isinstance(cause, psycopg.errors.UniqueViolation) or (cause.sqlstate or "").startswith("40")


def _leave_connection(*, was_lost: bool) -> None:
    """Drop the connection, and when it was lost those beside it too: a server that went took all of them along.

    Told by the error and not by the connection, because the end of a transaction may have taken another one already.
    """
    connection.close()
    pool = getattr(connection, "pool", None)
    if was_lost and pool:
        pool.check()
