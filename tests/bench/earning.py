"""Earning: against pgbench's TPC-B, over one and many merchants, set-wise against COPY, with and without the sealer."""

import io
import json
import subprocess
import sys
import time
from datetime import UTC, datetime

from psycopg.types.json import Jsonb

from tests.bench.people import member_uuid
from tests.bench.ratios import Ratio, alternate, judged
from tests.bench.scenario import MEMBERS, MERCHANTS, ROOT, TPCB, Scene

SECONDS = 5
# The call of points/ledger/functions.py: a rate award with its note, a UUID as key, a receipt number as reference.
EARN = """
\\set m random(1, :members)
\\set receipt random(1, 99999999999999)
SELECT points.accrue('purchase', {merchant}, md5('m' || :m)::uuid, md5('k' || :receipt)::uuid::text, 'S1-' || :receipt,
    substring(sha256(('S1-' || :receipt)::bytea) FOR 16), now(), now(),
    '[{{"points": 50, "rule": 1, "version": 1, "reason": "rate", "note": {{"rate": "1/100"}}}}]',
    '{{}}', 5000, NULL, NULL, NULL, NULL, true, false);
"""
ONE = EARN.format(merchant=":first")
MANY = EARN.format(merchant=":first::bigint + :m::bigint % :merchants::bigint")


def _first_merchant(scene: Scene) -> int:
    with scene.connect() as connection:
        row = connection.execute("SELECT id FROM merchants_merchant WHERE code = 'B0'").fetchone()
        assert row
        return int(row[0])


def earn_against_tpcb(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    return [
        alternate(
            f"earn tps / TPC-B tps, {clients} clients",
            lambda clients=clients: scene.pgbench(ONE, clients=clients, seconds=SECONDS, members=MEMBERS, first=first),
            lambda clients=clients: scene.pgbench("", clients=clients, seconds=SECONDS, database=TPCB),
            at_least=0.8 if clients == 8 else 0,
        )
        for clients in (1, 8, 32)
    ]


def one_against_many_merchants(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    given = {"clients": 8, "seconds": SECONDS, "members": MEMBERS, "first": first}
    return [
        alternate(
            "one merchant / 1,000 merchants, 8 clients",
            lambda: scene.pgbench(ONE, **given),
            lambda: scene.pgbench(MANY, **given, merchants=MERCHANTS),
            at_least=0.85,
        )
    ]


def batch_against_copy(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    return [
        alternate(
            "batch of 1,000 purchases, purchases/s / COPY rows/s",
            lambda: batch_rate(scene, first),
            lambda: _copy_rate(scene),
            at_least=0.02,
        )
    ]


def batch_rate(scene: Scene, merchant_id: int, batches: int = 10) -> float:
    """Purchases per second of `points.accrue_batch`, 1,000 at a time, each of another member.

    The first batch is not counted: a worker's connection has planned these statements long before.
    """
    award = {
        "points": 50,
        "rule": 1,
        "version": 1,
        "reason": "rate",
        "note": {"rate": "1/100"},
    }
    moment = datetime.now(UTC)
    stamp = time.time_ns()
    texts = [
        json.dumps([
            [
                str(member_uuid(1 + (batch * 1_000 + index) % MEMBERS)), f"{stamp}-{batch}-{index}",
                "ab" * 16, moment.isoformat(), 5000, None, [award], {},
            ]
            for index in range(1_000)
        ])
        for batch in range(1 + batches)
    ]  # fmt: skip
    with scene.connect() as connection:
        for number, text in enumerate(texts):
            if number == 1:
                started = time.perf_counter()
            parameters = [merchant_id, Jsonb(text, dumps=str), moment]
            connection.execute("SELECT points.accrue_batch(%s, %s, %s, NULL, false)", parameters)
        return batches * 1_000 / (time.perf_counter() - started)


def _copy_rate(scene: Scene, rows: int = 200_000) -> float:
    lines = io.BytesIO(b"".join(b"%d\t50\n" % number for number in range(rows)))
    with scene.superuser(TPCB) as connection:
        connection.execute("DROP TABLE IF EXISTS narrow")
        connection.execute("CREATE TABLE narrow (id bigint PRIMARY KEY, points integer)")
        started = time.perf_counter()
        with connection.cursor().copy("COPY narrow FROM STDIN") as copy:
            copy.write(lines.getvalue())
        return rows / (time.perf_counter() - started)


def cpu_with_and_without_sealer(scene: Scene) -> list[Ratio]:
    """At a pace below the capacity of both processors, because on full ones every process slows down the others."""
    first = _first_merchant(scene)
    _cpu_per_earn(scene, first, sealed=False)
    found = []
    for number in range(5):
        order = (True, False) if number % 2 else (False, True)
        cost = {sealed: _cpu_per_earn(scene, first, sealed=sealed) for sealed in order}
        found.append(cost[True] / cost[False])
    return [judged("server CPU per earn, sealer on / off", found, at_most=1.1)]


def _cpu_per_earn(scene: Scene, first: int, *, sealed: bool, transactions: int = 1_000) -> float:
    """Seconds of the server's processor time per earn. Acts of earlier runs are sealed before the clock starts."""
    _seal_all(scene)
    before = scene.server_cpu_seconds()
    sealer = (
        subprocess.Popen([sys.executable, "manage.py", "seal", "--follow", "1"], cwd=ROOT, stdout=subprocess.DEVNULL)
        if sealed
        else None
    )
    scene.pgbench(ONE, clients=8, transactions=transactions, rate=1_000, members=MEMBERS, first=first)
    if sealer:
        _await_sealed(scene)
        sealer.terminate()
        sealer.wait()
    return (scene.server_cpu_seconds() - before) / (8 * transactions)


def _seal_all(scene: Scene) -> None:
    while _unsealed(scene):
        done = scene.manage("seal")
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])


def _unsealed(scene: Scene) -> int:
    with scene.connect() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM points_act) - (SELECT count(*) FROM points_seal)"
        ).fetchone()
        assert row
        return int(row[0])


def _await_sealed(scene: Scene, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _unsealed(scene):
            return
        time.sleep(0.5)
    raise RuntimeError("the sealer did not catch up")


def bytes_per_earn(scene: Scene, transactions: int = 10_000) -> list[Ratio]:
    """Growth of all tables of the ledger with their indexes, sealed, per earn with a key; a count, so one run is enough.

    Over one doubling of the ledger, because an index on random keys grows in waves of that length.
    """
    first = _first_merchant(scene)
    # So that every wallet exists.
    scene.pgbench(ONE, clients=8, transactions=transactions, members=MEMBERS, first=first)
    _seal_all(scene)
    before = _size_bytes(scene)
    scene.pgbench(ONE, clients=8, transactions=transactions, members=MEMBERS, first=first)
    _seal_all(scene)
    grown = (_size_bytes(scene) - before) / (8 * transactions)
    return [judged("bytes on disk per earn, indexes included", [grown], at_most=1_100)]


def _size_bytes(scene: Scene) -> int:
    with scene.superuser() as connection:
        connection.execute("VACUUM")
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE 'points\\_%'"
        ).fetchone()
        assert row
        return int(row[0])
