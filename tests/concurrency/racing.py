"""Threads that start together, and clones of the pen with one safeguard taken out, to show that the race is real."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connection, connections

from points.refusals import Refusal


def together(*acts: Callable[[], Any], rounds: int = 1) -> list[Any]:
    """Do all acts at the same moment, each in a thread of its own; the answers, a refusal being an answer too."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> list[Any]:
        answers = []
        try:
            # Connected before, because who still shakes hands is no rival.
            connection.ensure_connection()
            for _ in range(rounds):
                barrier.wait(timeout=60)
                try:
                    answers.append(act())
                except Refusal as refusal:
                    answers.append(refusal)
        finally:
            connections.close_all()
        return answers

    with ThreadPoolExecutor(len(acts)) as pool:
        return [answer for answers in pool.map(run, acts) for answer in answers]


def codes(answers: Sequence[Any]) -> list[str]:
    """`booked`, `replayed` or the refusal's code, sorted."""
    return sorted(answer.code if isinstance(answer, Refusal) else answer.status for answer in answers)


def weaken(owner: psycopg.Cursor, function: str, *, instead_of: str, put: str) -> None:
    """Redefine a function of the pen in this clone, with one of its words replaced; the word must be there.

    `function` goes by its name alone, or with its types where there are several of that name.
    """
    row = owner.execute(
        "SELECT pg_get_functiondef(coalesce(to_regprocedure(%s), to_regproc(%s)))", [function, function]
    ).fetchone()
    assert row
    assert row[0]
    assert instead_of in row[0]
    owner.execute(row[0].replace(instead_of, put))


def dawdle(owner: psycopg.Cursor, table: str, *, on: str = "INSERT", seconds: float = 0.2) -> None:
    """Make every write of `table` slow in this clone, so that a race which is possible does happen."""
    owner.execute(f"""
        CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN coalesce(NEW, OLD); END $$;
        GRANT EXECUTE ON FUNCTION public.dawdle() TO PUBLIC;
        CREATE TRIGGER dawdle BEFORE {on} ON {table} FOR EACH ROW EXECUTE FUNCTION public.dawdle()""")  # type: ignore[arg-type]
