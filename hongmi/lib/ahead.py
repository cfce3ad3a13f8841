"""Two hands for a long row of work: while one thing is being finished, the next is made."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Made = TypeVar("Made")
Finished = TypeVar("Finished")


def finish_in_turn(finish: Callable[[Made], Finished], things: Iterable[Made]) -> Iterator[Finished]:
    """`finish(thing)` of each in order, in a thread with a connection of its own, while this one makes the next.

    One at a time: what comes after a failure is made but never finished. Raises what `finish` or the making raised.
    """
    with ThreadPoolExecutor(max_workers=1) as other_hand:
        under_way: Future[Finished] | None = None
        try:
            for thing in things:
                if under_way:
                    yield under_way.result()
                under_way = other_hand.submit(finish, thing)
            if under_way:
                yield under_way.result()
        finally:
            other_hand.submit(connections.close_all).result()
