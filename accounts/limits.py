"""How often codes are sent and guessed: moving windows in Redis, per number, per address, and for the whole house.

The last is against spraying: a few guesses at each of many numbers pass every other limit. When the house's budget of
wrong answers is spent, sign-in by code and by card pauses for devices that never signed in to that account.

When Redis does not answer, nobody passes, because an unlimited guess is worse than a late sign-in.
"""

import math
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache

import structlog
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

REDIS_TIMEOUT_SECONDS = 0.5
WAIT_WITHOUT_REDIS_SECONDS = 5
BUDGET = "sign-in failures"

log = structlog.get_logger(__name__)


def take(scope: str, callers: Mapping[str, str]) -> bool:
    """Count one try of these callers ({"number": …, "address": …}) under settings.<scope>; False when one has no more.

    Who is refused by one limit is not counted by the others.
    """
    asked = _asked(scope, callers)
    try:
        is_free = all(_limiter(settings.REDIS_URL).test(rate, *key) for rate, *key in asked)
        return is_free and all(_limiter(settings.REDIS_URL).hit(rate, *key) for rate, *key in asked)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return False


def wait_seconds(scope: str, callers: Mapping[str, str]) -> int:
    """How long until these callers may try again under settings.<scope>; 0 is now. Counts nothing."""
    try:
        return max((_wait(rate, key) for rate, *key in _asked(scope, callers)), default=0)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return WAIT_WITHOUT_REDIS_SECONDS


def count(scope: str, callers: Mapping[str, str]) -> None:
    """Count one failure of these callers under settings.<scope>."""
    try:
        for rate, *key in _asked(scope, callers):
            _limiter(settings.REDIS_URL).hit(rate, *key)
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)


def count_failure() -> bool:
    """Count one wrong answer of anybody; True when it is the one that spends the house's budget."""
    try:
        was_left = not is_budget_spent()
        for rate in _budgets():
            _limiter(settings.REDIS_URL).hit(rate, BUDGET)
        return was_left and is_budget_spent()
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return False


def is_budget_spent() -> bool:
    try:
        return not all(_limiter(settings.REDIS_URL).test(rate, BUDGET) for rate in _budgets())
    except RedisError as error:
        log.error("sign_in_limits_unreachable", error=type(error).__name__)
        return True


def forget() -> None:
    """Start every window anew: for the operator after a false alarm."""
    _limiter(settings.REDIS_URL).storage.reset()


def _asked(scope: str, callers: Mapping[str, str]) -> list[tuple[RateLimitItem, str, str, str]]:
    rates = getattr(settings, scope)
    return [(rate, scope, kind, caller) for kind, caller in callers.items() for rate in _rates(tuple(rates[kind]))]


def _wait(rate: RateLimitItem, key: Sequence[str]) -> int:
    if _limiter(settings.REDIS_URL).test(rate, *key):
        return 0
    frees_at = _limiter(settings.REDIS_URL).get_window_stats(rate, *key).reset_time
    return max(1, math.ceil(frees_at - time.time()))


def _budgets() -> Sequence[RateLimitItem]:
    return _rates(tuple(settings.SIGN_IN_FAILURE_BUDGETS))


@lru_cache(maxsize=16)
def _rates(texts: tuple[str, ...]) -> Sequence[RateLimitItem]:
    return [parse(text) for text in texts]


@lru_cache(maxsize=4)
def _limiter(url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        url, key_prefix="people", socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
    )
    return MovingWindowRateLimiter(storage)
