"""The audit: the laws of the ledger, checked in the tables. Each law is one query; an empty result proves it.

The queries stand in `audit/laws/SUBJECT/NN_name.sql`, each with one sentence in Chinese and one in English. They need
SELECT and nothing else. An audit reads one snapshot, so merchants may book meanwhile.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.db import connections, transaction
from django.utils.translation import get_language
from psycopg import sql

from points.audit import reader, replay

Connection = psycopg.Connection[Any]

FOLDER = Path(__file__).with_suffix("")
EXAMPLES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law of the ledger; `statement` returns the rows that break it."""

    name: str
    sentence_zh: str
    sentence_en: str
    statement: str

    @property
    def sentence(self) -> str:
        """The law in the reader's language."""
        return self.sentence_zh if (get_language() or "zh").startswith("zh") else self.sentence_en


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one law: how many rows break it, and the first few of them."""

    name: str
    sentence: str
    count: int
    examples: list[dict[str, Any]]
    milliseconds: int

    @property
    def ok(self) -> bool:
        return self.count == 0


@cache
def invariants() -> tuple[Invariant, ...]:
    """Every law in SQL, in the order of the files."""
    return tuple(_read(file) for file in sorted(FOLDER.rglob("*.sql"), key=lambda file: file.name))


@contextmanager
def snapshot(*, database: str = "default") -> Iterator[Connection]:
    """A connection that sees one state of the ledger, and may only read."""
    with transaction.atomic(using=database, durable=True):
        connection = connections[database]
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection.connection


def findings(connection: Connection, *, moment: datetime) -> Iterator[Finding]:
    """Every finding as it comes: each law in SQL, then the replay in Python."""
    return chain((check(connection, law) for law in invariants()), replayed(connection, moment=moment))


def check(connection: Connection, law: Invariant) -> Finding:
    """The finding of one law. The database counts the rows; only the first few are fetched."""
    started = perf_counter()
    statement = sql.SQL(
        "SELECT count(*), coalesce(jsonb_agg(to_jsonb(o) - 'nth') FILTER (WHERE o.nth <= {shown}), '[]')::text"
        " FROM (SELECT q.*, row_number() OVER () AS nth FROM ({law}) q) o"
    ).format(shown=sql.Literal(EXAMPLES_SHOWN), law=sql.SQL(law.statement))
    row = connection.execute(statement).fetchone()
    assert row is not None
    return Finding(law.name, law.sentence, row[0], json.loads(row[1]), _since(started))


def replayed(connection: Connection, *, moment: datetime) -> Iterator[Finding]:
    """One finding for each line of the replay: where the rebuild differs from the stored rows."""
    started = perf_counter()
    counts: defaultdict[str, int] = defaultdict(int)
    examples: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    system = reader.system_book(connection)
    for difference in replay.differences(reader.member_books(connection), system, moment=moment):
        counts[difference.line] += 1
        if len(examples[difference.line]) < EXAMPLES_SHOWN:
            examples[difference.line].append(difference.as_dict())
    for line, sentences in replay.LINES.items():
        sentence = sentences[0 if (get_language() or "zh").startswith("zh") else 1]
        yield Finding(f"replay_{line}", sentence, counts[line], examples[line], _since(started))
        started = perf_counter()


def _read(file: Path) -> Invariant:
    zh, en, statement = file.read_text().split("\n", 2)
    return Invariant(
        name=file.stem.split("_", 1)[1],
        sentence_zh=zh.removeprefix("-- zh: "),
        sentence_en=en.removeprefix("-- en: "),
        statement=statement,
    )


def _since(started: float) -> int:
    return round((perf_counter() - started) * 1000)
