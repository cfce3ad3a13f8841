"""The line goes dead after COMMIT: the answer is lost, the act is not, and asking again does not book it twice."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connections

from hongmi.lib import retry
from points.models import Act
from tests.ground import Ground
from tests.points import cast


class Proxy:
    """A TCP proxy before PostgreSQL. Armed, it carries the next question over, waits until the server has answered it
    and hangs up instead of handing the answer on."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_armed = False
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
                if is_answer and self.is_armed and data.endswith(b"Z\x00\x00\x00\x05I") and b"booked" in data:
                    self.is_armed = False
                    self.answers_dropped += 1
                    break
                target.sendall(data)
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


@pytest.fixture
def proxy(committed_db: None, ground: Ground) -> Iterator[Proxy]:
    """Django's default connection goes through the proxy."""
    address = urlsplit(ground.app_url)
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
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    proxy.is_armed = True
    booking = cast.buy(shop, alice, cast.award(10), key="k")
    assert proxy.answers_dropped == 1
    assert booking.status == "replayed"
    assert [movement.points for movement in booking.movements] == [10]
    assert cast.wallet(alice).balance == 10
    assert Act.objects.filter(member=alice).count() == 1


def test_a_spend_whose_answer_was_lost_is_booked_once(proxy: Proxy) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(100))
    proxy.is_armed = True
    assert cast.redeem(shop, alice, 30).status == "replayed"
    assert cast.wallet(alice).balance == 70


def test_the_caller_may_also_be_the_one_who_asks_again(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole process may be gone with the connection; the partner's retry is then the second request."""
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    proxy.is_armed = True
    with pytest.raises(OperationalError):
        cast.buy(shop, alice, cast.award(10), **request)
    # It was this line that went dead, and not another trouble with the server.
    assert proxy.answers_dropped == 1
    connections["default"].close()
    assert cast.buy(shop, alice, cast.award(10), **request).status == "replayed"
    assert cast.wallet(alice).balance == 10


def test_control_a_retry_under_another_name_would_book_twice(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = cast.merchant()
    alice = cast.member("Alice", shop)
    monkeypatch.setattr(retry, "ATTEMPTS", 1)
    proxy.is_armed = True
    with pytest.raises(OperationalError):
        cast.buy(shop, alice, cast.award(10))
    assert proxy.answers_dropped == 1
    connections["default"].close()
    cast.buy(shop, alice, cast.award(10))
    assert cast.wallet(alice).balance == 20
