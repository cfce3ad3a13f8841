"""Reads the books member by member for the replay: every table a server-side cursor, all of them in step.

Only plain SELECTs of single tables and their keys stand here; what the rows mean is `points.replay`'s affair. Must be
called inside a transaction, best one that sees one snapshot.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, LiteralString

import psycopg

from points.replay import Carried, Draw, Entry, Lot, MemberBook, Posting, SystemBook, Wallet

Connection = psycopg.Connection[Any]
Row = Sequence[Any]

ROWS_AT_A_TIME: Final = 5_000

# Each begins with the member it is about and is ordered by it.
_STREAMS: Final[dict[str, LiteralString]] = {
    "entries": """
        SELECT coalesce(j.member_id, a.member_id) AS member, coalesce(a.id, j.act_id) AS act, a.kind,
               coalesce(j.merchant_id, a.merchant_id), a.member_id, a.parent_id, a.occurred_at,
               CASE WHEN a.breakdown::text LIKE '%"once"%' THEN a.breakdown::text END,
               j.purse, j.points, coalesce(j.balance_after, 0), coalesce(j.owed, 0)
        FROM points_act a FULL JOIN points_journal j ON j.act_id = a.id ORDER BY 1, 2, j.purse""",
    "lots": """
        SELECT member_id, id, act_id, purse, granted, usable_from, coalesce(first_expires_at, expires_at),
               earmark IS NOT NULL, remaining, expires_at
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
            SELECT p.credit_holder AS member WHERE p.credit_kind IN (2, 3)
            UNION SELECT p.debit_holder WHERE p.debit_kind IN (2, 3)
            UNION SELECT 0 WHERE p.credit_kind NOT IN (2, 3) AND p.debit_kind NOT IN (2, 3)) x
        ORDER BY 1, 2, p.line""",
    "wallets": """
        SELECT member_id, purse, balance, available, held, owed, next_change_at
        FROM points_wallet ORDER BY member_id, purse""",
    "open_holds": "SELECT member_id, act_id, points FROM points_hold WHERE is_open ORDER BY member_id",
    "debts": "SELECT member_id, purse, merchant_id, owed FROM points_debt ORDER BY member_id",
    "once": "SELECT member_id, once_key, act_id FROM points_once ORDER BY member_id",
    "gift_caps": """
        SELECT member_id, cap, "window", used FROM points_capusage
        WHERE cap IN ('gift-day', 'gift-year') ORDER BY member_id""",
}


def member_books(connection: Connection) -> Iterator[MemberBook]:
    """Everyone's books, lowest member first, in the memory of one member."""
    streams = {name: _members(connection, name, statement) for name, statement in _STREAMS.items()}
    heads = {name: next(stream, None) for name, stream in streams.items()}
    while standing := [head[0] for head in heads.values() if head is not None]:
        member_id = min(standing)
        book = MemberBook(member_id)
        for name, head in heads.items():
            if head is not None and head[0] == member_id:
                setattr(book, name, _SHAPES[name](head[1]))
                heads[name] = next(streams[name], None)
        yield book


def system_book(connection: Connection) -> SystemBook:
    """The folded system accounts: as many as there are merchants, a few times over."""
    rows = connection.execute("SELECT kind, holder, purse, debits, credits FROM points_accountrollup").fetchall()
    return SystemBook({(row[0], row[1], row[2]): (row[3], row[4]) for row in rows})


def _members(connection: Connection, name: str, statement: LiteralString) -> Iterator[tuple[int, list[Row]]]:
    with connection.cursor(name=f"replay_{name}") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        for member_id, rows in groupby(cursor.execute(statement), key=lambda row: row[0]):
            yield member_id, list(rows)


def _entry(row: Row) -> Entry:
    breakdown = json.loads(row[7]) if row[7] else {}
    return Entry(*[*row[1:7], _once_keys(breakdown), *row[8:], _carried(breakdown)])


def _carried(breakdown: dict[str, Any]) -> Carried | None:
    """What a merge says it carried over."""
    if "into" not in breakdown:
        return None
    return Carried(breakdown["once"], [(cap, window, used) for cap, window, used in breakdown["caps"]])


def _once_keys(breakdown: dict[str, Any]) -> tuple[str, ...]:
    """The once-only keys that an act used up; an award that came too late used none."""
    awards = breakdown.get("awards", [])
    return tuple(award["once"] for award in awards if "once" in award and award.get("dropped") != "already_awarded")


def _all(make: Callable[..., Any]) -> Callable[[list[Row]], list[Any]]:
    return lambda rows: [make(*row[1:]) for row in rows]


_SHAPES: Final[dict[str, Callable[[list[Row]], Any]]] = {
    "entries": lambda rows: [_entry(row) for row in rows],
    "lots": _all(Lot),
    "draws": _all(Draw),
    "postings": _all(Posting),
    "wallets": _all(Wallet),
    "open_holds": lambda rows: {row[1]: row[2] for row in rows},
    "debts": lambda rows: {(row[1], row[2]): row[3] for row in rows},
    "once": lambda rows: {row[1]: row[2] for row in rows},
    "gift_caps": lambda rows: {(row[1], row[2]): row[3] for row in rows},
}
