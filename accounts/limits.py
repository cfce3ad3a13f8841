"""Limits on codes sent and guessed: per number, per address, and for the whole platform.

The last is against spraying: a few guesses at each of many numbers pass every other limit. When the platform's budget
of wrong answers is spent, sign-in by code and by card pauses for devices that never signed in to that account.

When Redis does not answer, nobody passes, because an unlimited guess is worse than a late sign-in.
"""

from collections.abc import Mapping, Sequence

import structlog
from django.conf import settings
from redis.exceptions import RedisError

from hongmi.lib.moving_windows import MovingWindows

WINDOWS = MovingWindows("people", timeout_seconds=0.5)
WAIT_WITHOUT_REDIS_SECONDS = 5
BUDGET = "sign-in failures"

log = structlog.get_logger(__name__)


def take(scope: str, callers: Mapping[str, str]) -> bool:
    """Count one try of these callers ({"number": …, "address": …}) under settings.<scope>; False when one has no more.

    A try that one limit refuses is not counted by the others.
    """
    windows = _windows(scope, callers)
    try:
        is_free = all(WINDOWS.is_free(rate, *key) for rate, *key in windows)
        return is_free and all(WINDOWS.hit(rate, *key) for rate, *key in windows)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return False


def wait_seconds(scope: str, callers: Mapping[str, str]) -> int:
    """How long until these callers may try again under settings.<scope>; 0 is now. Counts nothing."""
    try:
        return max((_wait(rate, key) for rate, *key in _windows(scope, callers)), default=0)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return WAIT_WITHOUT_REDIS_SECONDS


def count(scope: str, callers: Mapping[str, str]) -> None:
    """Count one failure of these callers under settings.<scope>."""
    try:
        for rate, *key in _windows(scope, callers):
            WINDOWS.hit(rate, *key)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)


def count_failure() -> bool:
    """Count one wrong answer of anybody; True when it is the one that spends the platform's budget."""
    try:
        was_left = not is_budget_spent()
        for rate in settings.SIGN_IN_FAILURE_BUDGETS:
            WINDOWS.hit(rate, BUDGET)
        return was_left and is_budget_spent()
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return False


def is_budget_spent() -> bool:
    try:
        return not all(WINDOWS.is_free(rate, BUDGET) for rate in settings.SIGN_IN_FAILURE_BUDGETS)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return True


def forget() -> None:
    """Start every window anew: for the operator after a false alarm."""
    WINDOWS.clear()


def _windows(scope: str, callers: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    rates = getattr(settings, scope)
    return [(rate, scope, kind, caller) for kind, caller in callers.items() for rate in rates[kind]]


def _wait(rate: str, key: Sequence[str]) -> int:
    return 0 if WINDOWS.is_free(rate, *key) else WINDOWS.look(rate, *key).reset_seconds
