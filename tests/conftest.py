"""Fixtures of every test: `db` is rolled back, `committed_db` is never flushed, `own_db` is a clone to yourself."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis.internal.conjecture import providers

from hongmi.embedded import children
from tests import environment as environments

# While this file is imported and not later, because the settings read the environment once and a sub-folder's
# conftest may import models at once.
RUN = environments.prepare()
ENVIRONMENT = RUN.environment

# The suite tries the same examples each time, because a push must not fail by luck; campaigns look further. Neither
# has a deadline, because the speed of the machine is not what a property is about.
examples.register_profile("campaign", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.register_profile("suite", examples.get_profile("campaign"), derandomize=True)
examples.load_profile("campaign" if "HONGMI_CAMPAIGN" in os.environ else "suite")
# Hypothesis mixes constants of all modules loaded so far into its examples, which would depend on the tests before.
providers.HypothesisProvider._local_constants = providers.Constants()  # type: ignore[assignment]

import django  # noqa: E402
from django.conf import settings  # noqa: E402

if settings.configured:
    raise RuntimeError("unset DJANGO_SETTINGS_MODULE: the tests choose their settings themselves")
os.environ["DJANGO_SETTINGS_MODULE"] = "hongmi.settings"
django.setup()
# Not left to the workers of pytest-xdist, because pytest-django would then set Django up, with the addresses of the
# process that started them, before this file is read there.
del os.environ["DJANGO_SETTINGS_MODULE"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "no Chromium on this machine"


def pytest_configure(config: pytest.Config) -> None:
    """Workers of pytest-xdist share the servers of their controller, which does not see which tests need them."""
    if config.getoption("numprocesses", None):
        RUN.start_servers()


def pytest_unconfigure() -> None:
    RUN.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Campaigns run only by `make campaign`; what they cost is no price for every push."""
    if not os.environ.get("HONGMI_CAMPAIGN"):
        chosen = [item for item in items if not item.get_closest_marker("campaign")]
        if len(chosen) < len(items):
            config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("campaign")])
            items[:] = chosen


@pytest.fixture(scope="session")
def servers() -> None:
    """PostgreSQL and Valkey are up. All fixtures of the database use it; a test of the cache alone asks for it."""
    RUN.start_servers()


@pytest.fixture(scope="session")
def environment(servers: None) -> environments.Environment:
    return ENVIRONMENT


@pytest.fixture(scope="session")
def django_db_setup(servers: None, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: this worker's clone of the migrated template."""
    from django.db import connections

    ENVIRONMENT.clone(ENVIRONMENT.database)
    yield
    with django_db_blocker.unblock():
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].close_pool()  # type: ignore[attr-defined]
    ENVIRONMENT.drop(ENVIRONMENT.database)


@pytest.fixture
def committed_db(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The worker's own database, and what is written stays: use members of your own."""
    from django.db import connections

    if {"db", "transactional_db"} & set(request.fixturenames):
        pytest.fail("a test either commits or is rolled back")
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture
def own_db(servers: None, django_db_blocker: Any) -> Iterator[str]:
    """A clone for this test alone, dropped afterwards; the value is its name."""
    name = f"hongmi_test_{ENVIRONMENT.session}_{ENVIRONMENT.worker}_{secrets.token_hex(3)}"
    ENVIRONMENT.clone(name)
    with django_db_blocker.unblock(), environments.rerouted(ENVIRONMENT, name):
        yield name
    ENVIRONMENT.drop(name)


@pytest.fixture
def owner_cursor(request: pytest.FixtureRequest) -> Iterator[psycopg.Cursor]:
    """hongmi_owner, autocommit, in the database of `own_db` or else the worker's own."""
    name = request.getfixturevalue("own_db") if "own_db" in request.fixturenames else ENVIRONMENT.database
    request.getfixturevalue("django_db_setup")
    with psycopg.connect(ENVIRONMENT.addresses(name)["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection.cursor()


@pytest.fixture
def app_cursor(request: pytest.FixtureRequest) -> Iterator[psycopg.Cursor]:
    """hongmi_app, autocommit, beside Django: for raw attacks and races."""
    name = request.getfixturevalue("own_db") if "own_db" in request.fixturenames else ENVIRONMENT.database
    request.getfixturevalue("django_db_setup")
    with psycopg.connect(ENVIRONMENT.addresses(name)["DATABASE_URL"], autocommit=True) as connection:
        yield connection.cursor()


@pytest.fixture
def server_directory() -> Iterator[Path]:
    """Where a test may start a server of its own."""
    with environments.reachable_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[], str]]:
    """Start a real Granian against the databases of this moment; the answer is its address."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> str:
        port = children.free_port()
        where = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        command = [sys.executable, "-m", "granian", *where, "--blocking-threads", "8", "hongmi.wsgi:application"]
        running.append(children.spawn(command, on_parent_death=signal.SIGTERM))
        url = f"http://127.0.0.1:{port}"
        _await(lambda: urllib.request.urlopen(f"{url}/healthz", timeout=2), running[-1])
        return url

    yield start
    for process in running:
        children.stop(process, signal.SIGTERM)


@pytest.fixture(scope="session")
def live_server_url(django_db_setup: None, serve: Callable[[], str]) -> str:
    """A real web server over the worker's own database, which sees only what is committed."""
    return serve()


@pytest.fixture(scope="session")
def real_worker(django_db_setup: None) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker (one process, one task at a time) over the worker's own database and queue."""
    from hongmi.celery import app

    command = [sys.executable, "-m", "celery", "--app", "hongmi.celery", "worker", "--concurrency", "1"]
    process = children.spawn([*command, "--loglevel", "WARNING"], on_parent_death=signal.SIGTERM)
    _await(lambda: app.control.ping(timeout=0.5)[0], process)
    yield process
    children.stop(process, signal.SIGTERM)


def _await(question: Callable[[], object], process: subprocess.Popen[bytes], *, patience_seconds: float = 30) -> None:
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError, IndexError):
            question()
            return
        time.sleep(0.1)
    children.stop(process, signal.SIGKILL)
    raise RuntimeError(f"{process.args!r} did not come up")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by playwright."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    # Playwright's own event loop runs in this thread, and Django would take our queries for asynchronous ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def locale() -> str:
    """Language of the browsers; a folder of tests may override it."""
    return "zh-CN"


def _page(browser: Any, live_server_url: str, locale: str, *, width: int, height: int) -> Iterator[Any]:
    viewport = {"width": width, "height": height}
    context = browser.new_context(base_url=live_server_url, locale=locale, viewport=viewport)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium: Any, live_server_url: str, locale: str) -> Iterator[Any]:
    """A fresh browser at desktop width."""
    yield from _page(chromium, live_server_url, locale, width=1280, height=800)


@pytest.fixture
def phone_page(chromium: Any, live_server_url: str, locale: str) -> Iterator[Any]:
    """A fresh browser at phone width."""
    yield from _page(chromium, live_server_url, locale, width=390, height=844)
