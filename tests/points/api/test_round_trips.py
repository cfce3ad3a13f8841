"""One purchase is one round trip to the database, counted on the wire: the pen does not use Django's cursors."""

import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from psycopg import pq

from accounts.models import User
from merchants.models import Store
from tests import partner_client as tills
from tests.partner_client import PartnerClient, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def till() -> PartnerClient:
    shop = tills.merchant("stationer")
    tills.publish_rule(shop)
    tills.publish_rule(shop, {"kind": "first_purchase", "points": 200, "threshold_fen": 10_000})
    return PartnerClient(shop)


@pytest.fixture
def alice(till: PartnerClient) -> User:
    return tills.member(till.shop)


def round_trips(call: Callable[[], Any]) -> int:
    """How often the client asked the server and waited: once per Sync or simple Query it sent."""
    connection.ensure_connection()
    wire: pq.abc.PGconn = connection.connection.pgconn
    with tempfile.TemporaryFile("w+") as trace:
        wire.trace(trace.fileno())
        wire.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            call()
        finally:
            wire.untrace()
        trace.seek(0)
        sent = Counter(line.rstrip().split("\t")[2] for line in trace if line.startswith("F\t"))
    return sent["Sync"] + sent["Query"]


def test_the_counter_counts() -> None:
    assert round_trips(lambda: list(User.objects.all()[:1])) == 1
    assert round_trips(lambda: [User.objects.count() for _ in range(3)]) == 3


@pytest.mark.parametrize("path", ["/purchases", "/purchases/preview", "/purchases/batch"])
def test_a_purchase_is_one_round_trip_however_it_is_told(till: PartnerClient, alice: User, path: str) -> None:
    store = Store.objects.create(merchant=till.shop, code="1", name="一店")
    lines = [{"sku": "PEN", "quantity": 1, "amount_fen": 10_000_000}]
    told = [purchase(alice), purchase(alice, 10_000_000, store_id=str(store.pk), lines=lines, channel="shop")]
    bodies: list[Any] = [{"purchases": told}] * 2 if path.endswith("/batch") else told
    for _ in range(2):  # the token, the rules and the prepared statement are warm then
        till.post(path, {"purchases": [purchase(alice)] * 2} if path.endswith("/batch") else purchase(alice))
    for body in bodies:
        answers: list[Any] = []
        assert round_trips(lambda body=body, answers=answers: answers.append(till.post(path, body))) == 1
        assert answers[0].status_code in (200, 201)


def test_a_replay_is_one_round_trip_too(till: PartnerClient, alice: User) -> None:
    asked = purchase(alice)
    till.post("/purchases", asked)
    answers: list[Any] = []
    assert round_trips(lambda: answers.append(till.post("/purchases", asked))) == 1
    assert answers[0].headers["Idempotent-Replayed"] == "true"
