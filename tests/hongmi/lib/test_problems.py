"""Every refusal under /api/ is problem+json with a stable code and the request's id."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import exceptions, permissions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.lib import fields, problems
from hongmi.lib.errors import DomainError

pytestmark = pytest.mark.urls(__name__)


class NotEnough(DomainError):
    """A domain error, as operations define them."""

    code = "test_not_enough"
    sentence = "%(missing)s points are missing."


class MuchTooLittle(NotEnough):
    pass


# A title that Django's own catalogue has in Chinese.
problems.register_error(NotEnough, 409, _("This field is required."), members=("missing",))

RAISED: dict[str, Exception] = {
    "missing": Http404("secret row 42"),
    "denied": PermissionDenied("secret"),
    "suspicious": SuspiciousOperation("secret"),
    "domain": NotEnough({"missing": 3}),
    "domain_child": MuchTooLittle({"missing": 9}),
    "throttled": exceptions.Throttled(wait=7),
    "bug": ZeroDivisionError("secret"),
}


class Line(fields.StrictSerializer):
    sku = fields.StrictCharField(max_length=8)


class Body(fields.StrictSerializer):
    amount_fen = fields.StrictIntegerField()
    lines = Line(many=True, required=False)


class Raising(APIView):
    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)
    throttle_classes = ()

    def get(self, request: Request, kind: str) -> Response:
        raise RAISED[kind]

    def post(self, request: Request, kind: str) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


class Nobody(BaseAuthentication):
    def authenticate(self, request: Request) -> None:
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Locked(Raising):
    authentication_classes = (Nobody,)
    permission_classes = (permissions.IsAuthenticated,)


def plain_refusal(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<h1>no</h1>", status=403)


urlpatterns = [
    path("api/raising/<str:kind>", Raising.as_view()),
    path("api/locked/<str:kind>", Locked.as_view()),
    path("api/plain", plain_refusal),
    path("page", plain_refusal),
    path("problems/<slug:code>", problems.page),
    # Error pages show the menu of the site.
    path("", include("hongmi.urls")),
]


@pytest.fixture
def caller() -> Client:
    return Client(raise_request_exception=False, headers={"accept-language": "en"})


def problem_of(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"].endswith(f"/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert "secret" not in response.content.decode()
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("missing", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("suspicious", 400, "bad_request"),
        ("domain", 409, "test_not_enough"),
        ("domain_child", 409, "test_not_enough"),
        ("throttled", 429, "throttled"),
        ("bug", 500, "server_error"),
    ],
)
def test_an_error_answers_with_its_code(caller: Client, kind: str, status: int, code: str) -> None:
    problem_of(caller.get(f"/api/raising/{kind}"), status, code)


def test_a_domain_error_answers_with_its_message_and_figures(caller: Client) -> None:
    problem = problem_of(caller.get("/api/raising/domain"), 409, "test_not_enough")
    assert (problem["detail"], problem["missing"]) == ("3 points are missing.", 3)


def test_throttling_states_when_to_retry(caller: Client) -> None:
    assert caller.get("/api/raising/throttled").headers["Retry-After"] == "7"


def test_an_address_that_does_not_exist_is_a_problem_too_even_in_debug(caller: Client, settings: Any) -> None:
    problem_of(caller.get("/api/nowhere"), 404, "not_found")
    settings.DEBUG = True
    problem_of(caller.get("/api/nowhere"), 404, "not_found")


def test_a_wrong_method_is_405_and_names_the_right_ones(caller: Client) -> None:
    response = caller.delete("/api/raising/missing")
    problem_of(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


def test_without_credentials_it_is_401_with_a_challenge(caller: Client) -> None:
    response = caller.get("/api/locked/missing")
    problem_of(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_content_type_is_415(caller: Client) -> None:
    problem_of(caller.post("/api/raising/x", b"a=1", content_type="text/plain"), 415, "unsupported_media_type")


def test_invalid_input_points_at_each_field(caller: Client) -> None:
    body = {"amount_fen": "5", "lines": [{"sku": "a"}, {"sku": 5}, {"sku": "b", "q~/": 1}], "extra": 1}
    problem = problem_of(caller.post("/api/raising/x", body, content_type="application/json"), 400, "invalid")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("#/amount_fen", "invalid"),
        ("#/lines/1/sku", "invalid"),
        ("#/lines/2/q~0~1", "unknown_field"),
        ("#/extra", "unknown_field"),
    }


def test_a_refusal_that_is_no_problem_yet_is_rewritten_under_api_only(caller: Client) -> None:
    problem_of(caller.get("/api/plain"), 403, "forbidden")
    assert caller.get("/page").content == b"<h1>no</h1>"


def test_titles_are_in_the_callers_language_and_codes_are_not(caller: Client) -> None:
    english = problem_of(caller.get("/api/raising/domain"), 409, "test_not_enough")
    chinese = problem_of(
        caller.get("/api/raising/domain", headers={"accept-language": "zh-CN"}), 409, "test_not_enough"
    )
    assert english["title"] == "This field is required."
    assert chinese["title"] == "该字段是必填项。"


def test_a_problems_address_explains_it(caller: Client) -> None:
    assert caller.get("/problems/not_found").json()["status"] == 404
    assert caller.get("/problems/no_such_code").status_code == 404


def test_one_code_has_one_meaning() -> None:
    with pytest.raises(ValueError, match="taken"):
        problems.register("not_found", 410, "Gone")
    with pytest.raises(ValueError, match="snake_case"):
        problems.register("Not-Found", 404, "x")


@given(st.binary(max_size=300))
def test_random_bytes_never_make_the_api_fail(raw: bytes) -> None:
    response = Client(raise_request_exception=True).post("/api/raising/x", raw, content_type="application/json")
    assert response.status_code in (200, 400)


@pytest.mark.parametrize("given_id", ["", "short", "a b c d e f g h", "x" * 65, "abc\x1bdefgh", "1<script>23"])
def test_an_odd_request_id_is_replaced(caller: Client, given_id: str) -> None:
    answered = caller.get("/api/nowhere", headers={"x-request-id": given_id}).headers["X-Request-Id"]
    assert answered != given_id
    assert len(answered) == 32


def test_a_sane_request_id_is_kept(caller: Client) -> None:
    response = caller.get("/api/nowhere", headers={"x-request-id": "till-7.20261111_001"})
    assert response.headers["X-Request-Id"] == "till-7.20261111_001"


def test_the_log_carries_the_request_id_of_the_response(caller: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = caller.get("/api/nowhere")
    logged = [record.msg["request_id"] for record in caplog.records if isinstance(record.msg, dict)]
    assert logged
    assert set(logged) == {response.headers["X-Request-Id"]}
