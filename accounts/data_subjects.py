"""Everything about one person, wherever it is kept: exported as one archive, erased, or found to be needed no more.

Each app keeps its own part in a room (settings.PERSONAL_DATA_ROOMS) with the functions of `Room`; so this app needs
to know none of those above it, and a new table of personal data is a new sheet in its own app.
"""

import csv
import io
import json
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User

PURGE_BATCH = 200
STORY_LENGTH = 100
MAX_FOUND = 50

READ_ME = """红米好物 · 我的全部数据

data.json 是全部内容；每张表另有一个 CSV 文件（UTF-8，可用表格软件打开）。
积分为整数；金额以分为单位；时间为北京时间并带时区。

Hongmi · everything about me

data.json holds everything; each sheet is also a CSV file (UTF-8, opens in a spreadsheet).
Points are whole numbers; money is in fen; times carry their offset.
"""


@dataclass(frozen=True)
class Sheet:
    """One table of the export: `name` is its file, the first row its columns."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Unspent:
    """What would be lost by closing: so many points of a purse (`base`, `green`), or vouchers, for what `name` says."""

    kind: str
    count: int
    name: str = ""


@dataclass(frozen=True)
class Happening:
    """One line of a person's story, as support reads it. Neither names nor numbers of other members."""

    at: datetime
    what: str
    about: str = ""


class Room(Protocol):
    """What each app tells and does about one person. `person` is whole until every room has erased its part."""

    def sheets(self, person: User, moment: datetime) -> list[Sheet]: ...

    def found_by(self, typed: str) -> set[int]:
        """Ids of the people to whom something this app knows leads: a number, a card, a reference, a name."""

    def story(self, person: User) -> list[Happening]:
        """What happened to the person here, the newest first, at most STORY_LENGTH."""

    def unspent(self, person: User, moment: datetime) -> list[Unspent]: ...

    def used_up(self, person: User) -> list[str]:
        """What the person had that is given once per person and must be remembered."""

    def erase(self, person: User, moment: datetime) -> None: ...

    def needed(self, person_ids: Collection[int], since: datetime) -> set[int]:
        """Those of whom something happened after `since`, or who still have something here."""


def rooms() -> list[Room]:
    return [cast(Room, import_module(name)) for name in settings.PERSONAL_DATA_ROOMS]


def find(typed: str) -> list[int]:
    """Ids of whom support may mean: by number, card, member id, a shop's own number, a reference or the whole name."""
    typed = typed.strip()
    found: set[int] = set()
    if typed:
        found = found.union(*(room.found_by(typed) for room in rooms()))
    return sorted(found)[:MAX_FOUND]


def story(person: User) -> list[Happening]:
    """What happened to this person in the whole house, the newest first."""
    told = [happening for room in rooms() for happening in room.story(person)]
    return sorted(told, key=lambda happening: happening.at, reverse=True)[:STORY_LENGTH]


def export_everything(person: User, moment: datetime) -> bytes:
    """One ZIP: data.json, a CSV per sheet, and a note in both languages; with all of accounts merged into this one."""
    sheets = _sheets([person, *person.merged_from.select_related("wrapped_key").order_by("pk")], moment)
    told = {sheet.name: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows] for sheet in sheets}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", READ_ME)
        bundle.writestr("data.json", json.dumps(told, default=_plain, ensure_ascii=False, indent=1))
        for sheet in sheets:
            bundle.writestr(f"{sheet.name}.csv", _csv(sheet))
    return archive.getvalue()


def _sheets(people: Sequence[User], moment: datetime) -> list[Sheet]:
    """Each sheet once, with the rows of all these accounts, each row once."""
    told: dict[str, Sheet] = {}
    for person in people:
        for sheet in (sheet for room in rooms() for sheet in room.sheets(person, moment)):
            known = told[sheet.name].rows if sheet.name in told else []
            rows = [*known, *(row for row in sheet.rows if row not in known)]
            told[sheet.name] = Sheet(sheet.name, sheet.columns, rows)
    return list(told.values())


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return [one for room in rooms() for one in room.unspent(person, moment) if one.count]


def used_up(person: User) -> list[str]:
    return [fact for room in rooms() for fact in room.used_up(person)]


def erase(person: User, moment: datetime) -> None:
    """Each app clears its part, the highest step first, because rows above refer to rows below."""
    for room in reversed(rooms()):
        room.erase(person, moment)


def unneeded(moment: datetime) -> Iterable[User]:
    """People of whom nothing happened for as long as the law keeps data, and who have nothing here any more.

    Who still owns points is never among them, because points earned by spending are for life (SPEC R34).
    """
    since = moment.replace(year=moment.year - settings.PERSONAL_DATA_KEPT_YEARS, day=min(moment.day, 28))
    asleep = (
        User.objects.annotate(seen_at=Coalesce(F("last_login"), F("created_at")))
        .filter(seen_at__lt=since, erased_at=None, merged_into=None)
        .filter(Q(identity__isnull=False) | Q(username__isnull=False))
        .order_by("seen_at")
        .values_list("pk", flat=True)
    )
    left: set[int] = set()
    # By pages, because the first in line may all be needed still.
    page: list[int] = []
    for person_id in asleep.iterator(chunk_size=1000):
        page.append(person_id)
        if len(page) == 1000:
            left |= _not_needed(page, since)
            page = []
        if len(left) >= PURGE_BATCH:
            break
    left |= _not_needed(page, since)
    return User.objects.filter(pk__in=sorted(left)[:PURGE_BATCH])


def _not_needed(person_ids: list[int], since: datetime) -> set[int]:
    left = set(person_ids)
    for room in rooms():
        if left:
            left -= room.needed(left, since)
    return left


def _csv(sheet: Sheet) -> str:
    text = io.StringIO()
    # The mark tells spreadsheets that this is UTF-8.
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(sheet.columns)
    writer.writerows([_harmless(_plain(cell)) for cell in row] for row in sheet.rows)
    return text.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula is quoted."""
    if isinstance(cell, dict | list):
        cell = json.dumps(cell, ensure_ascii=False, default=_plain)
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
