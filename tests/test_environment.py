"""The environment of the tests themselves."""

import email.utils
import http.client
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings

from tests import environment

PURE = [
    "tests/points/transparency/test_merkle.py",
    "tests/redemption/catalogue/test_pricing.py",
    "tests/accounts/test_phones.py",
]


def test_tests_of_pure_modules_start_no_server(server_directory: Path) -> None:
    done = environment.run_pytest(*PURE, state=server_directory)
    assert done.returncode == 0, done.stdout
    assert list(server_directory.glob("tests/0/*/passwords.json")), "the servers would have been here"
    assert not list(server_directory.glob("tests/0/*/data"))


def test_all_processes_read_one_clock(live_server_url: str, app_cursor: psycopg.Cursor) -> None:
    """Else a run under a faked clock would show nothing."""
    [[of_postgresql]] = app_cursor.execute("SELECT extract(epoch FROM clock_timestamp())").fetchall()
    of_valkey, _ = redis.Redis.from_url(settings.REDIS_URL).time()
    of_a_child = subprocess.check_output([sys.executable, "-c", "import time; print(time.time())"])
    web_server = http.client.HTTPConnection(urlsplit(live_server_url).netloc)
    web_server.request("GET", "/healthz")
    date = web_server.getresponse().headers["Date"]
    of_the_web_server = email.utils.parsedate_to_datetime(date).timestamp()
    for clock in (float(of_postgresql), of_valkey, float(of_a_child), of_the_web_server):
        assert abs(clock - time.time()) < 10
