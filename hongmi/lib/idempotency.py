"""The hash of a request by its meaning and not by its bytes: equal hashes are the same request."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

HASH_BYTES = 16


def request_hash(*, act: str, body: Mapping[str, object]) -> bytes:
    """The first 16 bytes of the SHA-256 of a request.

    `act` names the intention (`hold.release`) and `body` is the validated input *with* the parts of the address: two
    releases of two holds have equal, empty bodies. The order of keys, white space, the offset a moment was
    written with and how characters were escaped make no difference.
    """
    return hashlib.sha256(_CANONICAL.encode([act, body]).encode()).digest()[:HASH_BYTES]


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
