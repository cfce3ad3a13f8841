"""The connection breaks after COMMIT: the answer is lost, the act is not, and a retry does not book it twice."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from hongmi.lib import retry
from points.models import Act
from points.operations import authorised_holds
from points.types import Purse
from tests import factories
from tests.environment import Environment
from tests.merchants import counter
from tests.partner_client import PartnerClient
from tests.points import cast
from tests.redemption import shopping


class Proxy:
    """A TCP proxy before PostgreSQL. Armed, it forwards requests until the server answers one with `lost` and has
    committed; then it closes the connection instead of forwarding the answer."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_armed = False
        self.lost = b"booked"
        self.answers_dropped = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            for source, target, is_answer in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._carry, args=(source, target, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                # The act's answer ends with ReadyForQuery outside a transaction: PostgreSQL has committed.
                if is_answer and self.is_armed and data.endswith(b"Z\x00\x00\x00\x05I") and self.lost in data:
                    self.is_armed = False
                    self.answers_dropped += 1
                    break
                target.sendall(data)
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


@pytest.fixture
def proxy(committed_db: None, environment: Environment) -> Iterator[Proxy]:
    """Django's default connection goes through the proxy."""
    address = urlsplit(environment.app_url)
    proxy = Proxy(address.hostname or "", address.port or 5432)
    default: Any = connections["default"]
    before = dict(default.settings_dict)

    def point_at(host: str, port: object) -> None:
        default.close()
        default.close_pool()
        default.settings_dict.update(HOST=host, PORT=port)

    point_at("127.0.0.1", proxy.port)
    yield proxy
    point_at(before["HOST"], before["PORT"])
    proxy.close()


def test_a_purchase_whose_answer_was_lost_is_booked_once_and_answered(proxy: Proxy) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    proxy.is_armed = True
    booking = cast.buy(shop, alice, cast.award(10), key="k")
    assert proxy.answers_dropped == 1
    assert booking.status == "replayed"
    assert [movement.points for movement in booking.movements] == [10]
    assert cast.wallet(alice).balance == 10
    assert Act.objects.filter(member=alice).count() == 1


def test_a_spend_whose_answer_was_lost_is_booked_once(proxy: Proxy) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    proxy.is_armed = True
    assert cast.redeem(shop, alice, 30).status == "replayed"
    assert cast.wallet(alice).balance == 70


def test_the_caller_may_retry_instead(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole process may be gone with the connection; the partner's retry is then the second request."""
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    proxy.is_armed = True
    with pytest.raises(OperationalError):
        cast.buy(shop, alice, cast.award(10), **request)
    # This connection broke, and not another one to the server.
    assert proxy.answers_dropped == 1
    connections["default"].close()
    assert cast.buy(shop, alice, cast.award(10), **request).status == "replayed"
    assert cast.wallet(alice).balance == 10


def test_control_a_retry_under_another_name_would_book_twice(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    proxy.is_armed = True
    with pytest.raises(OperationalError):
        cast.buy(shop, alice, cast.award(10))
    assert proxy.answers_dropped == 1
    connections["default"].close()
    cast.buy(shop, alice, cast.award(10))
    assert cast.wallet(alice).balance == 20


def test_a_hold_and_an_order_whose_commit_was_not_answered_exist_once(proxy: Proxy) -> None:
    """Several statements in one transaction: the whole transaction is retried and finds its own acts."""
    shop = factories.merchant("stationer")
    partner, alice = PartnerClient(shop), counter.rich_member(shop)
    authorisation, reward = counter.authorisation_by_code(partner, alice, 10), shopping.reward(shop, 100)
    proxy.lost = b"COMMIT"
    proxy.is_armed = True
    held = authorised_holds.hold(
        merchant_id=shop.pk,
        member=alice.public_id,
        purse=Purse.BASE,
        points=10,
        reference="r",
        authorisation=UUID(authorisation),
        key="k",
        moment=timezone.now(),
    )
    assert (proxy.answers_dropped, held.status) == (1, "replayed")
    proxy.is_armed = True
    ordered = shopping.order(reward, alice, key="o", at=timezone.now())
    assert (proxy.answers_dropped, ordered.is_replay) == (2, True)
    assert (cast.wallet(alice).balance, cast.wallet(alice).held) == (390, 10)


def test_an_order_after_the_server_ended_every_connection_is_placed(own_db: str, environment: Environment) -> None:
    shop = factories.merchant("stationer")
    alice, reward = counter.rich_member(shop), shopping.reward(shop, 100)
    for _ in range(2):
        idle = 8
        meeting = threading.Barrier(idle)

        def borrow() -> None:
            connections["default"].ensure_connection()
            meeting.wait(timeout=60)  # noqa: B023
            connections["default"].close()

        with ThreadPoolExecutor(idle) as threads:
            for borrowed in [threads.submit(borrow) for _ in range(idle)]:
                borrowed.result()
        with psycopg.connect(environment.addresses(own_db)["DATABASE_URL"], autocommit=True) as beside:
            others = "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            ended = beside.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
            assert len(ended.fetchall()) >= idle
        shopping.order(reward, alice, at=timezone.now())
    assert cast.wallet(alice).balance == 300
