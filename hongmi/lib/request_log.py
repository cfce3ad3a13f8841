"""Request logging with the caller's address that the rate limits use."""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from hongmi.lib.client_address import client_address


class RequestLogMiddleware(RequestMiddleware):
    """The library would log the first address of `X-Forwarded-For`, which any caller can forge."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
