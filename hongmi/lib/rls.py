"""Row-level security: sends the merchants whose rows a request may see to PostgreSQL with every statement.

Authentication calls `restrict_to` once; from then on each statement of the request carries the merchants as a setting
of its own transaction, in the same message, so it costs no round trip and leaves nothing on a pooled connection. The
row-level security policies (`row_level_security.sql`) read the setting. Jobs and the platform set no scope and see
every row.

The ledger functions are exempt: they run as their owner and check the merchant themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

SETTING = "hongmi.merchants"
# These may not follow another statement in one message, or must work in a failed transaction.
_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ")
_merchants: ContextVar[frozenset[int] | None] = ContextVar("merchants", default=None)
_is_unscoped: ContextVar[bool] = ContextVar("is_unscoped", default=False)


def restrict_to(merchant_ids: Iterable[int]) -> None:
    """Until the request ends only rows of these merchants are visible."""
    _merchants.set(frozenset(merchant_ids))


@contextmanager
def unscoped() -> Iterator[None]:
    """See all rows for one step that needs it: find the owner of a phone number or code, create a person."""
    token = _is_unscoped.set(True)
    try:
        yield
    finally:
        _is_unscoped.reset(token)


class RowLevelSecurityMiddleware:
    """Holds the scope of one request and resets it at the end."""

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
    # Sent when unscoped, too, because in a transaction the setting of the previous statement still holds.
    scope = "" if _is_unscoped.get() else f"{{{','.join(map(str, sorted(merchants)))}}}"
    setting = f"SELECT set_config('{SETTING}', '{scope}', true)"
    if many or getattr(context["cursor"].cursor, "name", None):
        return _in_transaction(execute, setting, sql, params, many, context)
    # Two statements in one message are one transaction even in autocommit.
    result = execute(f"{setting}; {sql}", params, many, context)
    context["cursor"].nextset()
    return result


def _in_transaction(
    execute: Callable[..., Any], setting: str, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """For statements that cannot carry the setting: executemany and server-side cursors.

    Outside a transaction Django declares the latter WITH HOLD, so they have read all their rows when ours ends.
    """
    with transaction.atomic(savepoint=False), connection.connection.cursor() as beside:
        beside.execute(setting)
        return execute(sql, params, many, context)
