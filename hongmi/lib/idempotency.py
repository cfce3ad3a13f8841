"""The same intention twice gives the same answer: the key a client sends, and what counts as the same body.

Where keys are remembered is the books' affair; this room only reads and compares.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from hongmi.lib import problems

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}

KEY_REUSED = problems.register("key_reused", 422, gettext_lazy("This Idempotency-Key was used for another request"))
problems.register("idempotency_key_missing", 400, gettext_lazy("Send an Idempotency-Key"))
problems.register("idempotency_key_invalid", 400, gettext_lazy("The Idempotency-Key has the wrong form"))

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def read_key(request: Request | HttpRequest) -> str:
    """The request's key: 1–255 printable ASCII characters. Raises Problem (400) without one."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip(" ")
    if not key:
        raise problems.Problem("idempotency_key_missing", _("Every write needs an Idempotency-Key header."))
    if not _KEY.fullmatch(key):
        raise problems.Problem(
            "idempotency_key_invalid", _("An Idempotency-Key is 1 to 255 printable ASCII characters.")
        )
    return key


def request_hash(*, act: str, body: Mapping[str, object]) -> bytes:
    """SHA-256 of what was asked, as 32 bytes.

    `act` names the intention (`hold.release`) and `body` is the validated input *with* what the address said, because
    two releases of two holds have equal, empty bodies. The order of keys, white space, the offset a moment was
    written with and how characters were escaped make no difference.
    """
    return hashlib.sha256(_CANONICAL.encode([act, body]).encode()).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


# Remembered, because the purchases of a batch or a file share a few moments. Equal moments have one text.
@lru_cache(maxsize=1024)
def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


# One for all, because json.dumps makes an encoder for each call that asks for more than the usual.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
)
