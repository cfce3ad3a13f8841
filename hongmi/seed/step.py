"""A step of the demo's story: an act and the moment it happened; and how somebody watches the steps go by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from zlib import crc32

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    act: Callable[[], object]


class Watch(Protocol):
    """Hands the things on one by one, and shows how many there still are."""

    def __call__(self, things: Sequence[_Thing], what: str, /) -> Iterable[_Thing]: ...


def number_of(name: str) -> str:
    """For receipts and orders: the same each time, and says to no shop who somebody is."""
    return f"{crc32(name.encode()) % 10_000:04d}"
