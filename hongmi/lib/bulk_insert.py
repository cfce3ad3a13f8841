"""Inserts many rows that differ only in a few columns, in one statement.

`bulk_create` writes every column of every row into the statement; for thousands of nearly equal rows that costs far
more than the insertion itself. Here the shared values are sent once and the others as one array per column.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections, router
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault


def insert(template: Model, **varying: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Insert one row for each element of the columns in `varying` (`member_id=[…]`), else like the unsaved `template`.

    Returns (primary key, varying values…) of each new row, in no order. Sends no signals and calls no `save`.
    """
    meta = template._meta
    connection = connections[router.db_for_write(type(template))]
    quote = connection.ops.quote_name
    columns_by_name = {field.attname: field for field in meta.local_concrete_fields}
    changing = [columns_by_name[name] for name in varying]
    shared = [
        field
        for field in meta.local_concrete_fields
        if not field.primary_key
        and field not in changing
        and not isinstance(field.value_from_object(template), DatabaseDefault)
    ]
    columns = ", ".join(quote(str(field.column)) for field in (*shared, *changing))
    values = ", ".join(["%s"] * len(shared) + [f"v.{quote(str(field.column))}" for field in changing])
    # The type without its length, because a cast to varchar(64) truncates silently what the insertion refuses.
    arrays = ", ".join(f"%s::{str(field.db_type(connection)).split('(')[0]}[]" for field in changing)
    names = ", ".join(quote(str(field.column)) for field in changing)
    parameters = [field.get_db_prep_save(field.value_from_object(template), connection) for field in shared]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(meta.db_table)} ({columns}) SELECT {values} FROM unnest({arrays}) AS v({names}) "  # noqa: S608
            f"RETURNING {quote(str(meta.pk.column))}, {names}",
            [*parameters, *(list(column) for column in varying.values())],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
