"""Lists by cursor: `{results, next, previous}`, stable while rows are added, without counting.

A cursor holds the sort values of the row to continue after. It is signed, so that a client can follow it but not write
one, and it is valid only for the list that issued it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from hongmi.lib import problems

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
PARAMETERS = ("cursor", "limit")

problems.register("cursor_invalid", 400, gettext_lazy("This cursor does not belong to this list"))
problems.register("limit_invalid", 400, gettext_lazy("The limit is out of range"))

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page and the addresses of its neighbours."""

    rows: list[Row]
    next: str | None
    previous: str | None

    def body(self, results: Sequence[Any]) -> dict[str, Any]:
        """The response body for `results`, the serialized rows."""
        return {"results": list(results), "next": self.next, "previous": self.previous}


@dataclass(frozen=True)
class _Cursor:
    values: tuple[Any, ...]
    is_backward: bool


def take(rows: QuerySet[Row], *, request: Request, name: str, order: Sequence[str] = ("-id",)) -> Page[Row]:
    """The page of `rows` that the request's `cursor` and `limit` select.

    `name` is the list's own name: cursors of other lists are refused. `order` names columns that are never NULL and
    together unique, newest first by a leading minus. Raises Problem (400) for a limit outside 1..MAX_LIMIT and for a
    cursor that this list did not issue.
    """
    limit = _limit(request)
    cursor = _cursor(request, name=name, width=len(order))
    is_backward = cursor is not None and cursor.is_backward
    columns = [_turned(column) for column in order] if is_backward else list(order)
    if cursor is not None:
        rows = rows.filter(_beyond(columns, cursor.values))
    # One row more than the limit shows whether there is another page, without counting.
    found = list(rows.order_by(*columns)[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    if is_backward:
        found.reverse()
    has_next = bool(found) and (is_backward or has_more)
    has_previous = bool(found) and (has_more if is_backward else cursor is not None)
    return Page(
        rows=found,
        next=_address(request, name, order, found[-1], is_backward=False) if has_next else None,
        previous=_address(request, name, order, found[0], is_backward=True) if has_previous else None,
    )


def _limit(request: Request) -> int:
    text = _single(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    # Length first, because int() is slow on long texts; ASCII, because int() also reads other scripts' digits.
    if len(text) > 4 or not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_LIMIT:
        raise problems.Problem("limit_invalid", _("The limit is a number from 1 to %(most)d.") % {"most": MAX_LIMIT})
    return int(text)


def _cursor(request: Request, *, name: str, width: int) -> _Cursor | None:
    text = _single(request, "cursor")
    if text is None:
        return None
    try:
        direction, *values = signing.loads(text, salt=f"paging:{name}")
    except (signing.BadSignature, ValueError) as error:
        raise problems.Problem("cursor_invalid") from error
    if len(values) != width:
        # The list was ordered otherwise when it gave this cursor.
        raise problems.Problem("cursor_invalid")
    return _Cursor(tuple(_revived(value) for value in values), direction == "backward")


def _single(request: Request, parameter: str) -> str | None:
    given = request.query_params.getlist(parameter)
    if len(given) > 1:
        raise problems.Problem(f"{parameter}_invalid", _("Given more than once."))
    return given[0] if given else None


def _address(request: Request, name: str, order: Sequence[str], row: Model, *, is_backward: bool) -> str:
    values = [_frozen(getattr(row, column.lstrip("-"))) for column in order]
    cursor = signing.dumps(["backward" if is_backward else "forward", *values], salt=f"paging:{name}")
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def _frozen(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _revived(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after `values` in `order`: a later first column, or the same first and a later second, and so on."""
    beyond = Q()
    same = Q()
    for column, value in zip(order, values, strict=True):
        name = column.lstrip("-")
        comparison = "lt" if column.startswith("-") else "gt"
        beyond |= same & Q(**{f"{name}__{comparison}": value})
        same &= Q(**{name: value})
    return beyond
