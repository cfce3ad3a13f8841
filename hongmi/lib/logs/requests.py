"""One log line for each request: address, duration, partner, status and the code of a problem; no query string."""

import time
from typing import Any

import structlog
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django_structlog import signals
from django_structlog.middlewares import RequestMiddleware

from hongmi.lib.client_address import client_address


class RequestLogMiddleware(RequestMiddleware):
    """The library would log the first address of `X-Forwarded-For`, which any caller can forge, and the query string,
    where callers put secrets (`client_secret`, `access_token`) and the console its filters.
    """

    def prepare(self, request: HttpRequest) -> None:
        request.started_at_seconds = time.monotonic()  # type: ignore[attr-defined]
        super().prepare(request)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def bind_partner(*, merchant_id: int, credential_id: int) -> None:
    """Name the partner system in this and every later log line of the request."""
    structlog.contextvars.bind_contextvars(merchant_id=merchant_id, credential_id=credential_id)


@receiver(signals.bind_extra_request_finished_metadata)
def add_duration_and_problem(
    request: HttpRequest, response: HttpResponse, log_kwargs: dict[str, Any], **kwargs: Any
) -> None:
    log_kwargs["duration_ms"] = _duration_ms(request)
    if problem := getattr(response, "problem_code", ""):
        log_kwargs["problem"] = problem


@receiver(signals.bind_extra_request_failed_metadata)
def add_duration(request: HttpRequest, log_kwargs: dict[str, Any], **kwargs: Any) -> None:
    log_kwargs["duration_ms"] = _duration_ms(request)


def _duration_ms(request: HttpRequest) -> float:
    started_at_seconds: float = request.started_at_seconds  # type: ignore[attr-defined]
    return round((time.monotonic() - started_at_seconds) * 1000, 1)
