"""Prepares the next item in a thread while the caller works on the current one."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connections
from django.utils import translation

Item = TypeVar("Item")
_END: Any = object()


@contextmanager
def one_ahead(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """The same items in order, exactly one of them prepared ahead.

    The thread has database connections of its own and the caller's language. An exception raised while an item is
    prepared reaches the caller in that item's place, after the items before it.
    """
    with ThreadPoolExecutor(max_workers=1) as executor:
        try:
            yield _in_turn(executor, iter(items))
        finally:
            executor.submit(connections.close_all).result()


def _in_turn(executor: ThreadPoolExecutor, items: Iterator[Item]) -> Iterator[Item]:
    language = translation.get_language()

    def prepare() -> Item:
        with translation.override(language):
            return next(items, _END)

    following = executor.submit(prepare)
    while (item := following.result()) is not _END:
        following = executor.submit(prepare)
        yield item
