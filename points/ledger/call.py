"""How the pen is asked: one statement, one round trip, and again when the connection went or a race was lost.

What may be asked is in `points.ledger.functions`, the only room that asks.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from hongmi.lib.retry import again
from points.errors import BY_SQLSTATE, InvalidArgument
from points.transparency import canonical


def call(statement: LiteralString, parameters: Sequence[Any]) -> Any:
    """The answer of the statement's one row; asked again (`hongmi.lib.retry`), which keys and references make safe.

    Raises the DomainError of the pen's SQLSTATE, with the facts it told.
    """
    return again(lambda: _translated(lambda: _execute(statement, parameters)))


def jsonb(value: Any) -> Jsonb:
    """Raises ValueError for a fraction or more than 64 bits, because the seal has no canonical text for them."""
    canonical.check(value)
    return Jsonb(value)


def _translated(execute: Callable[[], Any]) -> Any:
    try:
        return execute()
    except Exception as error:
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        if isinstance(cause, psycopg.Error):
            refusal = BY_SQLSTATE.get(cause.sqlstate or "")
            if refusal:
                facts = json.loads(cause.diag.message_detail or "{}")
                raise refusal({"reason": cause.diag.message_primary} | facts) from None
            if isinstance(cause, psycopg.errors.UniqueViolation):
                raise cause from None
            if isinstance(cause, psycopg.errors.NumericValueOutOfRange):
                raise InvalidArgument({"reason": "more_points_than_there_can_be"}) from None
        raise


def _execute(statement: LiteralString, parameters: Sequence[Any]) -> Any:
    # A psycopg cursor of its own, because Django's interpolates parameters into the text and so prepares nothing.
    connection.ensure_connection()
    # Integers as text, because psycopg sends each in the smallest type it fits and prepares anew for every mixture of
    # types; that is a second round trip each time. Text has the type of NULL, so one preparation serves all.
    parameters = [str(value) if type(value) is int else value for value in parameters]
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(statement, parameters, prepare=True).fetchone()
    assert row is not None
    return json.loads(row[0]) if isinstance(row[0], str) else row[0]
