"""Threads that start together, and ledger functions with one safeguard taken out, to show that the race is real.

A control names the constraint that the race violates, or the wrong sum that it leaves where there is none; otherwise
any failure would pass, a misspelt function as well as a race.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections

from hongmi.lib.errors import DomainError

PATIENCE_SECONDS = 20

# The constraints that races violate, by name, or by SQLSTATE where there is no name.
DEADLOCK = "40P01"
BELOW_NOTHING = "a_whole_number_is_not_negative"
KEY_TWICE = "points_idempotency_pkey"
REFERENCE_TWICE = "a_reference_is_used_once_per_merchant_and_kind"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer of an act that a constraint or a deadlock ended."""

    code: str


def together(*acts: Callable[[], Any], rounds: int = 1) -> list[Any]:
    """Run all acts at the same moment, each in a thread of its own. A refusal is an answer too."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> list[Any]:
        answers = []
        try:
            # Connected first, because a thread that still connects does not race.
            connection.ensure_connection()
            for _ in range(rounds):
                barrier.wait(timeout=60)
                try:
                    answers.append(act())
                except DomainError as refusal:
                    answers.append(refusal)
        finally:
            connections.close_all()
        return answers

    with ThreadPoolExecutor(len(acts)) as pool:
        return [answer for answers in pool.map(run, acts) for answer in answers]


def stoppable(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act; the end by a constraint or a deadlock is an answer too, every other error stays an error."""

    def run() -> Any:
        try:
            return act()
        except (psycopg.Error, DatabaseError) as error:
            cause = error if isinstance(error, psycopg.Error) else error.__cause__
            # Integrity, lost races and errors of our triggers; no syntax error, missing grant or lost connection.
            if not isinstance(cause, psycopg.Error) or (cause.sqlstate or "")[:2] not in ("23", "40", "HM"):
                raise
            return Stopped(cause.diag.constraint_name or cause.sqlstate or "")

    return run


def codes(answers: Sequence[Any]) -> list[str]:
    """`booked`, `replayed`, the refusal's code or the constraint's name, sorted."""
    return sorted(answer.status if hasattr(answer, "status") else answer.code for answer in answers)


def weaken(owner: psycopg.Cursor, function: str, *, instead_of: str, put: str) -> None:
    """Redefine a ledger function in this clone with a piece of its text replaced; the piece must be there.

    `function` is its name alone, or with its types where there are several of that name.
    """
    kind = "regprocedure" if "(" in function else "regproc"
    (text,) = owner.execute(f"SELECT pg_get_functiondef(%s::{kind})", [function]).fetchone() or ("",)  # type: ignore[arg-type]
    assert instead_of in text
    owner.execute(text.replace(instead_of, put))


def meet(owner: psycopg.Cursor, *, parties: int = 2, before: str | None = None, guarded: bool = False) -> None:
    """Give this clone `public.meet()`, which waits until `parties` acts have called it: a race that is possible then
    happens, however slow the machine.

    `before` ("UPDATE ON points_lot") makes every such statement call it first. An act whose rivals never come fails;
    `guarded`, it goes on alone after a moment, long enough for rivals that no lock holds back, in each round.
    Call it after the preparations, because those would wait too.
    """
    # Two are enough where all the others wait for a lock, otherwise each would wait its moment in turn.
    parties = 2 if guarded else parties
    # Guarded, each round has its own count. Unguarded there is one round: an act that goes on blocks the others, and
    # would wait in vain for them at its next statement.
    full = f"(v_arrival + {parties - 1}) / {parties} * {parties}" if guarded else str(parties)
    in_vain = "RETURN" if guarded else "RAISE EXCEPTION 'the others did not come'"
    owner.execute(f"""
        CREATE SEQUENCE public.arrivals;
        CREATE FUNCTION public.meet() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE
            v_until timestamptz := clock_timestamp() + interval '{0.3 if guarded else PATIENCE_SECONDS} seconds';
            -- A sequence, because what it counts is seen before any commit.
            v_arrival bigint := nextval('public.arrivals');
        BEGIN
            WHILE (SELECT last_value FROM public.arrivals) < {full} LOOP
                IF clock_timestamp() > v_until THEN
                    {in_vain};
                END IF;
                PERFORM pg_sleep(0.005);
            END LOOP;
        END $$;
        CREATE FUNCTION public.meet_first() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM public.meet(); RETURN NULL; END $$;
        GRANT EXECUTE ON FUNCTION public.meet(), public.meet_first() TO PUBLIC""")  # type: ignore[arg-type]
    if before is not None:
        owner.execute(
            f"CREATE TRIGGER meet BEFORE {before} FOR EACH STATEMENT EXECUTE FUNCTION public.meet_first()"  # type: ignore[arg-type]
        )
