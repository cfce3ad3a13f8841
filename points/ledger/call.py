"""How a ledger function is called: one statement, one round trip, again after a lost connection or a lost race.

Only `points.ledger.functions` calls it.
"""

import json
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from hongmi.lib.retry import again
from points.errors import BY_SQLSTATE, InvalidArgument
from points.transparency import canonical


def function(name: str, **arguments: Any) -> Any:
    """The answer of the ledger function `name`, whose arguments are bound by name (`kind` is its `p_kind`).

    Called again when the connection went or a race was lost (`hongmi.lib.retry`), which keys and references make safe.
    Raises the DomainError of the function's SQLSTATE, with its figures.
    """
    statement = _statement(name, tuple(arguments))
    parameters = [_parameter(value) for value in arguments.values()]
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
            if isinstance(cause, psycopg.errors.InvalidTextRepresentation):
                raise InvalidArgument({"reason": "no_such_name"}) from None
        raise


@cache
def _statement(name: str, arguments: tuple[str, ...]) -> bytes:
    # One text per function and set of arguments, because each text is prepared once.
    return f"SELECT points.{name}({', '.join(f'p_{argument} => %s' for argument in arguments)})".encode()


def _parameter(value: Any) -> Any:
    # Integers and names of enums as text, because psycopg sends an integer in the smallest type it fits and prepares
    # anew for every mixture of types; that is a second round trip each time. Text has the type of NULL, so one
    # preparation serves all.
    if isinstance(value, list) and value and isinstance(value[0], int):
        return f"{{{','.join(map(str, value))}}}"
    return str(value) if type(value) is int or isinstance(value, Enum) else value


def _execute(statement: bytes, parameters: Sequence[Any]) -> Any:
    # A psycopg cursor of its own, because Django's interpolates parameters into the text and so prepares nothing.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(statement, parameters, prepare=True).fetchone()
    assert row is not None
    return json.loads(row[0]) if isinstance(row[0], str) else row[0]
