"""Which of several rules count together, and what factors grant together. Candidates come in order of priority.

The four policies are explained in `points.rules.effect.Definition`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from points.rules.awards import PurseName
from points.rules.types import Stacking

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Factor:
    """The factor of one rule on the points of a purse: 200 percent is ×2."""

    percent: int
    purse: PurseName
    stacking: Stacking


@dataclass(slots=True)
class Extra:
    """The points that one factor adds to all that it multiplies, and the ids of the rules that it displaces."""

    base: int = 0
    points: int = 0
    over: set[int] = field(default_factory=set)


def settle(
    candidates: Sequence[T], policy: Callable[[T], Stacking], worth: Callable[[T], int]
) -> tuple[list[T], T | None, list[T]]:
    """Those that count, the one that beat others (if any), and those it beat."""
    if len(candidates) == 1:
        return [candidates[0]], None, []
    exclusive = next((one for one in candidates if policy(one) == "exclusive"), None)
    if exclusive is not None:
        return [exclusive], exclusive, [one for one in candidates if one is not exclusive]
    rivals = [one for one in candidates if policy(one) == "best"]
    if len(rivals) < 2:
        return list(candidates), None, []
    winner = max(rivals, key=worth)  # of equals the first, which has the higher priority
    beaten = [one for one in rivals if one is not winner]
    return [one for one in candidates if policy(one) != "best" or one is winner], winner, beaten


def multiply(base: int, factors: Sequence[tuple[int, Factor]], extras: dict[int, Extra]) -> None:
    """Add to `extras` (by rule id) what each factor grants beyond `base` points.

    The factors that add come first, then those that multiply; each is credited with the step it takes, and every step
    is rounded down from the exact product, so that the sum does not depend on who is credited.
    """
    counting, winner, beaten = settle(factors, lambda one: one[1].stacking, lambda one: one[1].percent)
    counting.sort(key=lambda one: one[1].stacking != "add")
    numerator, denominator, reached = 100, 100, base
    for rule_id, factor in counting:
        if factor.stacking == "add":
            numerator += factor.percent - 100
        else:
            numerator, denominator = numerator * factor.percent, denominator * 100
        total = base * numerator // denominator
        extra = extras.setdefault(rule_id, Extra())
        extra.base += base
        extra.points += total - reached
        reached = total
    if winner is not None:
        extras[winner[0]].over.update(rule_id for rule_id, _ in beaten)
