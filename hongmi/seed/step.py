"""A step of the demo's history, and the progress display of a list of steps."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from zlib import crc32

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    act: Callable[[], object]


class Progress(Protocol):
    """Yields the items one by one and shows how many remain."""

    def __call__(self, items: Sequence[_Item], description: str, /) -> Iterable[_Item]: ...


def number_of(name: str) -> str:
    """A number for receipts and orders: stable, and it does not reveal the person to a shop."""
    return f"{crc32(name.encode()) % 10_000:04d}"
