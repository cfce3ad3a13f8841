"""Tamper evidence: an old head alone is enough to find an alteration, whatever the database claims."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from psycopg import sql

from points.operations import audits
from points.transparency import heads, leaves, log, merkle, proofs, publication
from points.transparency.proofs import Fault
from tests.points.ledger import bookkeeping
from tests.points.ledger.bookkeeping import points
from tests.points.transparency.sealing import latest, query, seal_all

TAMPERED_ROWS = 100
NOW = datetime(2027, 1, 1, tzinfo=UTC)
# Every column that a leaf is made of.
COLUMNS = {
    "act": "id merchant_id member_id parent_id actor_id approved_by_id amount_fen store_id occurred_at recorded_at "
    "kind request_hash reference breakdown",
    "journal": "act_id member_id merchant_id purse points owed",
    "posting": "act_id line purse debit_kind debit_holder credit_kind credit_holder amount",
    "lot": "id act_id member_id issuer_id purse kind granted value_fen transferable earmark rule_id source_lot_id "
    "usable_from expires_at first_expires_at",
    "draw": "act_id lot_id points expires_at",
}
OTHER_VALUE = {
    "bigint": "coalesce({0}, 0) + 1000003",
    "smallint": "{0} + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "character varying": "coalesce({0}, '') || '!'",
    "text": "coalesce({0}, '') || '!'",
    "boolean": "NOT {0}",
    "bytea": "substring(sha256({0}) FOR length({0}))",
    "jsonb": "{0} || '{{\"forged\": 1}}'",
} | {
    enum: f"(enum_range({{0}}, NULL) || enum_range(NULL::{enum}))[2]"
    for enum in ("act_kind", "purse", "account_kind", "lot_kind")
}


@pytest.fixture
def sealed(book: bookkeeping.Cast, settings: Any) -> heads.SignedHead:
    """The head that Charlie copied when the ledger had every kind of act; later acts followed."""
    book.does_everything()
    book.buys_much(280)
    seal_all()
    kept = (settings.HEADS_DIRECTORY / publication.HEADS_FILE).read_text().splitlines()[-1]
    book.does_everything()
    seal_all()
    return heads.from_object(json.loads(kept))


@pytest.fixture
def forger(owner_url: str) -> Iterator[psycopg.Cursor[Any]]:
    """The owner with every guard taken down, in one transaction that is rolled back."""
    with psycopg.connect(owner_url) as connection:
        cursor = connection.cursor()
        for table in (*COLUMNS, "seal", "treenode"):
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(f"points_{table}")))
        checks = cursor.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
               WHERE contype = 'c' AND conrelid::regclass::text LIKE 'points\\_%'"""
        ).fetchall()
        for table, name in checks:
            statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            cursor.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))
        yield cursor
        connection.rollback()


def faults(cursor: Any, *kept: heads.SignedHead) -> set[Fault]:
    return {finding.fault for finding in proofs.verify_against_heads(cursor, kept, log.keys())}


def test_an_unaltered_ledger_holds_against_every_earlier_head(
    sealed: heads.SignedHead, forger: psycopg.Cursor[Any]
) -> None:
    with log.cursor() as cursor:
        everyone = [each.signed for each in log.heads_after(cursor, 0, limit=1000)]
    assert proofs.verify_against_heads(forger, everyone, log.keys()) == []


def test_the_nightly_audit_finds_a_rewrite_that_breaks_no_law(sealed: heads.SignedHead, owner_url: str) -> None:
    first = "(SELECT min(id) FROM points_act)"
    with psycopg.connect(owner_url, autocommit=True) as owner:
        assert audits.run(moment=NOW, with_seal=True).is_ok
        owner.execute("ALTER TABLE points_act DISABLE TRIGGER USER")
        try:
            owner.execute(f"UPDATE points_act SET breakdown = breakdown || '{{\"forged\": 1}}' WHERE id = {first}")
            without, with_seal = (audits.run(moment=NOW, with_seal=each) for each in (False, True))
        finally:
            owner.execute(f"UPDATE points_act SET breakdown = breakdown - 'forged' WHERE id = {first}")
            owner.execute("ALTER TABLE points_act ENABLE ALWAYS TRIGGER the_books_only_grow")
    assert without.is_ok
    assert {name for name, found in with_seal.findings.items() if found["count"]} == {"what_was_sealed_is_unaltered"}


def test_a_hundred_tampered_rows_are_each_found_with_nothing_but_an_old_head(
    sealed: heads.SignedHead, forger: psycopg.Cursor[Any]
) -> None:
    luck = random.Random(20261122)
    places = [(table, column) for table, columns in COLUMNS.items() for column in columns.split()]
    attempts = places + luck.choices(places, k=TAMPERED_ROWS - len(places))
    for table, column in attempts:
        with forger.connection.transaction(force_rollback=True):
            act_id = _tamper(forger, table, column, luck)
            found = proofs.verify_against_heads(forger, [sealed], log.keys())
        assert Fault.ROOT_DIFFERS in {each.fault for each in found}, (table, column)
        assert act_id in {each.act_id for each in found}, (table, column)
        assert sum(each.fault in (Fault.LEAF_DIFFERS, Fault.ACT_MISSING) for each in found) <= 2
    assert len(attempts) == TAMPERED_ROWS
    assert faults(forger, sealed) == set()


def _tamper(forger: psycopg.Cursor[Any], table: str, column: str, luck: random.Random) -> int:
    """Change one column of one sealed row; returns its act."""
    names = {"table": sql.Identifier(f"points_{table}"), "column": sql.Identifier(column)}
    names["act"] = sql.Identifier("id" if table == "act" else "act_id")
    condition = {"first_expires_at": "AND first_expires_at IS NOT NULL", "expires_at": "AND first_expires_at IS NULL"}
    query = sql.SQL(
        """SELECT t.ctid, t.{act}, (SELECT coalesce(nullif(y.typbasetype, 0), y.oid)::regtype::text FROM pg_type y
                                    WHERE y.oid = pg_typeof(t.{column}))
           FROM {table} t JOIN points_seal s ON s.act_id = t.{act}
           WHERE s.leaf_index < 200 {condition} ORDER BY 2, 1"""
    )
    condition_of_lot = sql.SQL(condition.get(column, "") if table == "lot" else "")
    rows = forger.execute(query.format(condition=condition_of_lot, **names)).fetchall()
    ctid, act_id, kind = luck.choice(rows)
    change = sql.SQL(OTHER_VALUE[kind]).format(names["column"])
    statement = sql.SQL("UPDATE {table} SET {column} = {change} WHERE ctid = %s::tid").format(change=change, **names)
    assert forger.execute(statement, [ctid]).rowcount == 1
    return int(act_id)


def test_a_deleted_row_is_found_in_every_table(sealed: heads.SignedHead, forger: psycopg.Cursor[Any]) -> None:
    for table in (*COLUMNS, "seal"):
        key = sql.Identifier("id" if table == "act" else "act_id")
        with forger.connection.transaction(force_rollback=True):
            statement = sql.SQL("DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})")
            assert forger.execute(statement.format(table=sql.Identifier(f"points_{table}"), key=key)).rowcount
            assert Fault.ROOT_DIFFERS in faults(forger, sealed), table


def test_a_row_added_to_a_sealed_act_is_found(sealed: heads.SignedHead, forger: psycopg.Cursor[Any]) -> None:
    columns = "purse, debit_kind, debit_holder, credit_kind, credit_holder, amount"
    copied = "INSERT INTO points_posting (act_id, line, {0}) SELECT act_id, 99, {0} FROM points_posting LIMIT 1"
    forger.execute(sql.SQL(copied).format(sql.SQL(columns)))
    assert faults(forger, sealed) == {Fault.ROOT_DIFFERS, Fault.NODE_DIFFERS, Fault.LEAF_DIFFERS}


def test_swapped_places_and_rewritten_hashes_are_found(sealed: heads.SignedHead, forger: psycopg.Cursor[Any]) -> None:
    with forger.connection.transaction(force_rollback=True):
        forger.execute("UPDATE points_seal SET leaf_hash = sha256(leaf_hash) WHERE leaf_index = 3")
        assert faults(forger, sealed) == {Fault.LEAF_DIFFERS}
    with forger.connection.transaction(force_rollback=True):
        forger.execute("UPDATE points_treenode SET hash = sha256(hash) WHERE level = 1")
        assert faults(forger, sealed) == {Fault.NODE_DIFFERS}
    with forger.connection.transaction(force_rollback=True):
        forger.execute("UPDATE points_seal SET act_id = -act_id WHERE leaf_index IN (3, 4)")
        forger.execute(
            "UPDATE points_seal s SET act_id = -o.act_id FROM points_seal o "
            "WHERE s.leaf_index IN (3, 4) AND o.leaf_index = 7 - s.leaf_index"
        )
        assert faults(forger, sealed) == {Fault.ROOT_DIFFERS, Fault.NODE_DIFFERS, Fault.LEAF_DIFFERS}


def test_a_forger_who_rewrites_every_hash_is_still_found_and_placed_between_two_heads(
    sealed: heads.SignedHead, forger: psycopg.Cursor[Any]
) -> None:
    [(act_id,)] = forger.execute("SELECT act_id FROM points_seal WHERE leaf_index = 290").fetchall()
    forger.execute("UPDATE points_act SET amount_fen = amount_fen + 1 WHERE id = %s", [act_id])
    forged = leaves.hash_of(leaves.of_acts(forger, [act_id])[act_id])
    forger.execute("UPDATE points_seal SET leaf_hash = %s WHERE leaf_index = 290", [forged])
    with log.cursor() as cursor:
        kept = [each.signed for each in log.heads_after(cursor, 0, limit=1000)]
    found = proofs.verify_against_heads(forger, kept, log.keys())
    assert {each.fault for each in found} == {Fault.ROOT_DIFFERS}
    assert {each.place for each in found} == {each.head.tree_size for each in kept if each.head.tree_size > 290}


def test_a_head_signed_by_a_foreign_key_proves_nothing(
    sealed: heads.SignedHead, forger: psycopg.Cursor[Any], settings: Any, tmp_path: Any
) -> None:
    settings.SEAL_KEYS_DIRECTORY = tmp_path / "another"
    assert faults(forger, sealed) == {Fault.FOREIGN_HEAD}


def test_the_rows_give_the_same_root_in_a_pure_tree(book: bookkeeping.Cast) -> None:
    book.buys(book.alice, points(5))
    book.buys_much(520)
    seal_all()
    acts = [act_id for (act_id,) in query("SELECT act_id FROM points_seal ORDER BY leaf_index")]
    with log.cursor() as cursor:
        made = leaves.of_acts(cursor, acts)
    assert merkle.root_of([leaves.hash_of(made[each]) for each in acts]) == latest().signed.head.root_hash


def test_the_command_compares_the_ledger_with_every_published_head(
    sealed: heads.SignedHead, owner_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_seal")
    assert "every act" in capsys.readouterr().out
    [(first,)] = query("SELECT min(act_id) FROM points_seal")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE points_journal DISABLE TRIGGER USER")
        owner.execute("UPDATE points_journal SET points = points + 1 WHERE act_id = %s", [first])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_seal")
    assert ended.value.code == 1
    assert f"leaf_differs at 0, act {first}" in capsys.readouterr().out


def test_a_head_on_paper_is_enough_for_the_command(
    sealed: heads.SignedHead, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.jsonl").write_text(json.dumps(heads.to_object(sealed)))
    call_command("verify_seal", heads=tmp_path / "kept.jsonl")
    assert f"up to leaf {sealed.head.tree_size - 1}" in capsys.readouterr().out
