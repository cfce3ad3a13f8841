"""While one thing is worked on, the next is made."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from hongmi.lib.prefetch import one_ahead


def all_of(things: Iterable[Any]) -> list[Any]:
    with one_ahead(things) as row:
        return list(row)


def test_all_come_in_order() -> None:
    assert all_of(range(20)) == list(range(20))


def test_of_nothing_nothing_comes() -> None:
    assert all_of([]) == []


def test_the_next_is_made_while_one_is_worked_on() -> None:
    second_is_made = threading.Event()

    def things() -> Iterator[int]:
        yield 1
        second_is_made.set()
        yield 2

    with one_ahead(things()) as row:
        assert next(row) == 1
        assert second_is_made.wait(10)


def test_no_more_than_the_next_is_made() -> None:
    made: list[int] = []

    def things() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    with one_ahead(things()) as row:
        assert next(row) == 0
    assert made == [0, 1]


def test_a_failure_to_make_one_comes_after_those_before_it() -> None:
    def things() -> Iterator[int]:
        yield 1
        raise OSError("the file ends here")

    with one_ahead(things()) as row:
        assert next(row) == 1
        with pytest.raises(OSError, match="ends here"):
            next(row)


def test_things_are_made_in_the_callers_language() -> None:
    with translation.override("en"):
        assert all_of(translation.get_language() for _ in range(2)) == ["en", "en"]


def test_the_other_hand_has_a_connection_of_its_own_and_lets_go_of_it(committed_db: None) -> None:
    def pid() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    ours = pid()  # before, because the pool would lend us theirs once it is back
    (theirs,) = set(all_of(pid() for _ in range(3)))
    assert theirs != ours
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state <> 'idle'", [theirs])
        assert cursor.fetchone() == (0,)
