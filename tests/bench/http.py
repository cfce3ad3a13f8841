"""The API's purchase call against a trivial view behind the same middleware, and the import command."""

import contextlib
import gzip
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from hongmi.embedded import children
from tests.bench.earning import _first_merchant, batch_rate
from tests.bench.people import member_uuid
from tests.bench.ratios import Ratio, alternate
from tests.bench.scenario import MEMBERS, ROOT, Scene

CLIENTS, SECONDS = 4, 4
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def http_earn_against_trivial_view(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    with _web() as port:
        token = _token(first, port)

        def earn(number: int) -> bytes:
            body = json.dumps({
                "member_id": str(member_uuid(1 + number % MEMBERS)), "reference": str(uuid.uuid4()),
                "occurred_at": datetime.now(UTC).isoformat(), "amount_fen": 5000,
            }).encode()  # fmt: skip
            return _request("POST", "/api/v1/purchases", token, body)

        def trivial(number: int) -> bytes:
            return _request("POST", "/api/v1/bench/trivial", token, b'{"number": %d}' % number)

        return [
            alternate(
                "HTTP earn / trivial view behind the same middleware",
                lambda: _rate(port, earn, b"201"),
                lambda: _rate(port, trivial, b"200"),
                at_least=0.4,
            )
        ]


@contextlib.contextmanager
def _web() -> Iterator[int]:
    port = children.free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "tests.bench.web:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _token(merchant_id: int, port: int) -> str:
    from merchants import credentials, scopes

    credential, secret = credentials.issue(merchant_id=merchant_id, name="bench", scopes=list(scopes.SCOPES))
    form = {"grant_type": "client_credentials", "client_id": credential.client_id, "client_secret": secret}
    url = f"http://127.0.0.1:{port}/oauth/token"
    with urllib.request.urlopen(url, data=urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


def _request(method: str, path: str, token: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _rate(port: int, make: Callable[[int], bytes], expected: bytes) -> float:
    """Requests per second over CLIENTS connections that send one request after another."""
    counts = [0] * CLIENTS
    over_at = time.perf_counter() + SECONDS

    def send(client: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while time.perf_counter() < over_at:
                connection.sendall(make(counts[client] * CLIENTS + client))
                answer = _read(connection)
                if answer[9:12] != expected:
                    raise RuntimeError(answer.decode(errors="replace"))
                counts[client] += 1

    threads = [threading.Thread(target=send, args=[client]) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _read(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    match = _LENGTH.search(head)
    length = int(match[1]) if match else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def import_against_batch(scene: Scene) -> list[Ratio]:
    first = _first_merchant(scene)
    return [
        alternate(
            "import of the CDNOW file / SQL batch rate",
            lambda: _import_rate(scene),
            lambda: batch_rate(scene, first, batches=40),
            at_least=0.3,
        )
    ]


_imports = [0]


def _import_rate(scene: Scene) -> float:
    """Purchases per second of the whole command: reading, enrolling 23,570 people, rules, booking."""
    from merchants.models import Merchant
    from points.models import EarningRule
    from points.operations import earning_rules

    _imports[0] += 1
    moment = datetime.now(UTC)
    merchant = Merchant.objects.create(code=f"CDNOW{_imports[0]}", name="CDNOW", category="retail", status="live")
    rule = EarningRule.objects.create(merchant=merchant, code="rate", name="1 yuan 1 point")
    earning_rules.publish(
        rule=rule, definition={"kind": "rate", "points": 1, "per_fen": 100}, starts_at=moment - timedelta(days=20_000)
    )
    path = scene.state / "cdnow_purchases.csv"
    path.write_bytes(gzip.decompress((ROOT / "hongmi" / "seed" / "cdnow_purchases.csv.gz").read_bytes()))
    started = time.perf_counter()
    done = scene.manage("import_purchases", str(path), "--merchant", merchant.code)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return 69_659 / seconds
