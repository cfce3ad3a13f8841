"""The log of this installation: its name and keys from the settings, its tree and heads from the tables.

Functions take a psycopg cursor, so that they work over any connection: the application's, an auditor's, a copy.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
from django.conf import settings
from django.db import connection, transaction

from points.transparency import heads, keyring

Cursor = psycopg.Cursor[Any]

_HEAD: Final[LiteralString] = """
    SELECT id, sealed_xid, mark_xid, mark_at, tree_size, root_hash, signed_at, horizon_at, key_id, signature
    FROM points_treehead """


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A head with the starting point of the sealer's next run (see `points.transparency.sealer`)."""

    id: int
    sealed_xid: int
    mark_xid: int
    mark_at: datetime
    signed: heads.SignedHead

    @property
    def tree_size(self) -> int:
        return self.signed.head.tree_size


@dataclass(frozen=True, slots=True)
class StoredTree:
    """The hashes in the tables, as a `merkle.Source`."""

    cursor: Cursor

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        if level == 0:
            rows = self.cursor.execute(
                "SELECT leaf_hash FROM points_seal WHERE leaf_index >= %s AND leaf_index < %s ORDER BY leaf_index",
                [start, start + count],
            )
        else:
            rows = self.cursor.execute(
                'SELECT hash FROM points_treenode WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index"',
                [level, start, start + count],
            )
        return [bytes(each) for (each,) in rows]


@contextmanager
def cursor() -> Iterator[Cursor]:
    """A psycopg cursor in Django's connection and its transaction."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as own:
        yield own


@contextmanager
def snapshot() -> Iterator[Cursor]:
    """A cursor that sees the tables at one moment, however long it reads and whatever is written meanwhile."""
    with transaction.atomic(), cursor() as own:
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield own


def keys() -> keyring.Keyring:
    return keyring.load(settings.SEAL_KEYS_DIRECTORY, seed=settings.HONGMI_SEAL_KEY)


def origin() -> str:
    return str(settings.SEAL_ORIGIN)


def latest_head(cursor: Cursor) -> StoredHead | None:
    row = cursor.execute(_HEAD + "ORDER BY id DESC LIMIT 1").fetchone()
    return _stored(row) if row else None


def first_head_of(cursor: Cursor, tree_size: int) -> StoredHead | None:
    """The head under which a tree of this size was signed first."""
    row = cursor.execute(_HEAD + "WHERE tree_size = %s ORDER BY id LIMIT 1", [tree_size]).fetchone()
    return _stored(row) if row else None


def heads_after(cursor: Cursor, head_id: int, *, limit: int) -> list[StoredHead]:
    return [_stored(row) for row in cursor.execute(_HEAD + "WHERE id > %s ORDER BY id LIMIT %s", [head_id, limit])]


def find_head(cursor: Cursor, signed: heads.SignedHead) -> StoredHead | None:
    """The stored head that carries this signature."""
    row = cursor.execute(
        _HEAD + "WHERE tree_size = %s AND signature = %s", [signed.head.tree_size, signed.signature]
    ).fetchone()
    return _stored(row) if row else None


def _stored(row: Sequence[Any]) -> StoredHead:
    head_id, sealed_xid, mark_xid, mark_at, tree_size, root_hash, signed_at, horizon_at, key_id, signature = row
    head = heads.Head(
        origin=origin(), tree_size=tree_size, root_hash=bytes(root_hash), timestamp=signed_at, horizon=horizon_at
    )
    return StoredHead(
        head_id, sealed_xid, mark_xid, mark_at, heads.SignedHead(head=head, key_id=key_id, signature=bytes(signature))
    )
