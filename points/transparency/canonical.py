"""One text for one value: the canonical JSON that is hashed into the tree.

A strict part of RFC 8785 (JCS): objects, arrays, strings, whole numbers, true, false, null; UTF-8; no spaces; keys
sorted by their UTF-16 code units; the shortest escapes. Numbers with a fraction are refused, because languages print
them differently; whole numbers may use 64 bits, more than the 53 RFC 8785 promises, because points and fen are
bigints here. Ids are written as strings, as everywhere outside.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1


class NotCanonical(ValueError):
    """The value has no canonical text: a fraction, a lone surrogate, a key that is no string, an unknown type."""


def encode(value: object) -> bytes:
    """The canonical bytes. Raises NotCanonical, and writes the same bytes for equal values whatever their order."""
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate is not a character") from error
    except RecursionError as error:
        raise NotCanonical("nested too deeply") from error


def check(value: object) -> None:
    """Raises NotCanonical where `encode` would refuse a number. Far cheaper, for callers that let others encode."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)
    # Leaves are judged here and not in a call of their own, because a batch has tens of thousands.
    for each in parts:
        kind = type(each)
        if kind is str or each is None:
            continue
        if kind is int:
            _integer(each)
        elif isinstance(each, (dict, list, tuple)):
            check(each)
        else:
            encode(each)


def instant(moment: datetime) -> str:
    """A moment as UTC with microseconds: 2026-11-22T04:05:06.000007Z. Raises NotCanonical without a time zone."""
    if moment.utcoffset() is None:
        raise NotCanonical("a time without a zone names no moment")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _text(value: object) -> str:
    # The commonest first and no pattern matching, because the sealer writes hundreds of these for every act.
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, dict | Mapping):
        return "{" + ",".join([f"{encode_basestring(key)}:{_text(value[key])}" for key in _sorted_keys(value)]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(each) for each in value]) + "]"
    raise NotCanonical(f"{type(value).__name__} has no canonical form")


def _integer(value: int) -> str:
    if not INTEGER_MIN <= value <= INTEGER_MAX:
        raise NotCanonical("a whole number of more than 64 bits")
    return str(int(value))


def _sorted_keys(members: Mapping[str, object]) -> list[str]:
    try:
        ascii_only = all(map(str.isascii, members))
    except TypeError:
        raise NotCanonical("a key that is no string") from None
    if ascii_only:
        return sorted(members)
    return sorted(members, key=lambda key: key.encode("utf-16-be"))
