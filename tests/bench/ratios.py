"""The ratio of two measurements taken in turn."""

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass

RUNS = 5


@dataclass(frozen=True)
class Ratio:
    """The median of the runs' ratios; `spread` is (largest − smallest) / median. A `line` of "none" has no limit."""

    name: str
    ratio: float
    spread: float
    runs: list[float]
    line: str
    is_met: bool
    is_sound: bool = True

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def alternate(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], *, at_least: float = 0, at_most: float = 0,
    runs: int = RUNS,
) -> Ratio:  # fmt: skip
    """`ours` / `theirs`, run in turn, the order changing each time so that a drift of the machine cancels."""
    found = []
    for number in range(runs):
        if number % 2:
            below = theirs()
            found.append(ours() / below)
        else:
            above = ours()
            found.append(above / theirs())
    return judged(name, found, at_least=at_least, at_most=at_most)


def judged(name: str, found: list[float], *, at_least: float = 0, at_most: float = 0) -> Ratio:
    median = statistics.median(found)
    is_met = median <= at_most if at_most else median >= at_least
    line = f"≤ {at_most:g}" if at_most else f"≥ {at_least:g}" if at_least else "none"
    return Ratio(name, median, (max(found) - min(found)) / median, found, line, is_met)
