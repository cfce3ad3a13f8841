"""Reads the ledger member by member for the replay: a server-side cursor for every table, all of them in step.

It has only plain SELECTs of single tables and of rows that their keys name; `points.audit.replay` interprets the rows.
Must be called inside a transaction, best one that sees one snapshot.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final, LiteralString

import psycopg

from points.audit.replay.books import (
    BASE,
    EARNED_BY_SPENDING,
    Award,
    Draw,
    Entry,
    Key,
    Lot,
    MemberBook,
    Merging,
    Order,
    Parent,
    Posting,
    Proposal,
    RuleVersion,
    Signature,
    SystemBook,
    Wallet,
)

Connection = psycopg.Connection[Any]
Row = Sequence[Any]

ROWS_AT_A_TIME: Final = 5_000

# Each begins with the member it is about and is ordered by it.
_STREAMS: Final[dict[str, LiteralString]] = {
    "entries": """
        SELECT coalesce(j.member_id, a.member_id) AS member, coalesce(a.id, j.act_id) AS act, a.kind,
               coalesce(j.merchant_id, a.merchant_id), a.merchant_id, a.member_id, a.parent_id, a.occurred_at,
               length(a.request_hash), j.purse, j.points, coalesce(j.balance_after, 0), coalesce(j.owed, 0),
               (a.breakdown -> 'awards')::text, CASE WHEN a.kind = 'merge' THEN a.breakdown::text END
        FROM points_act a FULL JOIN points_journal j ON j.act_id = a.id ORDER BY 1, 2, j.purse""",
    "lots": """
        SELECT member_id, id, act_id, issuer_id, purse, kind, granted, usable_from,
               coalesce(first_expires_at, expires_at), source_lot_id, rule_id, value_fen, earmark, transferable,
               remaining, expires_at
        FROM points_lot ORDER BY member_id, id""",
    "draws": """
        SELECT l.member_id, d.act_id, d.lot_id, d.points, d.expires_at
        FROM points_draw d JOIN points_lot l ON l.id = d.lot_id ORDER BY 1, 2, 3""",
    "postings": """
        SELECT x.member, p.act_id, p.purse, p.debit_kind, p.debit_holder, p.credit_kind, p.credit_holder, p.amount,
               s.act_id IS NOT NULL
        FROM points_posting p
        LEFT JOIN points_seal s ON s.act_id = p.act_id
        CROSS JOIN LATERAL (
            SELECT p.credit_holder AS member WHERE p.credit_kind IN ('member', 'held')
            UNION SELECT p.debit_holder WHERE p.debit_kind IN ('member', 'held')
            UNION SELECT 0 WHERE p.credit_kind NOT IN ('member', 'held') AND p.debit_kind NOT IN ('member', 'held')) x
        ORDER BY 1, 2, p.line""",
    "parents": """
        SELECT a.member_id, a.id, p.id, p.kind, p.merchant_id, p.member_id
        FROM points_act a LEFT JOIN points_act p ON p.id = a.parent_id
        WHERE a.parent_id IS NOT NULL ORDER BY 1""",
    "keys": """
        SELECT coalesce(a.member_id, 0), i.act_id, i.merchant_id, a.merchant_id
        FROM points_idempotency i LEFT JOIN points_act a ON a.id = i.act_id ORDER BY 1""",
    "signatures": """
        SELECT member_id, id, kind, merchant_id, actor_id, approved_by_id
        FROM points_act WHERE kind IN ('adjustment', 'merge') ORDER BY member_id, id""",
    "proposals": """
        SELECT member_id, act_id, merchant_id, purse, points, proposed_by_id, approved_by_id
        FROM points_adjustment WHERE act_id IS NOT NULL ORDER BY member_id, act_id""",
    "wallets": """
        SELECT member_id, purse, balance, available, held, owed, next_change_at, is_merged
        FROM points_wallet ORDER BY member_id, purse""",
    "open_holds": "SELECT member_id, act_id, points FROM points_hold WHERE is_open ORDER BY member_id",
    "debts": "SELECT member_id, purse, merchant_id, owed FROM points_debt ORDER BY member_id",
    "once": "SELECT member_id, once_key, act_id FROM points_once ORDER BY member_id",
    "caps": """SELECT member_id, cap, "window", used FROM points_capusage ORDER BY member_id""",
}


def member_books(connection: Connection) -> Iterator[MemberBook]:
    """Every member's rows, lowest id first, in the memory of one member."""
    streams = {name: _members(connection, name, statement) for name, statement in _STREAMS.items()}
    heads = {name: next(stream, None) for name, stream in streams.items()}
    while members := [head[0] for head in heads.values() if head is not None]:
        member_id = min(members)
        book = MemberBook(member_id)
        for name, head in heads.items():
            if head is not None and head[0] == member_id:
                setattr(book, name, _SHAPES[name](head[1]))
                heads[name] = next(streams[name], None)
        yield book


def system_book(connection: Connection) -> SystemBook:
    """The rows above all members: a few for each merchant, rule and merge."""

    def rows(statement: LiteralString) -> list[Row]:
        return connection.execute(statement).fetchall()

    return SystemBook(
        rollups={
            (row[0], row[1], row[2]): (row[3], row[4])
            for row in rows("SELECT kind, holder, purse, debits, credits FROM points_accountrollup")
        },
        capped_rules=[
            RuleVersion(row[0], row[1], row[2], json.loads(row[3]))
            for row in rows("""
                SELECT v.rule_id, v.version, r.merchant_id, v.definition::text
                FROM points_earningruleversion v JOIN points_earningrule r ON r.id = v.rule_id
                WHERE v.definition ? 'caps'""")
        ],
        orders={
            row[0]: Order(*row[1:])
            for row in rows("SELECT id, duplicate_id, proposed_by_id, approved_by_id FROM accounts_membermerge")
        },
        merged_into={
            row[0]: row[1]
            for row in rows("SELECT member_id, (breakdown ->> 'into')::bigint FROM points_act WHERE kind = 'merge'")
        },
    )


def _members(connection: Connection, name: str, statement: LiteralString) -> Iterator[tuple[int, list[Row]]]:
    with connection.cursor(name=f"replay_{name}") as cursor:
        cursor.execute(statement)
        # Fetched by the thousand, because the cursor's own iteration costs more than the row.
        pages = iter(lambda: cursor.fetchmany(ROWS_AT_A_TIME), [])
        for member_id, rows in groupby(chain.from_iterable(pages), key=itemgetter(0)):
            yield member_id, list(rows)


def _entry(row: Row) -> Entry:
    return Entry._make((*row[1:13], _awards(row[13]) if row[13] else (), _merging(row[14]) if row[14] else None))


def _awards(text: str) -> Sequence[Award]:
    awards = json.loads(text)
    return [_award(each) for each in awards] if isinstance(awards, list) else ()


def _award(award: dict[str, Any]) -> Award:
    get = award.get
    return Award(
        points=award["points"],
        purse=get("purse", BASE),
        kind=get("kind", EARNED_BY_SPENDING),
        rule_id=get("rule"),
        version=get("version"),
        usable_from=_moment(get("usable_from")),
        expires_at=_moment(get("expires_at")),
        earmark=get("earmark"),
        is_transferable=get("transferable", False),
        # A dropped award used up no key.
        once=get("once") if get("dropped") != "already_awarded" else None,
    )


def _merging(text: str) -> Merging:
    merging = json.loads(text)
    caps = [(cap, window, used) for cap, window, used in merging.get("caps", [])]
    return Merging(merging["merge"], merging["into"], merging.get("once", {}), caps)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _all(make: Callable[[Row], Any]) -> Callable[[list[Row]], list[Any]]:
    return lambda rows: [make(row[1:]) for row in rows]


_SHAPES: Final[dict[str, Callable[[list[Row]], Any]]] = {
    "entries": lambda rows: [_entry(row) for row in rows],
    "lots": _all(Lot._make),
    "draws": _all(Draw._make),
    "postings": _all(Posting._make),
    "parents": lambda rows: {row[1]: Parent._make(row[2:]) for row in rows},
    "keys": _all(Key._make),
    "signatures": _all(Signature._make),
    "proposals": _all(Proposal._make),
    "wallets": _all(Wallet._make),
    "open_holds": lambda rows: {row[1]: row[2] for row in rows},
    "debts": lambda rows: {(row[1], row[2]): row[3] for row in rows},
    "once": lambda rows: {row[1]: row[2] for row in rows},
    "caps": lambda rows: {(row[1], row[2]): row[3] for row in rows},
}
