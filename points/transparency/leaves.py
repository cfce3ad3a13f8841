"""The leaf of an act: its complete rows in the ledger, as one value whose canonical text is hashed into the tree.

A leaf is made of columns that never change: the act, its journal rows (without the balance after, because a receipt
would show one merchant a member's balance from the others), its postings, the lots it granted with their first
validity, and its draws. Transaction numbers stay out, so that an export imported elsewhere leads to the same root.
Ids are strings. A column that is added later must appear only where it is not null, or old leaves change.
"""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, LiteralString

import psycopg

from points.transparency import canonical, merkle

Leaf = dict[str, Any]
Row = Sequence[Any]

# Deeper than any breakdown (the API takes 32 levels) and far below Python's recursion limit.
MAX_DEPTH: Final = 64


_ACT: Final[LiteralString] = """
    SELECT id, kind, merchant_id, member_id, parent_id, actor_id, approved_by_id, amount_fen, store_id,
           points.instant(occurred_at), points.instant(recorded_at), encode(request_hash, 'hex'), reference,
           breakdown::text
    FROM points_act WHERE id = ANY (%s)"""
_JOURNAL: Final[LiteralString] = """
    SELECT act_id, member_id, merchant_id, purse, points, owed
    FROM points_journal WHERE act_id = ANY (%s) ORDER BY act_id, member_id, purse"""
_POSTING: Final[LiteralString] = """
    SELECT act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount
    FROM points_posting WHERE act_id = ANY (%s) ORDER BY act_id, line"""
_LOT: Final[LiteralString] = """
    SELECT act_id, id, member_id, issuer_id, purse, kind, granted, value_fen, transferable, earmark, rule_id,
           source_lot_id, points.instant(usable_from), points.instant(coalesce(first_expires_at, expires_at))
    FROM points_lot WHERE act_id = ANY (%s) ORDER BY act_id, id"""
_DRAW: Final[LiteralString] = """
    SELECT act_id, lot_id, points, points.instant(expires_at)
    FROM points_draw WHERE act_id = ANY (%s) ORDER BY act_id, lot_id"""


def of_acts(cursor: psycopg.Cursor[Any], act_ids: Sequence[int]) -> dict[int, Leaf]:
    """The leaves by act id, read in five queries; an unknown act is left out."""
    ids = list(act_ids)
    acts = cursor.execute(_ACT, [ids]).fetchall()
    journal, postings = _by_act(cursor, _JOURNAL, ids), _by_act(cursor, _POSTING, ids)
    lots, draws = _by_act(cursor, _LOT, ids), _by_act(cursor, _DRAW, ids)
    return {
        row[0]: _act(row)
        | {
            "journal": [_journal_row(each) for each in journal[row[0]]],
            "postings": [_posting(each) for each in postings[row[0]]],
            "lots": [_lot(each) for each in lots[row[0]]],
            "draws": [_draw(each) for each in draws[row[0]]],
        }
        for row in acts
    }


def hash_of(leaf: Leaf) -> bytes:
    return merkle.leaf_hash(canonical.encode(leaf))


def _by_act(cursor: psycopg.Cursor[Any], statement: LiteralString, ids: list[int]) -> defaultdict[int, list[Row]]:
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for row in cursor.execute(statement, [ids]):
        rows[row[0]].append(row)
    return rows


def _act(row: Row) -> Leaf:
    return {
        "id": str(row[0]),
        "kind": row[1],
        "merchant": str(row[2]),
        "member": str(row[3]),
        "parent": _id(row[4]),
        "actor": _id(row[5]),
        "approved_by": _id(row[6]),
        "amount_fen": row[7],
        "store": _id(row[8]),
        "occurred_at": row[9],
        "recorded_at": row[10],
        "request_hash": row[11],
        "reference": row[12],
        "breakdown": breakdown(row[13]),
    }


def _journal_row(row: Row) -> Leaf:
    return {
        "member": str(row[1]),
        "merchant": str(row[2]),
        "purse": row[3],
        "points": row[4],
        "owed": row[5],
    }


def _posting(row: Row) -> Leaf:
    return {
        "line": row[1],
        "purse": row[2],
        "debit": {"kind": row[3], "holder": str(row[4])},
        "credit": {"kind": row[5], "holder": str(row[6])},
        "points": row[7],
    }


def _lot(row: Row) -> Leaf:
    return {
        "id": str(row[1]),
        "member": str(row[2]),
        "issuer": str(row[3]),
        "purse": row[4],
        "kind": row[5],
        "points": row[6],
        "value_fen": row[7],
        "transferable": row[8],
        "earmark": row[9],
        "rule": _id(row[10]),
        "source_lot": _id(row[11]),
        "usable_from": row[12],
        "expires_at": row[13],
    }


def _draw(row: Row) -> Leaf:
    return {"lot": str(row[1]), "points": row[2], "expires_at": row[3]}


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


# The ledger refuses a breakdown without canonical text; a row written past that check must not stop the seal, so such
# parts are sealed as text, under a key that names them.


def breakdown(text: str) -> Any:
    """The breakdown as a value that has a canonical text, for any `text`; equal texts give equal values."""
    try:
        value = (_CAREFUL if _LONG_NUMBER.search(text) else _PLAIN).decode(text)
    except RecursionError:
        return {"$json": text}
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return {"$json": text}
    return value


def _odd_number(text: str) -> dict[str, str]:
    return {"$number": text}


def _whole_number(text: str) -> int | dict[str, str]:
    fits = len(text) <= 20 and canonical.INTEGER_MIN <= int(text) <= canonical.INTEGER_MAX
    return int(text) if fits else _odd_number(text)


def _depth(value: Any) -> int:
    depth, row = 0, [value]
    while row := [inner for outer in row if isinstance(outer, dict | list) for inner in _members(outer)]:
        depth += 1
    return depth


def _members(outer: dict[str, Any] | list[Any]) -> list[Any]:
    return list(outer.values()) if isinstance(outer, dict) else outer


_PLAIN: Final = json.JSONDecoder(parse_float=_odd_number)
_CAREFUL: Final = json.JSONDecoder(parse_float=_odd_number, parse_int=_whole_number)
_LONG_NUMBER: Final = re.compile(r"\d{19}", re.ASCII)  # shorter numbers have 64 bits at most
