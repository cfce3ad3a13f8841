"""The cost of lots and history in spending, expiry and reading."""

import time
from datetime import UTC, datetime, timedelta

from psycopg.types.json import Jsonb

from tests import factories
from tests.bench.earning import _first_merchant, batch_rate
from tests.bench.ratios import RUNS, Ratio, alternate, judged
from tests.bench.scenario import MEMBERS, Scene

_TIMED_REDEEM = """
    DO $$
    DECLARE v_from timestamptz := clock_timestamp();
    BEGIN
        PERFORM points.redeem({merchant}, '{member}', 'base', {points}, NULL, gen_random_uuid()::text,
            substring(sha256(gen_random_uuid()::text::bytea) FOR 16), now(), '{{}}', NULL, '{{}}', true);
        PERFORM set_config('bench.microseconds',
            (extract(epoch FROM clock_timestamp() - v_from) * 1e6)::bigint::text, false);
    END $$
"""


def redeem_many_lots_against_one(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    found = []
    for number in range(RUNS):
        rich, poor = _new_member(first), _new_member(first)
        _grant(scene, first, [rich] * 1_000, points=1)
        _grant(scene, first, [poor], points=1_000)
        with scene.connect() as connection:
            warm = _new_member(first)
            _grant(scene, first, [warm] * 2, points=1)
            _microseconds(connection, first, warm, 1)
            in_turn = (rich, poor) if number % 2 else (poor, rich)
            took = {member: _microseconds(connection, first, member, 1_000) for member in in_turn}
            found.append(took[rich] / took[poor])
    return [judged("redeem from 1,000 lots / from 1 lot", found, at_most=50)]


def _microseconds(connection, merchant: int, member: str, points: int) -> float:
    connection.execute(_TIMED_REDEEM.format(merchant=merchant, member=member, points=points))
    return float(connection.execute("SELECT current_setting('bench.microseconds')").fetchone()[0])


def balance_at_any_history(scene: Scene) -> list[Ratio]:
    """Buffers touched by the balance read with about 1e4 and with 1e6 journal rows in the table: equal counts, ratio 1.

    Also printed, without a limit: a wallet whose points expire, which is summed from its open lots; their index grows by a
    level.
    """
    first = _first_merchant(scene)
    batch_rate(scene, first)
    expiring = _new_member(first)
    _grant(scene, first, [expiring] * 3, points=1, expires_at=datetime.now(UTC) + timedelta(days=30))
    members = {"plain": MEMBERS // 2, "of a wallet with points that expire": _inner_id(expiring)}
    small = {what: _balance_buffers(member) for what, member in members.items()}
    with scene.connect() as connection:
        rows = connection.execute("SELECT count(*) FROM points_journal").fetchone()[0]
    assert rows < 20_000
    while rows < 1_000_000:
        batch_rate(scene, first, batches=40)
        rows += 40_000
    large = {what: _balance_buffers(member) for what, member in members.items()}
    return [
        judged(
            f"buffers of the balance at 1e6 / 1e4 journal rows, {what}",
            [large[what] / small[what]],
            at_most=1.0 if what == "plain" else 0,
        )
        for what in members
    ]


def _balance_buffers(member_id: int) -> int:
    """Shared buffers read by the queries of points.queries.wallets for this member, as PostgreSQL reports them."""
    from django.db import connection

    from points import queries

    sent = []

    def recorder(execute, sql, params, many, context):
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(recorder):
        queries.wallets(member_id=member_id, moment=datetime.now(UTC))
    total = 0
    with connection.cursor() as cursor:
        for sql, params in sent:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, params)
            plan = cursor.fetchone()[0][0]["Plan"]
            total += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return total


def expiry_against_plain_update(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    return [
        alternate(
            "expiry lots/s / one plain UPDATE of as many lots",
            lambda: _expiry_rate(scene, first),
            lambda: _plain_update_rate(scene, first),
            at_least=0.5,
        )
    ]


_LOT_MEMBERS, _LOTS_EACH = 200, 250
_batch = [0]


def _due_lots(scene: Scene, merchant: int) -> datetime:
    """Creates _LOTS_EACH lots for each of _LOT_MEMBERS new members; returns the moment at which they expire."""
    _batch[0] += 1
    members = [_new_member(merchant) for _ in range(_LOT_MEMBERS)]
    over_at = datetime.now(UTC) + timedelta(days=_batch[0])
    for _ in range(_LOTS_EACH // 25):
        _grant(scene, merchant, members * 25, points=1, expires_at=over_at)
    with scene.superuser() as connection:
        connection.execute("VACUUM ANALYZE points_lot")
        connection.execute("CHECKPOINT")
    return over_at


def _expiry_rate(scene: Scene, merchant: int) -> float:
    over_at = _due_lots(scene, merchant)
    with scene.connect() as connection:
        query = "SELECT array_agg(DISTINCT member_id) FROM points_lot WHERE is_open AND expires_at <= %s"
        members = connection.execute(query, [over_at]).fetchone()[0]
        started = time.perf_counter()
        lots = connection.execute("SELECT points.expire(%s, %s, false)", [members, over_at]).fetchone()[0]
        return lots / (time.perf_counter() - started)


def _plain_update_rate(scene: Scene, merchant: int) -> float:
    """The same update of equal lots without booking; rolled back, and the lots then expire normally."""
    over_at = _due_lots(scene, merchant)
    with scene.superuser() as connection:
        with connection.transaction(force_rollback=True):
            started = time.perf_counter()
            lots = connection.execute(
                "UPDATE points_lot SET remaining = 0, is_open = false WHERE is_open AND expires_at <= %s", [over_at]
            ).rowcount
            rate = lots / (time.perf_counter() - started)
        connection.execute(
            "SELECT points.expire((SELECT array_agg(DISTINCT member_id) FROM points_lot WHERE is_open AND expires_at <= %s), %s, false)",
            [over_at, over_at],
        )
        return rate


def _new_member(merchant: int) -> str:
    from merchants.models import Membership

    person = factories.person(password="!")
    Membership.objects.create(merchant_id=merchant, member=person)
    return str(person.public_id)


def _inner_id(member: str) -> int:
    from accounts.models import User

    return User.objects.get(public_id=member).pk


def _grant(scene: Scene, merchant: int, members: list[str], *, points: int, expires_at: datetime | None = None) -> None:
    moment = datetime.now(UTC)
    award = {"purse": "base", "points": points, "kind": "bonus", "rule": 1, "version": 1, "reason": "bonus"}
    if expires_at:
        award["expires_at"] = expires_at.isoformat()
    stamp = time.time_ns()
    items = [
        [member, f"{stamp}-{index}", "cd" * 16, moment.isoformat(), 0, None, [award], {}]
        for index, member in enumerate(members)
    ]
    with scene.connect() as connection:
        connection.execute("SELECT points.accrue_batch(%s, %s, %s, NULL, false)", [merchant, Jsonb(items), moment])
