"""Counts of events within a time, such as "600/minute", as moving windows in Redis.

The counting is atomic, so no event is lost under concurrency. Every method raises RedisError when Redis does not
answer; the modules that set limits decide whether callers then pass.
"""

import math
import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter


@dataclass(frozen=True, slots=True)
class Window:
    """The most events the window takes, how many of them are left, and the seconds until it takes one more."""

    limit: int
    remaining: int
    reset_seconds: int


@dataclass(frozen=True, slots=True)
class MovingWindows:
    """Windows whose keys begin with `prefix`; a key is any number of words."""

    prefix: str
    timeout_seconds: float

    def hit(self, rate: str, *key: str) -> bool:
        """Count one event; False, and nothing counted, when the window is full."""
        return self._limiter.hit(_parsed(rate), *key)

    def is_free(self, rate: str, *key: str) -> bool:
        return self._limiter.test(_parsed(rate), *key)

    def look(self, rate: str, *key: str) -> Window:
        item = _parsed(rate)
        window = self._limiter.get_window_stats(item, *key)
        return Window(item.amount, window.remaining, max(1, math.ceil(window.reset_time - time.time())))

    def clear(self) -> None:
        """Start every window of this prefix anew."""
        self._limiter.storage.reset()

    @property
    def _limiter(self) -> MovingWindowRateLimiter:
        return _limiter(settings.REDIS_URL, self.prefix, self.timeout_seconds)


def limit_of(rate: str) -> int:
    """600 of "600/minute"."""
    return _parsed(rate).amount


@lru_cache(maxsize=64)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


@lru_cache(maxsize=8)
def _limiter(url: str, prefix: str, timeout_seconds: float) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        url, key_prefix=prefix, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
    )
    return MovingWindowRateLimiter(storage)
