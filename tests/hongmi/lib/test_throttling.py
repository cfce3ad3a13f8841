"""The moving window, with a real Valkey and without one."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import throttling

pytestmark = pytest.mark.urls(__name__)


class Counted(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "counted"

    def get(self, request: Request) -> Response:
        return Response({})


class Closed(Counted):
    """Nobody may come in."""

    permission_classes = (IsAuthenticated,)


def unknown(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotFound()


urlpatterns = [
    path("api/counted", Counted.as_view()),
    path("api/closed", Closed.as_view()),
    path("api/unknown", unknown),
]


@pytest.fixture(autouse=True)
def rates(servers: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATES = {"counted": "3/minute", "quick": "2/second", "other": "3/minute", "refused": "3/minute"}
    monkeypatch.setattr(throttling, "_breaker", throttling._Breaker())


@pytest.fixture
def alice() -> str:
    return f"alice-{secrets.token_hex(8)}"


def test_the_fourth_of_three_calls_is_refused_with_the_time_to_retry(alice: str) -> None:
    answers = [throttling.hit(scope="counted", caller=alice) for _ in range(4)]
    assert [answer.is_allowed for answer in answers] == [True, True, True, False]
    assert [answer.remaining for answer in answers] == [2, 1, 0, 0]
    assert 55 <= answers[-1].reset_seconds <= 60
    assert answers[-1].headers()["Retry-After"] == str(answers[-1].reset_seconds)
    assert "Retry-After" not in answers[0].headers()


def test_one_caller_does_not_spend_anothers_window_nor_one_scope_anothers(alice: str) -> None:
    for _ in range(4):
        throttling.hit(scope="counted", caller=alice)
    assert throttling.hit(scope="counted", caller=f"not-{alice}").is_allowed
    assert throttling.hit(scope="other", caller=alice).is_allowed


def test_callers_at_the_same_moment_never_get_more_than_the_window_holds(alice: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: throttling.hit(scope="counted", caller=alice), range(48)))
    assert sum(answer.is_allowed for answer in answers) == 3


def test_a_peek_returns_the_remainder_and_counts_nothing(alice: str) -> None:
    assert [throttling.peek(scope="counted", caller=alice).remaining for _ in range(5)] == [3] * 5
    for left in (2, 1, 0):
        throttling.hit(scope="counted", caller=alice)
        seen = throttling.peek(scope="counted", caller=alice)
        assert (seen.remaining, seen.is_allowed) == (left, left > 0)


def test_behind_a_proxy_each_caller_has_a_window_and_a_forged_address_none(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    alice, bob = (f"203.0.113.{number}" for number in secrets.SystemRandom().sample(range(250), 2))
    proxy = Client(REMOTE_ADDR=f"192.0.2.{secrets.randbelow(250)}")
    noted = [alice, bob, f"198.51.100.1, {alice}", f"198.51.100.2,{alice}", f"198.51.100.3, {alice}", bob]
    answers = [proxy.get("/api/counted", headers={"X-Forwarded-For": one}) for one in noted]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 200]


def test_without_a_proxy_a_forged_address_opens_no_window() -> None:
    caller = Client(REMOTE_ADDR=f"203.0.113.{secrets.randbelow(250)}:{secrets.token_hex(4)}")
    answers = [caller.get("/api/counted", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.parametrize(("path", "status"), [("/api/closed", 403), ("/api/unknown", 404)])
def test_calls_refused_before_the_throttle_are_counted_too(path: str, status: int) -> None:
    caller = Client(REMOTE_ADDR=f"203.0.113.{secrets.randbelow(250)}:{secrets.token_hex(4)}")
    answers = [caller.get(path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [status] * 3 + [429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[-1].json()["code"] == "throttled"
    assert answers[-1].headers["Content-Type"] == "application/problem+json"
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit-Reset"]
    assert caller.get("/api/counted").status_code == 200


def test_headers_are_on_every_response_and_the_refusal_is_a_problem() -> None:
    address = f"203.0.113.{secrets.randbelow(250)}:{secrets.token_hex(4)}"
    caller = Client(REMOTE_ADDR=address)
    answers = [caller.get("/api/counted") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    assert answers[-1].json()["code"] == "throttled"
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit-Reset"]


def test_without_redis_calls_pass_except_those_that_guard_a_secret(alice: str, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answers = [throttling.hit(scope="counted", caller=alice) for _ in range(5)]
    assert all(answer.is_allowed for answer in answers)
    assert not throttling.hit(scope="counted", caller=alice, is_open_on_failure=False).is_allowed
