"""Personal data of one person in all apps: export, erasure, retention, and the timeline that support reads.

Each app has a module (settings.PERSONAL_DATA_MODULES) with the functions of `PersonalDataModule`, because this app is
below the others and imports none of them. Each app exports its new tables itself.
"""

import csv
import io
import json
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from hongmi.lib import named_objects, spreadsheets

PURGE_BATCH = 200
TIMELINE_LENGTH = 100
MAX_FOUND = 50

READ_ME = """红米好物 · 我的全部数据

data.json 是全部内容；每张表另有一个 CSV 文件（UTF-8，可用表格软件打开）。
积分为整数；金额以分为单位；时间为北京时间并带时区。

Hongmi · everything about me

data.json holds everything; each table is also a CSV file (UTF-8, opens in a spreadsheet).
Points are whole numbers; money is in fen; times carry their offset.
"""


@dataclass(frozen=True)
class Table:
    """One table of the export: `name` is the name of its CSV file."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Unspent:
    """A loss at closing: `count` points of a purse (kind `base`, `green`), or vouchers of the reward `name`."""

    kind: str
    count: int
    name: str = ""


@dataclass(frozen=True)
class TimelineEvent:
    """One line of a person's timeline, as support reads it. It never holds names or numbers of other members."""

    at: datetime
    what: str
    about: str = ""


class PersonalDataModule(Protocol):
    """The functions of each app's module. `person` keeps name and number until every module has erased its data."""

    def tables(self, person: User, moment: datetime) -> list[Table]: ...

    def found_by(self, typed: str) -> set[int]:
        """Ids of the people that the typed number, card, reference or name belongs to in this app."""

    def timeline(self, person: User) -> list[TimelineEvent]:
        """The person's events in this app, the newest first, at most TIMELINE_LENGTH."""

    def unspent(self, person: User, moment: datetime) -> list[Unspent]: ...

    def used_up(self, person: User) -> list[str]:
        """Facts about benefits that are given once per person and that the person has received."""

    def erase(self, person: User, moment: datetime) -> None: ...

    def needed(self, person_ids: Collection[int], since: datetime) -> set[int]:
        """Those of the people with an event after `since`, or with a balance or duty in this app."""


def modules() -> list[PersonalDataModule]:
    return [cast(PersonalDataModule, named_objects.module(name)) for name in settings.PERSONAL_DATA_MODULES]


def find(typed: str) -> list[int]:
    """Ids of people by number, card, member id, a shop's own number, a reference or the whole name."""
    typed = typed.strip()
    found: set[int] = set()
    if typed:
        found = found.union(*(module.found_by(typed) for module in modules()))
    return sorted(found)[:MAX_FOUND]


def timeline(person: User) -> list[TimelineEvent]:
    """This person's events in all apps, the newest first, at most TIMELINE_LENGTH."""
    events = [event for module in modules() for event in module.timeline(person)]
    return sorted(events, key=lambda event: event.at, reverse=True)[:TIMELINE_LENGTH]


def export_everything(person: User, moment: datetime) -> bytes:
    """A ZIP with data.json, a CSV per table, and a note in both languages. Includes accounts merged into this one."""
    tables = _tables([person, *person.merged_from.select_related("wrapped_key").order_by("pk")], moment)
    rows_by_table = {table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", READ_ME)
        bundle.writestr("data.json", json.dumps(rows_by_table, default=_plain, ensure_ascii=False, indent=1))
        for table in tables:
            bundle.writestr(f"{table.name}.csv", _csv(table))
    return archive.getvalue()


def _tables(people: Sequence[User], moment: datetime) -> list[Table]:
    """Each table once, with the rows of all these accounts, each row once."""
    merged: dict[str, Table] = {}
    for person in people:
        for table in (table for module in modules() for table in module.tables(person, moment)):
            known = merged[table.name].rows if table.name in merged else []
            rows = [*known, *(row for row in table.rows if row not in known)]
            merged[table.name] = Table(table.name, table.columns, rows)
    return list(merged.values())


def unspent(person: User, moment: datetime) -> list[Unspent]:
    return [one for module in modules() for one in module.unspent(person, moment) if one.count]


def used_up(person: User) -> list[str]:
    return [fact for module in modules() for fact in module.used_up(person)]


def erase(person: User, moment: datetime) -> None:
    """Each app erases its data, the highest layer first, because rows above refer to rows below."""
    for module in reversed(modules()):
        module.erase(person, moment)


def unneeded(moment: datetime) -> Iterable[User]:
    """People without an event for the retention period of the law, and without balances or duties.

    Owners of points are never among them, because points earned by spending are for life (SPEC R34).
    """
    since = moment.replace(year=moment.year - settings.PERSONAL_DATA_KEPT_YEARS, day=min(moment.day, 28))
    inactive = (
        User.objects.annotate(seen_at=Coalesce(F("last_login"), F("created_at")))
        .filter(seen_at__lt=since, erased_at=None, merged_into=None)
        .filter(Q(identity__isnull=False) | Q(username__isnull=False))
        .order_by("seen_at")
        .values_list("pk", flat=True)
    )
    unneeded_ids: set[int] = set()
    # By pages, because all people of the first page may still be needed.
    page: list[int] = []
    for person_id in inactive.iterator(chunk_size=1000):
        page.append(person_id)
        if len(page) == 1000:
            unneeded_ids |= _not_needed(page, since)
            page = []
        if len(unneeded_ids) >= PURGE_BATCH:
            break
    unneeded_ids |= _not_needed(page, since)
    return User.objects.filter(pk__in=sorted(unneeded_ids)[:PURGE_BATCH])


def _not_needed(person_ids: list[int], since: datetime) -> set[int]:
    unneeded_ids = set(person_ids)
    for module in modules():
        if unneeded_ids:
            unneeded_ids -= module.needed(unneeded_ids, since)
    return unneeded_ids


def _csv(table: Table) -> str:
    text = io.StringIO()
    # Spreadsheets read the file as UTF-8 only with a byte order mark.
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return text.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _cell(value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=_plain)
    return spreadsheets.harmless(value) if isinstance(value, str) else value
