"""Going on after the database went away for a moment."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

Answer = TypeVar("Answer")


def leave_connection() -> None:
    """Drop the connection, and when it was lost those beside it too: a server that went took all of them along."""
    was_lost = connection.connection is None or connection.connection.closed
    connection.close()
    pool = getattr(connection, "pool", None)
    if was_lost and pool:
        pool.check()


def again_when_lost(ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers; asked once more, on a new connection, when the old one was lost. It must bear that."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        leave_connection()
    return ask()
