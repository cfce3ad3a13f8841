"""Threads that start together, and clones of the pen with one safeguard taken out, to show that the race is real.

A control names the law that the race runs into, or the wrong sum that it leaves where no law stands: any failure would
else do, a misspelt function as well as a race.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections

from points.errors import Refusal
from redemption.errors import RedemptionRefused

PATIENCE_SECONDS = 20

# The laws that races meet, by the names that the database gives them, or by SQLSTATE where it gives none.
DEADLOCK = "40P01"
BELOW_NOTHING = "a_whole_number_is_not_negative"
KEY_TWICE = "points_idempotency_pkey"
REFERENCE_TWICE = "a_reference_is_used_once_per_merchant_and_kind"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer of an act that the database itself ended."""

    code: str


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
                except (Refusal, RedemptionRefused) as refusal:
                    answers.append(refusal)
        finally:
            connections.close_all()
        return answers

    with ThreadPoolExecutor(len(acts)) as pool:
        return [answer for answers in pool.map(run, acts) for answer in answers]


def stoppable(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act; what a law of the tables or a deadlock ends is an answer too, and every other error still an error."""

    def run() -> Any:
        try:
            return act()
        except (psycopg.Error, DatabaseError) as error:
            cause = error if isinstance(error, psycopg.Error) else error.__cause__
            # Integrity, lost races and what our own triggers say; never a syntax error, a missing right or a lost line.
            if not isinstance(cause, psycopg.Error) or (cause.sqlstate or "")[:2] not in ("23", "40", "HM"):
                raise
            return Stopped(cause.diag.constraint_name or cause.sqlstate or "")

    return run


def codes(answers: Sequence[Any]) -> list[str]:
    """`booked`, `replayed`, the refusal's code or the law's name, sorted."""
    return sorted(answer.status if hasattr(answer, "status") else answer.code for answer in answers)


def weaken(owner: psycopg.Cursor, function: str, *, instead_of: str, put: str) -> None:
    """Redefine a function of the pen in this clone, with one of its words replaced; the word must be there.

    `function` goes by its name alone, or with its types where there are several of that name.
    """
    kind = "regprocedure" if "(" in function else "regproc"
    (text,) = owner.execute(f"SELECT pg_get_functiondef(%s::{kind})", [function]).fetchone() or ("",)  # type: ignore[arg-type]
    assert instead_of in text
    owner.execute(text.replace(instead_of, put))


def meet(owner: psycopg.Cursor, *, parties: int = 2, before: str | None = None, guarded: bool = False) -> None:
    """Give this clone `public.meet()`, which waits until `parties` acts have come to it: a race that is possible then
    happens, however slow the machine.

    `before` ("UPDATE ON points_lot") makes every such statement go there first. Whom the others are kept from waits in
    vain and fails; `guarded`, they go on alone after a moment, which is enough to meet whom a lost lock no longer keeps
    away, and they do so in each round. Call it after the preparations, because those would wait too.
    """
    # Two do where all the others stand before a lock, or each would wait its moment in turn.
    parties = 2 if guarded else parties
    # In rounds each waits for its own. Unguarded there is one round: who came and goes on keeps the others waiting, and
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
