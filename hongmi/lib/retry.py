"""Retries after a lost connection, a deadlock, or a race of two calls for one key or reference."""

from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from psycopg_pool import PoolTimeout

# One retry is enough for a lost race: the loser then finds the winner's row. The third covers a lost connection.
ATTEMPTS = 3
Result = TypeVar("Result")


def again(call: Callable[[], Result]) -> Result:
    """The result of `call`, run up to ATTEMPTS times; it must be idempotent.

    Inside a transaction a retry would lose the caller's other statements, so there the error is raised.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return call()
        except (DatabaseError, InterfaceError, psycopg.errors.UniqueViolation) as error:
            if connection.in_atomic_block or not _may_succeed_later(error):
                raise
            _drop_connection(was_lost=not _is_lost_race(error))
    return call()


def in_one_transaction(act: Callable[[], Result]) -> Result:
    """The result of `act`, run in one transaction; a retry repeats the whole of it."""

    def whole() -> Result:
        with transaction.atomic():
            return act()

    return again(whole)


def _may_succeed_later(error: Exception) -> bool:
    # A caller that timed out waiting for a connection has waited long enough.
    is_lost = isinstance(error, OperationalError | InterfaceError) and not isinstance(error.__cause__, PoolTimeout)
    return is_lost or _is_lost_race(error)


def _is_lost_race(error: Exception) -> bool:
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return False
    # Class 40: a deadlock, or a row that changed meanwhile.
    return isinstance(cause, psycopg.errors.UniqueViolation) or (cause.sqlstate or "").startswith("40")


def _drop_connection(*, was_lost: bool) -> None:
    """Close the connection; when it was lost also check the pool, because a restarted server dropped all of them.

    `was_lost` comes from the error, because the end of a transaction may already have opened another connection.
    """
    connection.close()
    pool = getattr(connection, "pool", None)
    if was_lost and pool:
        pool.check()
