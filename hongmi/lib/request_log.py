"""The log of requests, with the same address of the caller that the limits count by."""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from hongmi.lib.client_address import client_address


class RequestLogMiddleware(RequestMiddleware):
    """The library would log the first address of `X-Forwarded-For`, which anybody can write."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
