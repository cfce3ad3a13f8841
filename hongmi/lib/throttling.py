"""Rate limits of the API: a moving window in Redis, whose state each answer carries in headers.

The counting is atomic (`limits`; DRF's own throttles lose counts under concurrency). When Redis does not answer,
callers are let through, because a shop that cannot book is a greater harm than a burst; a scope that guards a
secret chooses the opposite with `is_open_on_failure=False`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hongmi.lib import problems
from hongmi.lib.client_address import client_address, network_of
from hongmi.lib.moving_windows import MovingWindows, limit_of

log = structlog.get_logger(__name__)

# Redis is tried again this long after a failure, so that not every request waits for its time-out.
PAUSE_AFTER_FAILURE_SECONDS = 5.0
WINDOWS = MovingWindows("rate", timeout_seconds=0.25)
# The scope of calls that were refused before it was known whom to count.
REFUSED = "refused"
# In every answer: the calls that the window takes, the calls left, seconds until one more is.
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
RETRY_AFTER = "Retry-After"


@dataclass(frozen=True)
class Allowance:
    """The decision about one request, and the state of its window."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        numbers = (self.limit, self.remaining, self.reset_seconds)
        headers = {name: str(number) for name, number in zip(HEADERS, numbers, strict=True)}
        return headers if self.is_allowed else headers | {RETRY_AFTER: str(self.reset_seconds)}


def hit(*, scope: str, caller: str, is_open_on_failure: bool = True) -> Allowance:
    """Count one request of `caller` under the rate `settings.API_RATES[scope]` ("600/minute")."""
    return _answered(_count, scope, caller, is_open_on_failure)


def peek(*, scope: str, caller: str) -> Allowance:
    """The state of that window. Counts nothing, and lets through when Redis does not answer."""
    return _answered(_look, scope, caller, True)


def caller_at(request: HttpRequest) -> str:
    """The caller by network address, where nobody is authenticated yet."""
    return f"ip:{network_of(client_address(request))}"


Question = Callable[[str, str, str], Allowance]


def _answered(question: Question, scope: str, caller: str, is_open_on_failure: bool) -> Allowance:
    rate = settings.API_RATES[scope]
    if not _breaker.is_tripped():
        try:
            return question(rate, scope, caller)
        except RedisError as error:
            _breaker.trip()
            log.warning("rate_limit_storage_failed", scope=scope, error=type(error).__name__)
    pause = math.ceil(PAUSE_AFTER_FAILURE_SECONDS)
    limit = limit_of(rate)
    return Allowance(is_open_on_failure, limit, limit if is_open_on_failure else 0, pause)


def _count(rate: str, scope: str, caller: str) -> Allowance:
    is_allowed = WINDOWS.hit(rate, scope, caller)
    left = _look(rate, scope, caller)
    return replace(left, is_allowed=is_allowed, remaining=left.remaining if is_allowed else 0)


def _look(rate: str, scope: str, caller: str) -> Allowance:
    window = WINDOWS.look(rate, scope, caller)
    return Allowance(window.remaining > 0, window.limit, window.remaining, window.reset_seconds)


class _Breaker:
    def __init__(self) -> None:
        self._until = 0.0

    def is_tripped(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        self._until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS


_breaker = _Breaker()


class CallerThrottle(BaseThrottle):
    """DRF's throttle: by credential, else by address; the view names its rate in `throttle_scope`."""

    def __init__(self) -> None:
        self._allowance: Allowance | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = getattr(request.auth, "throttle_key", None) or caller_at(request._request)
        self._allowance = hit(scope=getattr(view, "throttle_scope", "default"), caller=caller)
        request._request.rate_allowance = self._allowance  # type: ignore[attr-defined]
        return self._allowance.is_allowed

    def wait(self) -> float | None:
        return float(self._allowance.reset_seconds) if self._allowance else None


class RateLimitHeaderMiddleware:
    """Writes the headers, and counts by address what the API refused before the throttle.

    Here and not in a throttle, because DRF runs throttles after authentication and permissions: a request without a
    valid token or scope, or for an unknown address, never comes as far.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        allowance: Allowance | None = getattr(request, "rate_allowance", None)
        if allowance is None and _is_refusal_of_the_api(request, response):
            allowance = hit(scope=REFUSED, caller=caller_at(request))
            if not allowance.is_allowed:
                response = problems.answer(request, problems.THROTTLED)
        if allowance is not None:
            for name, value in allowance.headers().items():
                response.headers[name] = value
        return response


def _is_refusal_of_the_api(request: HttpRequest, response: HttpResponse) -> bool:
    return request.path_info.startswith(settings.PROBLEM_PATH_PREFIX) and 400 <= response.status_code < 500
