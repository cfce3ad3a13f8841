"""One strict reading of JSON for every entry point, because a lenient one books what the partner did not mean.

The standard parser takes duplicate keys, NaN and endless nesting; text with NUL or half a surrogate pair passes it
and fails later, in the database.
"""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.http import UnreadablePostError
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from hongmi.lib import problems

MAX_DEPTH = 32
MAX_BODY_BYTES = 1_048_576
MAX_BATCH_BODY_BYTES = 5 * 1_048_576
INTEGER_LIMIT = 2**63

problems.register("json_invalid", 400, gettext_lazy("The body is not strict JSON"))
problems.register("body_too_large", 400, gettext_lazy("The body is too large"))

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Malformed(ValueError):
    """The bytes are not strict JSON; the message says why and never quotes more than a key."""


def loads(raw: bytes) -> Any:
    """The value of `raw`, equal to what `json.loads` gives, or Malformed.

    Refused: invalid UTF-8, a byte order mark, duplicate keys, NaN and infinities (also `1e999`), integers outside 64
    bits, nesting deeper than MAX_DEPTH, NUL and lone surrogates in any string or key, anything after the value.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(_("The body is not UTF-8.")) from error
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except Malformed:
        raise
    except RecursionError as error:
        raise Malformed(_("The JSON is nested too deeply.")) from error
    except json.JSONDecodeError as error:
        raise Malformed(
            _("Not JSON at line %(line)d, column %(column)d.") % {"line": error.lineno, "column": error.colno}
        ) from error
    except ValueError as error:
        # Python itself refuses to convert integers of thousands of digits.
        raise Malformed(_("An integer is too large.")) from error
    _examine(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(_("The key %(key)s occurs twice.") % {"key": ascii(twice[:64])})
    return found


def _constant(name: str) -> NoReturn:
    raise Malformed(_("%(name)s is not a number in JSON.") % {"name": name})


def _examine(root: Any) -> None:
    # A stack and not recursion, because the depth is what is being measured.
    stack = [(root, 1)]
    while stack:
        value, depth = stack.pop()
        kind = type(value)
        if kind is str:
            _examine_text(value)
        elif kind is int:
            if not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
                raise Malformed(_("An integer is too large."))
        elif kind is float:
            if value in (float("inf"), float("-inf")):
                raise Malformed(_("A number is too large."))
        elif kind is dict or kind is list:
            if depth > MAX_DEPTH:
                raise Malformed(_("The JSON is nested too deeply."))
            if kind is dict:
                for key in value:
                    _examine_text(key)
                stack.extend((inner, depth + 1) for inner in value.values())
            else:
                stack.extend((inner, depth + 1) for inner in value)


def _examine_text(text: str) -> None:
    if _UNSTORABLE.search(text):
        raise Malformed(_("A text contains NUL or half a surrogate pair."))


class StrictJSONParser(BaseParser):
    """The only parser of the API: `application/json`, at most MAX_BODY_BYTES."""

    media_type = "application/json"
    max_body_bytes = MAX_BODY_BYTES

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _require_utf8_json(media_type or "")
        raw = self._read(stream)
        try:
            return loads(raw)
        except Malformed as error:
            raise problems.Problem("json_invalid", str(error)) from error

    def _read(self, stream: IO[bytes]) -> bytes:
        try:
            raw = stream.read(self.max_body_bytes + 1)
        except (OSError, UnreadablePostError) as error:
            raise problems.Problem("bad_request", _("The body ended early.")) from error
        if len(raw) > self.max_body_bytes:
            raise problems.Problem(
                "body_too_large", _("At most %(bytes)d bytes are taken.") % {"bytes": self.max_body_bytes}
            )
        return raw


class StrictBatchJSONParser(StrictJSONParser):
    """The same for batches: at most MAX_BATCH_BODY_BYTES."""

    max_body_bytes = MAX_BATCH_BODY_BYTES


def _require_utf8_json(content_type: str) -> None:
    # DRF's own matching lets `*/*` and any charset through.
    main, parameters = parse_header_parameters(content_type)
    if main != "application/json" or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(content_type[:100])
