"""The cost of an audit before PostgreSQL has analysed the tables, as after a first import: nothing quadratic."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import sql

from points.audit import laws
from points.ledger import functions
from tests import factories
from tests.points import cast
from tests.points.cast import NOON

PURCHASES, BATCH = 3_000, 1_000
# Each law scans some tables a few times; a scan for each row of another table would be 3,000 scans.
ROWS_A_PURCHASE = 100


@pytest.fixture
def never_analysed(own_db: str) -> None:
    shop = factories.merchant()
    people = [factories.member(f"Alice {number}", shop) for number in range(30)]
    for _ in range(PURCHASES // BATCH):
        items = [cast.item(people[number % 30], cast.award(1)) for number in range(BATCH)]
        functions.accrue_batch(merchant_id=shop.pk, items=items, moment=NOON, actor_id=None, publish=False)


def test_no_law_scans_a_table_for_each_row_of_another(never_analysed: None) -> None:
    with laws.snapshot() as books:
        known = books.execute("SELECT max(reltuples) FROM pg_class WHERE relname IN ('points_act', 'points_lot')")
        assert known.fetchone() == (-1,), "somebody analysed them"
        looked = {law.name: sum(rows(planned(books, law))) for law in laws.invariants()}
    assert max(looked.values()) > PURCHASES
    assert {name for name, seen in looked.items() if seen > ROWS_A_PURCHASE * PURCHASES} == set()


def planned(books: Any, law: laws.Invariant) -> dict[str, Any]:
    explained = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {}").format(sql.SQL(law.statement))
    ((plan,),) = books.execute(explained).fetchone()
    return plan["Plan"]


def rows(plan: dict[str, Any]) -> Iterator[float]:
    """The rows each step read, including those it filtered out."""
    passed = sum(number for name, number in plan.items() if name.startswith("Rows Removed by"))
    yield (plan["Actual Rows"] + passed) * plan["Actual Loops"]
    for step in plan.get("Plans", ()):
        yield from rows(step)
