"""Every refusal of the API as RFC 9457 problem+json with a stable code.

A code is registered once, in its app's api/problems.py. Views raise domain errors and never catch them: the
handler looks the error's class up here.

    problems.register_error(InsufficientPoints, 409, _("Not enough points"))
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import exceptions as django_errors
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf_errors
from rest_framework.response import Response

from hongmi.lib.errors import DomainError

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One entry of the list that clients program against: the code never changes, the title may be reworded."""

    code: str
    status: int
    title: str | Promise
    members: tuple[str, ...] = ()


class Problem(Exception):
    """A refusal by code, for views themselves; operations raise domain errors.

    `detail` is for a person, `errors` points at the fields (`{pointer, code, detail}`).
    """

    def __init__(self, code: str, detail: str | Promise = "", *, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(str(detail) or code)
        self.kind = _kinds[code]
        self.detail = detail
        self.errors = errors or []


_kinds: dict[str, Kind] = {}
_kind_by_error: dict[type[DomainError], Kind] = {}


def register(code: str, status: int, title: str | Promise, members: tuple[str, ...] = ()) -> Kind:
    """Give `code` its status and title. Raises ValueError when the code exists with another meaning, because clients
    cannot be programmed against two meanings of one code."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,63}", code):
        raise ValueError(f"a problem code is snake_case, not {code!r}")
    kind = _kinds.get(code) or Kind(code, status, title, members)
    if (kind.status, str(kind.title), kind.members) != (status, str(title), members):
        raise ValueError(f"problem code {code!r} is taken")
    _kinds[code] = kind
    return kind


def register_error(
    error: type[DomainError], status: int, title: str | Promise, *, members: tuple[str, ...] = ()
) -> Kind:
    """Let `error` and its subclasses answer with its code, this status and title, and its message as the detail.

    The facts named in `members` become members of the problem, so that a client need not read them from the detail.
    """
    kind = _kind_by_error[error] = register(error.code, status, title, members)
    return kind


def catalogue() -> list[Kind]:
    """All registered kinds in order of code, for the documentation."""
    return sorted(_kinds.values(), key=lambda kind: kind.code)


INVALID = register("invalid", 400, _("The request does not have the required form"))
BAD_REQUEST = register("bad_request", 400, _("The request cannot be read"))
UNAUTHENTICATED = register("unauthenticated", 401, _("Sign in first"))
TOKEN_INVALID = register("token_invalid", 401, _("The access token is not valid"))
FORBIDDEN = register("forbidden", 403, _("Not allowed"))
NOT_FOUND = register("not_found", 404, _("Not found"))
METHOD_NOT_ALLOWED = register("method_not_allowed", 405, _("This address does not take this method"))
NOT_ACCEPTABLE = register("not_acceptable", 406, _("This form of answer is not offered"))
UNSUPPORTED_MEDIA_TYPE = register("unsupported_media_type", 415, _("Send application/json in UTF-8"))
THROTTLED = register("throttled", 429, _("Too many requests"))
SERVER_ERROR = register("server_error", 500, _("Something went wrong on our side"))
UNAVAILABLE = register("unavailable", 503, _("Not available right now"))

_kind_by_status: dict[int, Kind] = {
    kind.status: kind
    for kind in (
        BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE, UNSUPPORTED_MEDIA_TYPE, THROTTLED, SERVER_ERROR, UNAVAILABLE,
    )
}  # fmt: skip


def respond(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None, for an error nobody expected: Django logs it and the middleware writes the 500."""
    described = _describe(error)
    if described is None:
        return None
    kind, detail, errors = described
    request: HttpRequest = context["request"]._request
    facts = getattr(error, "facts", {})
    body = document(request, kind, detail, errors) | {name: facts[name] for name in kind.members if name in facts}
    response = Response(body, status=kind.status, content_type=CONTENT_TYPE)
    response.problem_code = kind.code  # type: ignore[attr-defined]
    for name, value in _headers_of(error).items():
        response.headers[name] = value
    return response


def document(
    request: HttpRequest, kind: Kind, detail: str | Promise = "", errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The problem as RFC 9457 members, in the request's language."""
    body: dict[str, Any] = {
        "type": f"{settings.PROBLEM_TYPE_PREFIX}{kind.code}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(detail) or str(kind.title),
        "code": kind.code,
        "request_id": getattr(request, "request_id", ""),
    }
    if errors:
        body["errors"] = errors
    return body


def answer(request: HttpRequest, kind: Kind) -> JsonResponse:
    """The problem for a middleware, which answers after the views."""
    response = JsonResponse(document(request, kind), status=kind.status, content_type=CONTENT_TYPE)
    response.problem_code = kind.code  # type: ignore[attr-defined]
    return response


def page(request: HttpRequest, code: str) -> HttpResponse:
    """Answers the address in a problem's `type` with its code, status and title."""
    kind = _kinds.get(code)
    if kind is None:
        raise Http404
    return JsonResponse({"code": kind.code, "status": kind.status, "title": str(kind.title)})


class ProblemMiddleware:
    """Rewrites every refusal under the API's prefix that is not problem+json yet.

    A middleware and not `handler404` and its siblings, because those are skipped when DEBUG is on and know nothing
    of the CSRF, host and method refusals of other middlewares.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(settings.PROBLEM_PATH_PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        kind = _kind_by_status.get(response.status_code) or (
            SERVER_ERROR if response.status_code >= 500 else BAD_REQUEST
        )
        rewritten = answer(request, kind)
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response.headers:
                rewritten.headers[name] = response.headers[name]
        return rewritten


Described = tuple[Kind, str | Promise, list[dict[str, Any]]]


def _describe(error: Exception) -> Described | None:
    if isinstance(error, Problem):
        return error.kind, error.detail, error.errors
    if isinstance(error, DomainError):
        kind = next((_kind_by_error[base] for base in type(error).__mro__ if base in _kind_by_error), None)
        return (kind, error.message, []) if kind else None
    if isinstance(error, drf_errors.ValidationError):
        return INVALID, "", list(_pointed(error.get_full_details(), ""))
    if isinstance(error, drf_errors.AuthenticationFailed):
        return TOKEN_INVALID, str(error.detail), []
    if isinstance(error, drf_errors.APIException):
        by_status = _kind_by_status.get(error.status_code)
        return (by_status, str(error.detail), []) if by_status else None
    return _describe_django(error)


def _describe_django(error: Exception) -> Described | None:
    if isinstance(error, Http404):
        return NOT_FOUND, "", []
    if isinstance(error, django_errors.PermissionDenied):
        return FORBIDDEN, "", []
    # Django's own words are left out because they may quote what the client sent.
    if isinstance(error, (django_errors.SuspiciousOperation, django_errors.BadRequest, UnreadablePostError)):
        return BAD_REQUEST, "", []
    return None


def _pointed(details: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """DRF's nested error details as a flat list, each with the JSON pointer of what is wrong."""
    if isinstance(details, list):
        for index, item in enumerate(details):
            yield from _pointed(item, pointer if _is_leaf(item) else f"{pointer}/{index}")
    elif _is_leaf(details):
        yield {"pointer": f"#{pointer}", "code": details["code"], "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _pointed(inner, pointer + step)


def _is_leaf(details: Any) -> bool:
    # A serializer may itself have fields called message and code; their errors are lists.
    return isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["code"], str)


def _headers_of(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers
