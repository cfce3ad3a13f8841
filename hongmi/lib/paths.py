"""Parts of an address in the one form the API gives out; whatever has another form is not found."""

import unicodedata

from django.urls import register_converter
from django.urls.converters import get_converters

BIGINT_MAX = 2**63 - 1
REFERENCE_MAX_LENGTH = 128


class DecimalId:
    """An id as its decimal string. Two spellings of one id would be two addresses of one thing."""

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
            # PostgreSQL takes no NUL, and no reference was ever booked with the others.
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value


def register() -> None:
    """Let `<decimal_id:…>` and `<reference:…>` stand in addresses; a module of addresses calls it first."""
    for name, converter in (("decimal_id", DecimalId), ("reference", Reference)):
        if name not in get_converters():
            register_converter(converter, name)
