"""The second wall: which merchants' rows a request may see, told to PostgreSQL with every statement.

A door says once for whom it opened (`enter`); from then on each statement of the request carries that as a setting of
its own transaction, in the same message, so it costs no round trip and a pooled connection keeps nothing of it. The
policies of row-level security (`*/sql/walls.*.sql`) ask the setting. Jobs and the platform enter no scope and see all.

The pen is not behind the wall: its functions run as their owner and judge for themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

SETTING = "hongmi.merchants"
# What may not stand behind another statement, or must work in a transaction that has failed.
_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ")
_merchants: ContextVar[frozenset[int] | None] = ContextVar("merchants", default=None)
_is_lifted: ContextVar[bool] = ContextVar("is_lifted", default=False)


def restrict_to(merchant_ids: Iterable[int]) -> None:
    """Until the request ends only rows of these merchants are there."""
    _merchants.set(frozenset(merchant_ids))


@contextmanager
def unscoped() -> Iterator[None]:
    """Look over the wall for one step that must: is this number somebody's, whose code is this, make a new person."""
    token = _is_lifted.set(True)
    try:
        yield
    finally:
        _is_lifted.reset(token)


class RowLevelSecurityMiddleware:
    """Carries the scope of one request and takes it away with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _merchants.set(None)
        try:
            with connection.execute_wrapper(scoped_execute):
                return self.get_response(request)
        finally:
            _merchants.reset(token)


def scoped_execute(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Django's hook around each statement of a connection."""
    merchants = _merchants.get()
    if merchants is None or (isinstance(sql, str) and sql.startswith(_CONTROL)):
        return execute(sql, params, many, context)
    sql = sql if isinstance(sql, str) else sql.as_string(context["cursor"].cursor)
    # Said when it is lifted, too, because in a transaction the setting of the statement before still holds.
    scope = "" if _is_lifted.get() else f"{{{','.join(map(str, sorted(merchants)))}}}"
    setting = f"SELECT set_config('{SETTING}', '{scope}', true)"
    if many or getattr(context["cursor"].cursor, "name", None):
        return _in_transaction(execute, setting, sql, params, many, context)
    # Two statements in one message are one transaction even in autocommit.
    answer = execute(f"{setting}; {sql}", params, many, context)
    context["cursor"].nextset()
    return answer


def _in_transaction(
    execute: Callable[..., Any], setting: str, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """For what cannot carry the setting along: many rows at once, and cursors that stay on the server.

    Django declares the latter WITH HOLD outside a transaction, so they have seen all their rows when ours ends.
    """
    with transaction.atomic(savepoint=False), connection.connection.cursor() as beside:
        beside.execute(setting)
        return execute(sql, params, many, context)
