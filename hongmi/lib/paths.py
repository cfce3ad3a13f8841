"""Path converters that accept an id or reference only in the form the API prints it; any other form is a 404."""

import unicodedata

from django.urls import register_converter
from django.urls.converters import get_converters

BIGINT_MAX = 2**63 - 1
REFERENCE_MAX_LENGTH = 128


class DecimalId:
    """An id as its decimal string, without leading zeros, so that each resource has one address."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        if int(value) > BIGINT_MAX:
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Reference:
    """A merchant's own reference, slashes included (`/` and `%2F` arrive alike)."""

    regex = f".{{1,{REFERENCE_MAX_LENGTH}}}"

    def to_python(self, value: str) -> str:
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
            # PostgreSQL stores no NUL, and references with the other characters are never booked.
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value


def register() -> None:
    """Register `<decimal_id:…>` and `<reference:…>`; every `urls` module that uses them calls this first."""
    for name, converter in (("decimal_id", DecimalId), ("reference", Reference)):
        if name not in get_converters():
            register_converter(converter, name)
