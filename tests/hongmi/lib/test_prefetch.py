"""The next item is prepared while the caller works on the current one."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from hongmi.lib.prefetch import one_ahead


def all_of(items: Iterable[Any]) -> list[Any]:
    with one_ahead(items) as prepared:
        return list(prepared)


def test_all_items_come_in_order() -> None:
    assert all_of(range(20)) == list(range(20))


def test_an_empty_iterable_yields_nothing() -> None:
    assert all_of([]) == []


def test_the_next_item_is_prepared_during_the_work_on_one() -> None:
    second_is_prepared = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_is_prepared.set()
        yield 2

    with one_ahead(items()) as prepared:
        assert next(prepared) == 1
        assert second_is_prepared.wait(10)


def test_only_one_item_is_prepared_ahead() -> None:
    started: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            started.append(number)
            yield number

    with one_ahead(items()) as prepared:
        assert next(prepared) == 0
    assert started == [0, 1]


def test_an_error_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the file ends here")

    with one_ahead(items()) as prepared:
        assert next(prepared) == 1
        with pytest.raises(OSError, match="ends here"):
            next(prepared)


def test_items_are_prepared_in_the_callers_language() -> None:
    with translation.override("en"):
        assert all_of(translation.get_language() for _ in range(2)) == ["en", "en"]


def test_the_thread_has_its_own_connection_and_returns_it_to_the_pool(committed_db: None) -> None:
    def pid() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    ours = pid()  # first, because the pool could lend us the returned connection
    (theirs,) = set(all_of(pid() for _ in range(3)))
    assert theirs != ours
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state <> 'idle'", [theirs])
        assert cursor.fetchone() == (0,)
