"""While one thing is being finished, the next is made."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from hongmi.lib.ahead import finish_in_turn


def test_all_are_finished_in_order() -> None:
    assert list(finish_in_turn(lambda number: number * number, range(20))) == [number * number for number in range(20)]


def test_of_nothing_nothing_is_finished() -> None:
    assert list(finish_in_turn(str, [])) == []


def test_the_next_is_made_while_one_is_being_finished() -> None:
    next_is_made = threading.Event()

    def things() -> Iterator[int]:
        yield 1
        next_is_made.set()
        yield 2

    def finish(thing: int) -> bool:
        return next_is_made.wait(10)

    assert list(finish_in_turn(finish, things())) == [True, True]


def test_what_comes_after_a_failure_is_never_finished() -> None:
    finished = []

    def finish(thing: int) -> None:
        if thing == 2:
            raise ValueError("the second cannot be finished")
        finished.append(thing)

    with pytest.raises(ValueError, match="second"):
        list(finish_in_turn(finish, range(1, 6)))
    assert finished == [1]


def test_a_failure_to_make_one_ends_the_row_after_those_before_it() -> None:
    finished = []

    def things() -> Iterator[int]:
        yield 1
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        list(finish_in_turn(finished.append, things()))
    assert finished == [1]


def test_the_other_hand_lets_go_of_its_connection(committed_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()

    def finish(thing: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        return int(pid)

    (theirs,) = set(finish_in_turn(finish, range(3)))
    assert (theirs,) != ours
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state <> 'idle'", [theirs])
        assert cursor.fetchone() == (0,)
