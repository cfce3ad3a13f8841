"""The `Idempotency-Key` header of a write, and the header that marks a replayed answer."""

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from hongmi.lib import problems
from hongmi.lib.errors import KeyReused

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}

problems.register_error(KeyReused, 422, gettext_lazy("This Idempotency-Key was used for another request"))
problems.register("idempotency_key_missing", 400, gettext_lazy("Send an Idempotency-Key"))
problems.register("idempotency_key_invalid", 400, gettext_lazy("The Idempotency-Key has the wrong form"))

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def read(request: Request | HttpRequest) -> str:
    """The request's key: 1–255 printable ASCII characters. Raises Problem (400) without one."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip(" ")
    if not key:
        raise problems.Problem("idempotency_key_missing", _("Every write needs an Idempotency-Key header."))
    if not _KEY.fullmatch(key):
        raise problems.Problem(
            "idempotency_key_invalid", _("An Idempotency-Key is 1 to 255 printable ASCII characters.")
        )
    return key
