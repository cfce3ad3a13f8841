"""`make demo` for real: it starts, answers, stops without a trace, and starts again after kill -9 of everything."""

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import psutil
import psycopg
import pytest
import redis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hongmi import demo
from hongmi.embedded import children, roles
from hongmi.embedded.postgresql import PostgreSQL
from hongmi.embedded.valkey import Valkey
from hongmi.seed import personas, shop_list
from points.transparency import heads, publication
from tests import environment as environments

UP = "Ctrl-C stops it"
LAST_LINE = "All of this again:"
NO_CURL = "no curl on this machine"
SHOP_OF_THE_CURL = next(shop.name_en for shop in shop_list.MERCHANTS if shop.code == "STATIONER")

_Result = TypeVar("_Result")


class Runner:
    """The process behind `make demo`, in a state directory of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = children.free_port()
        self.process: subprocess.Popen[str] | None = None

    def open(self, **servers: str) -> subprocess.Popen[str]:
        """`servers` are addresses of external servers, by the names of their environment variables."""
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CACHE_URL", "SECRET_KEY", "HONGMI_FIELD_KEYS")
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        return subprocess.Popen(
            [sys.executable, "-m", "hongmi.demo", "--without-cdnow"],
            cwd=environments.ROOT,
            env=inherited | servers | {"HONGMI_STATE_DIR": str(self.state), "DEMO_PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self, **servers: str) -> str:
        """Start it; returns its output up to the last line of the banner."""
        self.process = self.open(**servers)
        assert self.process.stdout is not None
        printed = ""
        while LAST_LINE not in printed and (line := self.process.stdout.readline()):
            printed += line
        return printed

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.state / "demo.json").read_text())
        return facts

    def query(self, sql: str, *values: object) -> list[Any]:
        """The first column of the result from the demo's database."""
        settings = dict(line.split("=", 1) for line in (self.state / "demo.env").read_text().splitlines())
        with psycopg.connect(settings["DATABASE_URL"]) as connection:
            return [row[0] for row in connection.execute(sql, values)]

    def everyone(self) -> list[psutil.Process]:
        """Every process that belongs to this demo, servers included."""
        found = []
        for process in psutil.process_iter():
            try:
                is_ours = process.environ().get(demo.MARK) == str(self.state)
                is_server = any(str(self.state) in part for part in process.cmdline())
            except psutil.Error:
                continue
            if (is_ours or is_server) and process.pid != os.getpid():
                found.append(process)
        return found

    def stop(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


class Visitor:
    """A browser with English as its language."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [("Accept-Language", "en")]

    def read(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and page; a `form` is sent."""
        body = urlencode(form).encode() if form else None
        with self._opener.open(self._base_url + path, body, timeout=30) as response:
            return response.status, response.read().decode()

    def sign_in(self, name: str, password: str) -> None:
        _, page = self.read("/sign-in/password")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        self.read("/sign-in/password", {"csrfmiddlewaretoken": token[1], "login": name, "password": password})

    def unread_notifications(self) -> dict[int, str]:
        """The subjects of the newest, by number."""
        _, page = self.read("/me/notifications")
        found = re.findall(r'name="notification" value="(\d+)">\s*<h2>(.*?)</h2>', page)
        return {int(number): html.unescape(subject) for number, subject in found}


@pytest.fixture
def runner(server_directory: Path) -> Iterator[Runner]:
    runner = Runner(server_directory / "state")
    yield runner
    if runner.process and runner.process.poll() is None:
        runner.stop(signal.SIGKILL)
    for process in runner.everyone():
        process.kill()


def awaited(query: Callable[[], _Result], patience_seconds: int = 60) -> _Result:
    """The first true result, or the last one after `patience_seconds`."""
    until = time.monotonic() + patience_seconds
    while not (result := query()) and time.monotonic() < until:
        time.sleep(0.5)
    return result


def audit_results(runner: Runner) -> set[bool]:
    """The results of all audits; the worker runs one when it is up, and another one after an interrupted run."""
    return awaited(lambda: set(runner.query("SELECT is_ok FROM points_auditrun")))


def heads_published_since(moment: datetime, directory: Path) -> list[datetime]:
    """When heads were signed that left the state after `moment`."""
    file = directory / publication.HEADS_FILE
    published = publication.read_heads(file) if file.exists() else []
    return [signed.head.timestamp for signed in published if signed.head.timestamp > moment]


def curl_in(printed: str) -> str:
    """The curl command of the banner."""
    return printed.partition("记一笔消费\n")[2].partition("\n\n")[0]


def run(command: str) -> str:
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_a_purchase_by_curl_reaches_the_member(runner: Runner, printed: str) -> None:
    """Web, worker, beat, relay and sealer together: beat starts the relay, and the relay delivers the notification."""
    begun = datetime.now(tz=UTC)
    booked = json.loads(run(curl_in(printed)))
    (points,) = (wallet["points"] for wallet in booked["wallets"])
    assert booked["member_id"] == runner.facts()["members"][0]["id"]
    assert points >= 50

    head, _, body = run(f"{curl_in(printed)} --include").replace("\r", "").partition("\n\n")
    assert head.startswith("HTTP/1.1 201")
    assert "idempotent-replayed: true" in head.lower()
    assert json.loads(body) == booked

    me = next(person for person in runner.facts()["people"] if person["sign_in"] == personas.MEMBERS[0].sign_in)
    assert f"{me['sign_in']:<20} {me['password']}" in printed
    member = Visitor(runner.facts()["base_url"])
    member.sign_in(me["sign_in"], me["password"])
    # By its number, because notifications about earlier purchases have the same subject.
    about = "SELECT id FROM notifications_inboxmessage WHERE payload->>'act' = %s"
    (notification,) = awaited(lambda: runner.query(about, booked["id"])) or [None]
    assert member.unread_notifications().get(notification) == f"You earned {points} points at {SHOP_OF_THE_CURL}"

    receipt = f"/me/points/{booked['id']}/receipt.json"
    assert awaited(lambda: member.read(receipt)[0] == 200)
    assert awaited(lambda: heads_published_since(begun, runner.state / "heads"))


def assert_a_state_of_another_version_is_set_aside(runner: Runner) -> None:
    before = (runner.state / "secrets.json").read_text()
    with PostgreSQL(runner.state / "postgresql") as server, server.connect(roles.OWNER, demo.DATABASE) as connection:
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('points', '0002_old', now())")
    printed = runner.start()
    (aside,) = runner.state.parent.glob(f"{runner.state.name}.old-*")
    assert f"it is now {aside}, and the demo begins anew" in printed
    assert UP in printed
    assert (aside / "secrets.json").read_text() == before != (runner.state / "secrets.json").read_text()
    assert runner.query("SELECT count(*) FROM django_migrations WHERE name = '0002_old'") == [0]
    assert runner.stop(signal.SIGINT) == 0
    with PostgreSQL(aside / "postgresql") as server, server.connect(roles.OWNER, demo.DATABASE) as connection:
        assert connection.execute("SELECT 1 FROM django_migrations WHERE name = '0002_old'").fetchone()


def test_the_demo_comes_up_stops_cleanly_and_survives_kill_9_of_everything(runner: Runner) -> None:
    assert UP in runner.start()
    refused, _ = runner.open().communicate(timeout=30)
    assert "already running" in refused
    facts = runner.facts()
    assert facts["base_url"] == f"http://127.0.0.1:{runner.port}"
    for name in ("demo.json", "demo.env", "secrets.json"):
        assert (runner.state / name).stat().st_mode & 0o077 == 0
    for process in runner.everyone():
        process.kill()
    assert runner.process is not None
    runner.process.wait()

    printed = runner.start()
    assert UP in printed
    assert runner.facts() == facts
    assert urllib.request.urlopen(f"{facts['base_url']}/healthz").status == 200
    has_curl = shutil.which("curl") is not None
    if has_curl:
        assert_a_purchase_by_curl_reaches_the_member(runner, printed)
    assert audit_results(runner) == {True}
    assert runner.stop(signal.SIGINT) == 0
    assert runner.everyone() == []
    assert_a_state_of_another_version_is_set_aside(runner)
    if not has_curl:
        pytest.skip(NO_CURL)


def test_on_external_servers_the_demo_starts_none_and_leaves_them_running(
    runner: Runner, server_directory: Path, environment: environments.Environment
) -> None:
    """Also from a state directory that holds heads of the demo's own database."""
    begun = datetime.now(tz=UTC)
    other = heads.Head(origin="hongmi.example/points", tree_size=1, root_hash=bytes(32), timestamp=begun, horizon=begun)
    published = runner.state / "heads" / publication.HEADS_FILE
    published.parent.mkdir(parents=True)
    published.write_text(f"{json.dumps(heads.to_object(heads.sign(other, Ed25519PrivateKey.generate())))}\n")
    name = f"{environment.database}_theirs"
    # The server of the tests, because its tables exist already; migrating takes as long as the rest.
    environment.clone(name)
    with Valkey(server_directory / "their-valkey") as valkey:
        printed = runner.start(**environment.addresses(name), REDIS_URL=valkey.url())
        assert UP in printed
        assert not {"  · PostgreSQL", "  · Valkey"} & set(printed.splitlines())
        assert not [server for server in ("postgresql", "valkey") if (runner.state / server).exists()]
        with psycopg.connect(environment.addresses(name)["DATABASE_URL"]) as theirs:
            codes = {code for (code,) in theirs.execute("SELECT code FROM merchants_merchant")}
            assert codes == {shop.code for shop in shop_list.MERCHANTS}
        assert audit_results(runner) == {True}
        server = urlsplit(environment.app_url)
        assert awaited(
            lambda: heads_published_since(begun, runner.state / f"heads-{server.hostname}-{server.port or 5432}-{name}")
        )
        assert runner.stop(signal.SIGINT) == 0
        assert redis.Redis.from_url(valkey.url()).ping()
    environment.drop(name)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_one_role_without_the_other_is_refused_before_anything_starts(runner: Runner, name: str) -> None:
    runner.process = runner.open(**{name: "postgresql://127.0.0.1:1/theirs"})
    refused, _ = runner.process.communicate(timeout=30)
    assert (runner.process.returncode, "give both or neither" in refused) == (1, True)
    assert "·" not in refused
