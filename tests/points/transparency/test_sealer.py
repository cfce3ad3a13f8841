"""The sealer on a real server: finished acts are sealed once, in order, and heads are published."""

import io
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from psycopg import sql

from points.transparency import heads, leaves, log, merkle, publication, sealer
from tests.points.ledger import bookkeeping
from tests.points.ledger.bookkeeping import points
from tests.points.transparency.sealing import PATIENCE_SECONDS, latest, query, seal_all, sealed_acts


def insert_act(owner: psycopg.Connection, book: bookkeeping.Cast, **columns: Any) -> int:
    """Insert an act of Bob's without a ledger function; returns its id."""
    given = {
        "merchant_id": book.stationer.id,
        "member_id": book.bob.id,
        "occurred_at": book.moment,
        "kind": "purchase",
        "request_hash": b"h" * 16,
        "reference": uuid.uuid4().hex,
        "breakdown": "{}",
    } | columns
    statement = sql.SQL("INSERT INTO points_act ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join(sql.Placeholder() * len(given))
    )
    row = owner.execute(statement, list(given.values())).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def late_writer(owner_url: str, book: bookkeeping.Cast) -> Iterator[tuple[int, Callable[[], None]]]:
    """Bob's act, written and not committed: its id, and a function that commits it."""
    with psycopg.connect(owner_url) as connection:
        yield insert_act(connection, book), connection.commit


# Sealing


def test_every_kind_of_act_is_sealed_once_and_its_leaf_is_made_from_the_tables(book: bookkeeping.Cast) -> None:
    book.does_everything()
    acts = [act_id for (act_id,) in query("SELECT id FROM points_act ORDER BY xid, id")]
    assert seal_all() == len(acts)
    assert sealed_acts() == acts
    assert seal_all() == 0
    with log.cursor() as cursor:
        made = leaves.of_acts(cursor, acts)
        root = merkle.Tree(log.StoredTree(cursor), len(acts)).root()
    assert merkle.root_of([leaves.hash_of(made[each]) for each in acts]) == root == latest().signed.head.root_hash
    assert log.keys().verifies(latest().signed)


def test_an_empty_ledger_has_no_head(book: bookkeeping.Cast) -> None:
    assert sealer.run() == 0
    assert query("SELECT count(*) FROM points_treehead") == [(0,)]


def test_a_large_transaction_is_cut_into_batches_and_the_tree_keeps_its_tiles(book: bookkeeping.Cast) -> None:
    for _ in range(3):
        book.buys_much(900)
    assert seal_all() == 2700
    assert sealed_acts() == [act_id for (act_id,) in query("SELECT id FROM points_act ORDER BY xid, id")]
    hashes = [bytes(each) for (each,) in query("SELECT leaf_hash FROM points_seal ORDER BY leaf_index")]
    assert latest().signed.head.root_hash == merkle.root_of(hashes)
    assert query("SELECT level, count(*) FROM points_treenode GROUP BY level") == [(1, 2700 // 256)]


def test_a_batch_cut_within_one_transaction_goes_on_where_it_was_cut(
    book: bookkeeping.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "BATCH_ACTS", 7)
    book.buys_much(20)
    assert seal_all() == 20
    sizes = [size for (size,) in query("SELECT DISTINCT tree_size FROM points_treehead ORDER BY 1")]
    assert sizes == [7, 14, 20]


# Late commits


def test_an_act_that_commits_late_holds_later_ones_back_and_is_sealed_once(
    book: bookkeeping.Cast, owner_url: str
) -> None:
    with late_writer(owner_url, book) as (early_id, commit):
        later_id = book.buys(book.alice, points(5))
        assert later_id > early_id
        assert sealer.run() == 0
        assert sealer.backlog().acts == 1
        commit()
    assert seal_all() == 2
    assert sealed_acts() == [early_id, later_id]


def test_an_id_taken_early_and_written_after_a_seal_is_sealed_once_where_ids_alone_would_skip_it(
    book: bookkeeping.Cast, owner_url: str
) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        early_id = connection.execute("SELECT nextval('points_act_id_seq')").fetchone()[0]  # type: ignore[index]
        later_id = book.buys(book.alice, points(5))
        assert seal_all() == 1
        insert_act(connection, book, id=early_id)
    control = query("SELECT id FROM points_act WHERE id > (SELECT max(act_id) FROM points_seal)")
    assert control == []
    assert seal_all() == 1
    assert sealed_acts() == [later_id, early_id]


def test_a_backlog_says_how_many_wait_and_since_when(book: bookkeeping.Cast) -> None:
    book.buys(book.alice, points(5))
    book.buys(book.alice, points(5))
    [(oldest,)] = query("SELECT min(recorded_at) FROM points_act")
    assert sealer.backlog() == sealer.Backlog(acts=2, oldest_recorded_at=oldest)
    seal_all()
    assert sealer.backlog() == sealer.Backlog(acts=0, oldest_recorded_at=None)


def test_after_a_restore_into_a_server_whose_counter_stands_lower_everything_is_still_sealed(
    book: bookkeeping.Cast, owner_url: str
) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE points_treehead DISABLE TRIGGER USER")
        owner.execute("UPDATE points_treehead SET sealed_xid = 1::bigint << 50, mark_xid = 1::bigint << 50")
        owner.execute("ALTER TABLE points_treehead ENABLE ALWAYS TRIGGER the_books_only_grow")
        insert_act(owner, book, xid=str(2**50 - 1))
    book.buys(book.alice, points(5))
    seal_all()
    assert len(sealed_acts()) == 3
    book.buys(book.alice, points(5))
    seal_all()
    assert len(sealed_acts()) == 4


# Odd rows


ODD_BREAKDOWNS = (
    *("1.5", '{"a": [1e400]}', "9223372036854775808", "-1" + "0" * 5000),
    *("[" * 3000 + "]" * 3000, "[" * 70 + "]" * 70),
)


def test_rows_written_past_the_ledger_functions_cannot_stop_the_seal(book: bookkeeping.Cast, owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for breakdown in ODD_BREAKDOWNS:
            insert_act(owner, book, occurred_at="infinity", breakdown=breakdown)
    book.buys(book.alice, points(5))
    assert seal_all() == len(ODD_BREAKDOWNS) + 1


@pytest.mark.parametrize("odd", [1.5, 2**63, -(2**63) - 1, float("nan")])
def test_the_ledger_refuses_numbers_without_canonical_text_before_any_query(db: None, odd: Any) -> None:
    cast = bookkeeping.Cast()
    with pytest.raises(ValueError, match=r"canonical|64 bits"):
        cast.buys(cast.alice, points(5, note={"fen": odd}))
    with pytest.raises(ValueError, match=r"canonical|64 bits"):
        cast.buys(cast.alice, points(5), breakdown={"lines": [{"amount_fen": odd}]})
    assert query("SELECT count(*) FROM points_act WHERE member_id = %s", [cast.alice.id]) == [(0,)]


def test_the_leaf_of_an_odd_breakdown_has_the_stored_text() -> None:
    assert leaves.breakdown('{"a": 1.50, "b": 9223372036854775808, "c": 3}') == {
        "a": {"$number": "1.50"},
        "b": {"$number": "9223372036854775808"},
        "c": 3,
    }
    assert leaves.breakdown("[" * 70 + "]" * 70) == {"$json": "[" * 70 + "]" * 70}


# Refusals of the database


def _append(cursor: Any, *, size: int = 0, acts: list[int], nodes: tuple[Any, ...] = ([], [], []), **more: Any) -> None:
    facts = {"leaf_hashes": [b"h" * 32] * len(acts), "root": b"r" * 32, "horizon": "2026-01-01T00:00:00Z"} | more
    cursor.execute(
        """SELECT points.seal(%s, %s::bigint[], %s::bytea[], %s::smallint[], %s::bigint[], %s::bytea[],
                              1, %s, 1, now(), now(), %s, %s, 'k')""",
        [size, acts, facts["leaf_hashes"], *nodes, facts["horizon"], facts["root"], b"s" * 64],
    )


def test_the_database_refuses_a_gap_a_second_seal_and_a_smaller_tree(book: bookkeeping.Cast, app_cursor: Any) -> None:
    sealed, new = book.buys(book.alice, points(5)), book.buys(book.alice, points(5))
    _append(app_cursor, acts=[sealed])
    earlier = "2025-01-01T00:00:00Z"
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("HM110", {"acts": [new], "size": 2}),  # a gap
        ("HM110", {"acts": [new], "size": 0}),  # a smaller tree, another over the first
        ("HM113", {"acts": [sealed]}),
        ("HM114", {"acts": [2**40]}),  # no such act
        ("HM114", {"acts": [new, new]}),
        ("HM112", {"acts": [new], "leaf_hashes": [b"short"]}),
        ("HM112", {"acts": [new], "leaf_hashes": []}),
        ("HM112", {"acts": [new], "root": b"short"}),
        ("HM115", {"acts": [new], "nodes": ([1], [0], [b"n" * 32])}),
        ("HM111", {"acts": [new], "horizon": earlier}),
        ("HM111", {"acts": []}),  # neither leaves nor a later horizon
    ]
    for code, attempt in attempts:
        with pytest.raises(psycopg.Error) as refusal:
            _append(app_cursor, **({"size": 1} | attempt))
        assert refusal.value.sqlstate == code, attempt
    assert sealed_acts() == [sealed]
    _append(app_cursor, size=1, acts=[new])
    assert sealed_acts() == [sealed, new]


def test_two_sealers_at_once_seal_everything_once(book: bookkeeping.Cast, app_cursor: Any) -> None:
    book.buys(book.alice, points(5))
    app_cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(points.seal_lock())")
    assert sealer.run() == 0
    app_cursor.execute("ROLLBACK")
    assert seal_all() == 1


# The horizon


def test_a_head_of_a_quiet_ledger_covers_everything_recorded_so_far(book: bookkeeping.Cast) -> None:
    book.does_everything()
    deadline = time.monotonic() + PATIENCE_SECONDS
    seal_all()
    while query("SELECT max(recorded_at) FROM points_act")[0][0] > latest().signed.head.horizon:
        assert time.monotonic() < deadline
        sealer.run()


def test_a_horizon_never_covers_an_act_that_is_still_being_written(book: bookkeeping.Cast, owner_url: str) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    with late_writer(owner_url, book) as (late_id, commit):
        book.buys(book.alice, points(5))
        for _ in range(3):
            sealer.run()
        horizon = latest().signed.head.horizon
        commit()
    [(recorded_at,)] = query("SELECT recorded_at FROM points_act WHERE id = %s", [late_id])
    assert horizon < recorded_at
    deadline = time.monotonic() + PATIENCE_SECONDS
    while latest().signed.head.horizon <= horizon:
        assert time.monotonic() < deadline
        sealer.run()


def test_a_horizon_stays_before_a_writer_that_nobody_has_overtaken(book: bookkeeping.Cast, owner_url: str) -> None:
    """The upper end of a snapshot is below such a writer, so a horizon made from it would be wrong."""
    book.buys(book.alice, points(5))
    with late_writer(owner_url, book) as (late_id, commit):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not sealer.run():
            assert time.monotonic() < deadline
        horizon = latest().signed.head.horizon
        commit()
    [(recorded_at,)] = query("SELECT recorded_at FROM points_act WHERE id = %s", [late_id])
    assert horizon < recorded_at


def test_a_horizon_moves_on_under_writers_that_always_overlap(book: bookkeeping.Cast, owner_url: str) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    horizons = [latest().signed.head.horizon]
    with ExitStack() as writers:
        # Each of them stays open over two runs, so that the newest mark is always still waited for.
        commits = [writers.enter_context(late_writer(owner_url, book))[1] for _ in range(2)]
        # Six rounds, and more while other tests of this server hold the seal back too.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(horizons) < 7 or (len(set(horizons)) < 3 and time.monotonic() < deadline):
            commits.append(writers.enter_context(late_writer(owner_url, book))[1])
            commits.pop(0)()
            sealer.run()
            horizons.append(latest().signed.head.horizon)
    assert horizons == sorted(horizons)
    assert len(set(horizons)) >= 3


def test_an_idle_ledger_signs_no_head_after_head_until_one_is_old(
    book: bookkeeping.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    # Other tests of this server move the horizon, so the test waits for a time without other writers.
    deadline, signed = time.monotonic() + PATIENCE_SECONDS, 3
    while signed > 2 and time.monotonic() < deadline:
        [(before,)] = query("SELECT count(*) FROM points_treehead")
        for _ in range(20):
            sealer.run()
        [(count,)] = query("SELECT count(*) FROM points_treehead")
        signed = count - before
    assert signed <= 2
    monkeypatch.setattr(sealer, "RENEWAL", timedelta(0))
    while query("SELECT count(*) FROM points_treehead") == [(count,)]:
        assert time.monotonic() < deadline
        sealer.run()


# Hot balances


def test_balances_of_system_accounts_are_folded_and_members_own_are_not(book: bookkeeping.Cast) -> None:
    book.does_everything()
    seal_all()
    book.buys(book.alice, points(11), at=book.garage)
    seal_all()
    folded = query("SELECT kind, holder, purse, debits, credits FROM points_accountrollup ORDER BY 1, 2, 3")
    counted = query(
        """SELECT kind, holder, purse, sum(debit)::bigint, sum(credit)::bigint FROM (
             SELECT debit_kind AS kind, debit_holder AS holder, purse, amount AS debit, 0 AS credit FROM points_posting
             UNION ALL SELECT credit_kind, credit_holder, purse, 0, amount FROM points_posting) p
           WHERE kind NOT IN ('member', 'held') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    )
    assert folded == counted
    assert {kind for kind, *_ in folded} == {"issuance", "redeemed", "expired"}


# Publication


def published(settings: Any) -> list[heads.SignedHead]:
    lines = (settings.HEADS_DIRECTORY / publication.HEADS_FILE).read_text().splitlines()
    return [heads.from_object(json.loads(line)) for line in lines]


def stored() -> list[heads.SignedHead]:
    with log.cursor() as cursor:
        return [each.signed for each in log.heads_after(cursor, 0, limit=1000)]


def test_every_head_is_published_once_and_the_checkpoint_is_the_newest(book: bookkeeping.Cast, settings: Any) -> None:
    for _ in range(3):
        book.buys(book.alice, points(5))
        seal_all()
    assert published(settings) == stored()
    public = publication.public_log()
    assert (settings.HEADS_DIRECTORY / publication.CHECKPOINT_FILE).read_text() == public.checkpoint
    assert public.head == stored()[-1]
    assert (settings.HEADS_DIRECTORY / publication.KEYS_FILE).read_text().split() == public.verifier_keys


def test_a_head_left_unpublished_by_a_crash_is_published_by_the_next_run(book: bookkeeping.Cast, settings: Any) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    book.buys(book.alice, points(5))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not sealer.seal_batch(log.keys()) and time.monotonic() < deadline:
        pass
    with (settings.HEADS_DIRECTORY / publication.HEADS_FILE).open("a") as file:
        file.write('{"origin": "hongmi.exam')  # half a line
    assert publication.publish() >= 1
    assert published(settings) == stored()
    assert publication.publish() == 0


def test_a_table_that_lost_a_published_head_is_noticed_and_nothing_more_is_published(
    book: bookkeeping.Cast, settings: Any, owner_url: str
) -> None:
    book.buys(book.alice, points(5))
    seal_all()
    before = published(settings)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for table in ("treehead", "seal"):
            owner.execute(f"ALTER TABLE points_{table} DISABLE TRIGGER USER; DELETE FROM points_{table}")
    with pytest.raises(publication.HeadsDisagree):
        sealer.run()
    assert published(settings) == before


def test_the_command_seals_and_reports_it(book: bookkeeping.Cast) -> None:
    book.buys(book.alice, points(5))
    output, deadline = io.StringIO(), time.monotonic() + PATIENCE_SECONDS
    while "sealed 1, 0 waiting" not in output.getvalue():
        assert time.monotonic() < deadline, output.getvalue()
        call_command("seal", stdout=output)


def test_writers_do_not_wait_for_the_sealer(book: bookkeeping.Cast, app_cursor: Any) -> None:
    app_cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(points.seal_lock())")
    assert book.buys(book.alice, points(5))
    app_cursor.execute("ROLLBACK")
