"""One purchase is one round trip to the database, counted on the wire: ledger functions do not use Django's cursors."""

import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from psycopg import pq

from accounts.models import User
from tests import factories, partner_client
from tests.partner_client import PartnerClient, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def partner() -> PartnerClient:
    shop = factories.merchant("stationer")
    partner_client.publish_rule(shop)
    partner_client.publish_rule(shop, {"kind": "first_purchase", "points": 200, "threshold_fen": 10_000})
    return PartnerClient(shop)


@pytest.fixture
def alice(partner: PartnerClient) -> User:
    return factories.member("Alice", partner.shop)


def round_trips(call: Callable[[], Any]) -> int:
    """The number of round trips: one for each Sync or simple Query that the client sent."""
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
def test_a_purchase_of_any_form_is_one_round_trip(partner: PartnerClient, alice: User, path: str) -> None:
    store = factories.store(partner.shop, code="1", name="一店")
    lines = [{"sku": "RULER", "quantity": 1, "amount_fen": 10_000_000}]
    purchases = [purchase(alice), purchase(alice, 10_000_000, store_id=str(store.pk), lines=lines, channel="shop")]
    bodies: list[Any] = [{"purchases": purchases}] * 2 if path.endswith("/batch") else purchases
    for _ in range(2):  # the token, the rules and the prepared statement are warm then
        partner.post(path, {"purchases": [purchase(alice)] * 2} if path.endswith("/batch") else purchase(alice))
    for body in bodies:
        answers: list[Any] = []
        assert round_trips(lambda body=body, answers=answers: answers.append(partner.post(path, body))) == 1
        assert answers[0].status_code in (200, 201)


def test_a_replay_is_one_round_trip_too(partner: PartnerClient, alice: User) -> None:
    body = purchase(alice)
    partner.post("/purchases", body)
    answers: list[Any] = []
    assert round_trips(lambda: answers.append(partner.post("/purchases", body))) == 1
    assert answers[0].headers["Idempotent-Replayed"] == "true"
