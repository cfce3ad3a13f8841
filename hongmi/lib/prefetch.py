"""Two hands for a long row of work: while one thing is worked on, the next is made."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connections
from django.utils import translation

Thing = TypeVar("Thing")
_END: Any = object()


@contextmanager
def made_ahead(things: Iterable[Thing]) -> Iterator[Iterator[Thing]]:
    """The same things in order. The next is made while the caller works on the last, and no more than that one.

    They are made in a thread with database connections of its own, in the caller's language. What making one raises
    comes to the caller in its place, after the work on those before it.
    """
    with ThreadPoolExecutor(max_workers=1) as other_hand:
        try:
            yield _in_turn(other_hand, iter(things))
        finally:
            other_hand.submit(connections.close_all).result()


def _in_turn(other_hand: ThreadPoolExecutor, making: Iterator[Thing]) -> Iterator[Thing]:
    language = translation.get_language()

    def make() -> Thing:
        with translation.override(language):
            return next(making, _END)

    following = other_hand.submit(make)
    while (thing := following.result()) is not _END:
        following = other_hand.submit(make)
        yield thing
