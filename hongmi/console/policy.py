"""The console's own Content-Security-Policy: unfold's Alpine needs `eval` and inline styles."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponse

RELAXED = {"script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class ConsolePolicyMiddleware:
    """Runs inside CSPMiddleware, which reads `_csp_replace` from the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(f"/{settings.CONSOLE_PATH}"):
            response._csp_replace = RELAXED  # type: ignore[attr-defined]
        return response
