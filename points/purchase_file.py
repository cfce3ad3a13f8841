"""Files of purchases: CSV in UTF-8 with the columns reference, member_ref, purchased_on, amount, and perhaps
quantity, in any order.

A line that cannot be read becomes an Unreadable with its reason; the other lines are read. Only a file with a wrong
header is refused as a whole. Amounts are yuan with at most two decimals; a day is a day in Shanghai.
"""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext as _

from hongmi.lib.shanghai import SHANGHAI

REQUIRED: Final = frozenset({"reference", "member_ref", "purchased_on", "amount"})
OPTIONAL: Final = frozenset({"quantity"})
# The file has the day and not the hour, and at noon a day is the same day nearly everywhere.
HOUR_OF_PURCHASE: Final = time(12)

LONGEST_REFERENCE: Final = 128
LONGEST_MEMBER_REF: Final = 64
LONGEST_LINE: Final = 4096
_AMOUNT = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUANTITY = re.compile(r"[0-9]{0,9}")


class FileRefused(Exception):
    """The file as a whole cannot be read; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One purchase of the file. `line` counts from 1, the header included."""

    line: int
    reference: str
    member_ref: str
    occurred_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no purchase, with the reason in the reader's language."""

    line: int
    reference: str
    reason: str


class _Invalid(ValueError):
    """The fault of a line, as a sentence."""


def open_file(path: Path) -> IO[str]:
    """The text of a file, plain or (named `.gz`) compressed. Bytes that are not UTF-8 are left for `read` to judge."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape")
    return path.open(encoding="utf-8-sig", errors="surrogateescape")


def count_lines(path: Path) -> int:
    """How many lines of purchases there are at most."""
    with open_file(path) as file:
        return max(0, sum(1 for _line in file) - 1)


def read(file: Iterable[str]) -> Iterator[Entry | Unreadable]:
    """The entry of each line after the header; empty lines are skipped. Raises FileRefused for a wrong header."""
    lines = enumerate(file, 1)
    columns = _columns(next(lines, (1, ""))[1])
    for number, text in lines:
        if not text.strip():
            continue
        values: dict[str, str] = {}
        try:
            values = dict(zip(columns, _cells(text, len(columns)), strict=True))
            yield _entry(number, values)
        except _Invalid as error:
            yield Unreadable(number, values.get("reference", ""), str(error))


def _columns(header: str) -> list[str]:
    try:
        columns = [name.strip() for name in next(csv.reader([header], strict=True), [])]
    except csv.Error:
        columns = []
    if missing := sorted(REQUIRED.difference(columns)):
        raise FileRefused(_("The header lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    if unknown := sorted(set(columns) - REQUIRED - OPTIONAL):
        raise FileRefused(_("The header names unknown columns: %(names)s.") % {"names": ", ".join(unknown)})
    if len(set(columns)) < len(columns):
        raise FileRefused(_("The header names a column twice."))
    return columns


def _cells(text: str, expected: int) -> list[str]:
    """The line's cells. Each line is read on its own, because an open quote must not swallow those that follow."""
    if len(text) > LONGEST_LINE:
        raise _Invalid(_("The line is too long."))
    if not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text):
        raise _Invalid(_("The line is not UTF-8."))
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        raise _Invalid(_("The quotes of the line do not match.")) from None
    if len(cells) != expected:
        raise _Invalid(
            _("The line has %(found)s cells, the header %(expected)s.") % {"found": len(cells), "expected": expected}
        )
    return [cell.strip() for cell in cells]


def _entry(number: int, values: dict[str, str]) -> Entry:
    reference, member_ref = values["reference"], values["member_ref"]
    if not reference or len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        raise _Invalid(_("The reference must have 1 to %(longest)s characters.") % {"longest": LONGEST_REFERENCE})
    if not member_ref or len(member_ref) > LONGEST_MEMBER_REF or not member_ref.isprintable():
        raise _Invalid(_("The member number must have 1 to %(longest)s characters.") % {"longest": LONGEST_MEMBER_REF})
    if not _QUANTITY.fullmatch(values.get("quantity", "")):
        raise _Invalid(_("The quantity must be a whole number."))
    return Entry(number, reference, member_ref, _noon(values["purchased_on"]), _fen(values["amount"]))


def _fen(text: str) -> int:
    amount = _AMOUNT.fullmatch(text)
    if amount is None:
        raise _Invalid(_("The amount must be yuan such as 12.50, not negative, with at most two decimals."))
    return int(amount[1]) * 100 + int((amount[2] or "").ljust(2, "0"))


@lru_cache(maxsize=4096)
def _noon(text: str) -> datetime:
    try:
        day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise _Invalid(_("The day must be a date such as 2026-11-22.")) from None
    return datetime.combine(day, HOUR_OF_PURCHASE, SHANGHAI)
