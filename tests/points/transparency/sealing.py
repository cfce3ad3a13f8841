"""Helpers that seal a ledger in a test and read the seal."""

import time
from collections.abc import Callable
from typing import Any

from points.transparency import log, sealer

PATIENCE_SECONDS = 20


def seal_all(seal_some: Callable[[], int] = sealer.run) -> int:
    """Other tests of this server may hold the seal back for a moment: their transactions count too."""
    sealed, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while True:
        sealed += seal_some()
        if not sealer.backlog().acts:
            return sealed
        assert time.monotonic() < deadline, "something keeps a transaction open"
        time.sleep(0.05)


def query(statement: Any, parameters: Any = None) -> list[Any]:
    with log.cursor() as cursor:
        return cursor.execute(statement, parameters).fetchall()


def sealed_acts() -> list[int]:
    return [act_id for (act_id,) in query("SELECT act_id FROM points_seal ORDER BY leaf_index")]


def latest() -> log.StoredHead:
    with log.cursor() as cursor:
        head = log.latest_head(cursor)
    assert head is not None
    return head
