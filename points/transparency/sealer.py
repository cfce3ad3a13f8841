"""The sealer: puts finished acts into the tree, signs its head, folds hot balances. One at a time, beside the writers.

Ids do not show which acts are finished, because an early id may commit late. Every act carries the number of its
transaction, and below `pg_snapshot_xmin` no transaction runs any more: the acts below it are complete.
A writing transaction that stays open (in any database of the server) therefore holds the seal back; `backlog` shows it.

The *horizon* of a head promises that every act recorded until then is in the tree. For that a run takes a *mark*: the
clock, and after it a transaction number of its own. A ledger function has its number before it writes `recorded_at`, so
acts recorded before the clock belong to transactions below the mark; once those are over, the clock is a horizon.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString

from django.db import transaction

from hongmi.lib.metrics import shared
from points.transparency import heads, leaves, log, merkle, publication
from points.transparency.keyring import Keyring

BATCH_ACTS: Final = 1000
# An idle programme signs a head too, so that `known_at` moves on.
RENEWAL: Final = timedelta(minutes=10)
BEFORE_EVERYTHING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# 1 when the last published head is not in the table, else 0.
HEADS_DISAGREE: Final = shared.gauge("hongmi_heads_disagree")
# When all heads were last known to be published, Unix time.
HEADS_PUBLISHED: Final = shared.gauge("hongmi_heads_published_seconds")

_UNSEALED: Final[LiteralString] = """
    SELECT a.id, a.xid::text::bigint FROM points_act a
    WHERE a.xid >= %(start)s::xid8 AND a.xid < %(bound)s::xid8
      AND NOT EXISTS (SELECT 1 FROM points_seal s WHERE s.act_id = a.id)
    ORDER BY a.xid, a.id LIMIT %(limit)s"""
_UNSEALED_RESTORED: Final[LiteralString] = """
    SELECT a.id, a.xid::text::bigint FROM points_act a
    WHERE (a.xid < %(bound)s::xid8 OR a.xid >= pg_snapshot_xmax(pg_current_snapshot()))
      AND NOT EXISTS (SELECT 1 FROM points_seal s WHERE s.act_id = a.id)
    ORDER BY a.xid, a.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Acts recorded until `at` belong to transactions numbered below `xid`."""

    xid: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Acts to seal, in the order of the tree. `finished_xid`: no act of an earlier transaction is left after them."""

    act_ids: list[int]
    finished_xid: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """Acts booked and not sealed yet: how many, and since when the oldest waits."""

    acts: int
    oldest_recorded_at: datetime | None


def run(*, max_batches: int = 20) -> int:
    """Seal finished acts and publish the heads; returns how many acts were sealed, 0 while another sealer works."""
    keys, sealed = log.keys(), 0
    for _ in range(max_batches):
        count = seal_batch(keys)
        sealed += count
        if count < BATCH_ACTS:
            break
    try:
        publication.publish()
    except publication.HeadsDisagree:
        HEADS_DISAGREE.set(1)
        raise
    HEADS_DISAGREE.set(0)
    HEADS_PUBLISHED.set_to_now()
    return sealed


def seal_batch(keys: Keyring) -> int:
    """Seal up to BATCH_ACTS acts in one transaction; returns how many."""
    with transaction.atomic(), log.cursor() as cursor:
        locked, clock = _one(cursor, "SELECT pg_try_advisory_xact_lock(points.seal_lock()), clock_timestamp()")
        if not locked:
            return 0
        last = log.latest_head(cursor)
        # In this order, because an act recorded before the clock then has a lower number than this transaction. (The
        # upper end of a snapshot would not do: running transactions may be above it.)
        (own_xid,) = _one(cursor, "SELECT pg_current_xact_id()::text::bigint")
        (bound,) = _one(cursor, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        batch = _next_batch(cursor, last.sealed_xid if last else 0, bound)
        horizon_at, mark = _horizon(last, Mark(own_xid, clock), bound, is_last=batch.is_last)
        if batch.act_ids or (last and _is_due(cursor, last, horizon_at, clock)):
            _append(cursor, keys, last, batch, horizon_at, mark)
        return len(batch.act_ids)


def backlog() -> Backlog:
    with log.cursor() as cursor:
        last = log.latest_head(cursor)
        row = _one(
            cursor,
            """SELECT count(*), min(a.recorded_at) FROM points_act a
               WHERE a.xid >= %s::xid8 AND NOT EXISTS (SELECT 1 FROM points_seal s WHERE s.act_id = a.id)""",
            [str(last.sealed_xid if last else 0)],
        )
    return Backlog(acts=row[0], oldest_recorded_at=row[1])


def _next_batch(cursor: log.Cursor, start_xid: int, bound: int) -> Batch:
    """The next finished acts from `start_xid` on, those that a cut batch left included.

    After a restore into another server the counter may be behind the numbers in the tables. Then every act is examined
    once; numbers that this server has not reached yet are of finished transactions of the old one.
    """
    restored = bound < start_xid
    rows = cursor.execute(
        _UNSEALED_RESTORED if restored else _UNSEALED,
        {"start": str(start_xid), "bound": str(bound), "limit": BATCH_ACTS + 1},
    ).fetchall()
    chosen = rows[:BATCH_ACTS]
    is_last = len(rows) <= BATCH_ACTS
    return Batch([act_id for act_id, _ in chosen], bound if is_last else chosen[-1][1], is_last)


def _horizon(last: log.StoredHead | None, new: Mark, bound: int, *, is_last: bool) -> tuple[datetime, Mark]:
    """The horizon of the next head, and the mark stored for a later one."""
    reached = last.signed.head.horizon if last else BEFORE_EVERYTHING
    earlier = Mark(last.mark_xid, last.mark_at) if last and last.mark_xid <= new.xid else None
    if not is_last:
        return reached, earlier or new
    if bound >= new.xid:  # nobody was writing
        return max(reached, new.at), new
    if earlier is None:
        return reached, new
    # The earlier mark waits for its turn, because under steady load a newer one each time would never be reached.
    return (max(reached, earlier.at), new) if bound >= earlier.xid else (reached, earlier)


def _is_due(cursor: log.Cursor, last: log.StoredHead, horizon_at: datetime, clock: datetime) -> bool:
    """Whether a head without new leaves is worth signing: the last does not cover all of its own, or it is old."""
    covered = last.signed.head.horizon
    if horizon_at <= covered:
        return False
    first = log.first_head_of(cursor, last.tree_size)
    return first is None or covered < first.signed.head.timestamp or clock - last.signed.head.timestamp >= RENEWAL


def _append(
    cursor: log.Cursor, keys: Keyring, last: log.StoredHead | None, batch: Batch, horizon_at: datetime, mark: Mark
) -> None:
    size = last.tree_size if last else 0
    found = leaves.of_acts(cursor, batch.act_ids)
    leaf_hashes = [leaves.hash_of(found[act_id]) for act_id in batch.act_ids]
    tree = log.StoredTree(cursor)
    gained = merkle.grow(tree, size, leaf_hashes)
    (signed_at,) = _one(cursor, "SELECT clock_timestamp()")
    head = heads.Head(
        origin=log.origin(),
        tree_size=size + len(leaf_hashes),
        root_hash=merkle.Tree(_Grown(tree, gained), size + len(leaf_hashes)).root(),
        timestamp=signed_at,
        horizon=horizon_at,
    )
    signed = heads.sign(head, keys.current)
    nodes = [(run.level, run.start + i, each) for run in gained[1:] for i, each in enumerate(run.hashes)]
    levels, indexes, node_hashes = (list(column) for column in zip(*nodes, strict=True)) if nodes else ([], [], [])
    cursor.execute(
        """SELECT points.seal(%s, %s::bigint[], %s::bytea[], %s::smallint[], %s::bigint[], %s::bytea[],
                              %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            *(size, batch.act_ids, leaf_hashes, levels, indexes, node_hashes),
            *(batch.finished_xid, horizon_at, mark.xid, mark.at, signed_at),
            *(head.root_hash, signed.signature, signed.key_id),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Grown:
    """The stored tree with the hashes of this batch."""

    stored: log.StoredTree
    gained: list[merkle.NewHashes]

    def hashes(self, level: int, start: int, count: int) -> list[bytes]:
        new = self.gained[level] if level < len(self.gained) else None
        split = min(count, max(0, new.start - start)) if new else count
        old = self.stored.hashes(level, start, split) if split else []
        return [*old, *(new.hashes[start + split - new.start : start + count - new.start] if new else [])]


def _one(cursor: log.Cursor, statement: Any, parameters: Any = None) -> Any:
    row = cursor.execute(statement, parameters).fetchone()
    assert row is not None
    return row
