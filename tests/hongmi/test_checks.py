"""Production refuses unsafe settings, and every entry point runs the checks."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import PlatformRole, User
from hongmi import checks
from hongmi.embedded import children, roles
from hongmi.embedded.postgresql import PostgreSQL
from merchants.operations import staff
from tests.environment import ROOT, Environment

STRONG = "kZ8-Qw3_rT6yUi9oPa2sDf5gHj8kLz1xCv4bNm7qWe0rTy3uIo6p"
PERIODIC = "00112233445566778899aabbccddeeff" * 2
SEAL_KEY = "8c1f5be0a3d24796b8e0c5d1f7a2936440bd6ee17c58f2930a6bd4ce81f7532a"


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.IS_PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["points.example"]
    settings.SMS_DRIVER = "notifications.sms_tencent.Tencent"
    settings.HONGMI_FIELD_KEYS = [STRONG[::-1]]
    settings.HONGMI_SEAL_KEY = SEAL_KEY
    settings.SEAL_ORIGIN = "points.example/seal"
    settings.PAYMENT_PROVIDERS = {"wechat": "redemption.payments.wechat.WeChatPay"}
    return settings


def failed() -> list[str | None]:
    return [error.id for error in checks_of(checks.PRODUCTION)]


def checks_of(tag: str) -> list[CheckMessage]:
    return run_checks(tags=[tag], include_deployment_checks=True)


def test_it_accepts_a_safe_production(production: Settings, committed_db: None) -> None:
    assert failed() == []


def test_it_refuses_debug_in_production(production: Settings, committed_db: None) -> None:
    production.DEBUG = True
    assert failed() == ["hongmi.E001"]


@pytest.mark.parametrize(
    "weak",
    ["not given", "short", "a" * 60, "django-insecure-" + STRONG, "only-for-tests-" + STRONG, "0123456789abcdef" * 4],
)
def test_it_refuses_a_weak_secret(production: Settings, committed_db: None, weak: str) -> None:
    production.SECRET_KEY = weak
    assert failed() == ["hongmi.E002"]


@pytest.mark.parametrize("hosts", [[], ["*"], ["points.example", "*.example"], [".example"]])
def test_it_refuses_wildcard_hosts(production: Settings, committed_db: None, hosts: list[str]) -> None:
    production.ALLOWED_HOSTS = hosts
    assert failed() == ["hongmi.E003"]


@pytest.mark.parametrize("driver", ["", "notifications.sms.Sandbox"])
def test_it_refuses_a_production_that_sends_no_sms(production: Settings, committed_db: None, driver: str) -> None:
    production.SMS_DRIVER = driver
    assert failed() == ["hongmi.E020"]


def test_it_refuses_the_payment_sandbox_in_production(production: Settings, committed_db: None) -> None:
    production.PAYMENT_PROVIDERS = {"sandbox": "redemption.payments.sandbox.Sandbox"}
    assert failed() == ["hongmi.E023"]


@pytest.mark.parametrize("keys", [[], ["short"], [STRONG[::-1], "a" * 64], [PERIODIC]])
def test_it_refuses_weak_keys_of_personal_data(production: Settings, committed_db: None, keys: list[str]) -> None:
    production.HONGMI_FIELD_KEYS = keys
    assert failed() == ["hongmi.E021"]


@pytest.mark.parametrize("key", ["", "not hex", SEAL_KEY[:-2], "00" * 32, "5a" * 32, PERIODIC])
def test_it_refuses_production_without_a_seal_key_of_its_own(
    production: Settings, committed_db: None, key: str
) -> None:
    production.HONGMI_SEAL_KEY = key
    assert failed() == ["hongmi.E024"]


def test_it_refuses_a_superuser_until_a_role_ends_that(production: Settings, own_db: str) -> None:
    production.IS_PRODUCTION = False
    root = User.objects.create_superuser("root", "correct horse battery")
    production.IS_PRODUCTION = True
    assert failed() == ["hongmi.E034"]
    staff.assign_role(person=root, role=PlatformRole.OPERATOR)
    assert failed() == []


@pytest.mark.parametrize("origin", ["", "hongmi.example/points"])
def test_it_refuses_the_example_name_for_the_seal(production: Settings, committed_db: None, origin: str) -> None:
    production.SEAL_ORIGIN = origin
    assert failed() == ["hongmi.E027"]


def test_it_refuses_one_secret_for_two_purposes(production: Settings, committed_db: None) -> None:
    production.HONGMI_FIELD_KEYS = [SEAL_KEY]
    assert failed() == ["hongmi.E025"]


def test_every_personal_data_module_is_complete(settings: Settings) -> None:
    assert list(checks.personal_data_modules_are_complete(None)) == []
    settings.PERSONAL_DATA_MODULES = ["accounts.ages"]
    settings.MERGE_MODULES = ["accounts.ages"]
    broken = {error.id for error in checks.personal_data_modules_are_complete(None)}
    assert broken == {"hongmi.E022", "hongmi.E026"}


@pytest.mark.parametrize("setting", ["SMS_DRIVER", "PAYMENT_PROVIDERS", "ACTS_NOTIFIED_BY"])
def test_a_setting_names_what_can_be_imported(settings: Settings, setting: str) -> None:
    assert list(checks.drivers_and_registered_functions_exist(None)) == []
    path = "accounts.ages.nothing"
    setattr(
        settings, setting, {"SMS_DRIVER": path, "PAYMENT_PROVIDERS": {"x": path}, "ACTS_NOTIFIED_BY": [path]}[setting]
    )
    assert [error.id for error in checks.drivers_and_registered_functions_exist(None)] == ["hongmi.E028"]


def test_outside_production_it_checks_nothing(settings: Settings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    assert failed() == []


def test_it_refuses_a_pool_in_which_an_import_would_deadlock(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]
    monkeypatch.setitem(pool, "max_size", 1)
    assert [error.id for error in checks.an_import_has_two_connections(None)] == ["hongmi.E031"]
    monkeypatch.setitem(pool, "max_size", 2)
    assert list(checks.an_import_has_two_connections(None)) == []


def test_it_refuses_a_route_to_an_unknown_task_or_template(settings: Settings) -> None:
    settings.OUTBOX_ROUTES = {"points.lost": {"tasks": ["points.tasks.nowhere"], "template": "nowhere.txt"}}
    assert [error.id for error in checks.outbox_routes_exist(None)] == ["hongmi.E010", "hongmi.E011"]


def test_our_own_routes_exist() -> None:
    assert list(checks.outbox_routes_exist(None)) == []


ENTRY_POINTS = {
    "web": ["-c", "import hongmi.wsgi"],
    "worker": ["-m", "celery", "--app", "hongmi.celery", "worker", "--pool", "solo"],
    "beat": ["-m", "celery", "--app", "hongmi.celery", "beat", "--schedule", "beat-schedule", "--pidfile", ""],
    "runserver": [str(ROOT / "manage.py"), "runserver", "--noreload", "127.0.0.1:0"],
    "migrate": [str(ROOT / "manage.py"), "migrate"],
    "shell": [str(ROOT / "manage.py"), "shell", "--command", "print('served')"],
    "audit_ledger": [str(ROOT / "manage.py"), "audit_ledger"],
}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_every_entry_point_refuses_an_unsafe_production(
    environment: Environment, django_db_setup: None, tmp_path: Path, entry_point: str
) -> None:
    variables = os.environ | {
        "HONGMI_ENVIRONMENT": "production",
        "SECRET_KEY": "abc",
        "HONGMI_FIELD_KEYS": "",
        "HONGMI_SEAL_KEY": "",
        "ALLOWED_HOSTS": "*",
        "DEBUG": "on",
        "SMS_DRIVER": "",
        "DATABASE_URL": environment.addresses(environment.database)["DATABASE_OWNER_URL"],
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, *ENTRY_POINTS[entry_point]]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "served" not in done.stdout
    refused = re.findall(r"hongmi\.(E\d+):", done.stderr)
    assert sorted(refused) == ["E001", "E002", "E003", "E004", "E020", "E021", "E024", "E027"]


FOREIGN = {
    "a migration that is not here": (
        "INSERT INTO django_migrations (app, name, applied) VALUES ('points', '0002_old', now())"
    ),
    "a migration of another text": 'COMMENT ON TABLE django_migrations IS \'{"points.0001_initial": "0"}\'',
    "migrations without digests": "COMMENT ON TABLE django_migrations IS NULL",
}


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("entry_point", ["web", "migrate", "audit_ledger"])
def test_it_refuses_a_database_of_another_version(
    own_db: str, owner_cursor: psycopg.Cursor, foreign: str, entry_point: str
) -> None:
    owner_cursor.execute(FOREIGN[foreign])
    done = subprocess.run(
        [sys.executable, *ENTRY_POINTS[entry_point]], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == checks.OTHER_VERSION
    assert re.search(r"hongmi\.E032: Another version .*: give an empty database, or run the version", done.stderr)


def test_migrate_itself_refuses_a_database_of_another_version(own_db: str, owner_cursor: psycopg.Cursor) -> None:
    """For whoever calls it from code."""
    owner_cursor.execute(FOREIGN["a migration that is not here"])
    with pytest.raises(CommandError, match=r"points\.0002_old differs"):
        call_command("migrate", verbosity=0, skip_checks=True)


def test_it_serves_no_database_that_lacks_a_migration(own_db: str, owner_cursor: psycopg.Cursor) -> None:
    owner_cursor.execute("DELETE FROM django_migrations WHERE (app, name) = ('redemption', '0001_initial')")
    done = subprocess.run([sys.executable, *ENTRY_POINTS["web"]], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "hongmi.E033: The database lacks redemption.0001_initial: run `manage.py migrate` first." in done.stderr


@pytest.mark.parametrize("alias", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_it_refuses_a_superuser(server_directory: Path, tmp_path: Path, alias: str) -> None:
    with PostgreSQL(server_directory) as server:
        environment = os.environ | {
            "HONGMI_ENVIRONMENT": "production",
            "DATABASE_URL": server.url(roles.APP),
            "DATABASE_OWNER_URL": server.url(roles.OWNER),
            alias: server.url(),
        }
        command = [sys.executable, str(ROOT / "manage.py"), "migrate"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert re.findall(r"hongmi\.E004: (\w+)'s role acts as .*postgres", done.stderr) == [alias]


LATE = """
import hongmi.wsgi
from django.db import connection
print("started", flush=True)
input()
for _ in range(2):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'served'")
            print(*cursor.fetchone())
    except Exception as error:
        print(error)
    connection.close()
"""


def test_a_database_that_starts_later_serves_nobody_through_a_superuser(server_directory: Path) -> None:
    server = PostgreSQL(server_directory, port=children.free_port())
    with server:
        urls = {role: server.url(role) for role in (roles.APP, "postgres")}
    with ExitStack() as stack:
        started = {role: started_in_production(url) for role, url in urls.items()}
        for process in started.values():
            stack.callback(process.kill)
        assert [process.stdout.readline() for process in started.values()] == ["started\n"] * 2
        with server:
            answers = {role: process.communicate("\n", timeout=60) for role, process in started.items()}
    assert all("hongmi.W004" in errors for _, errors in answers.values())
    assert answers[roles.APP][0].split() == ["served", "served"]
    refused = "hongmi.E004: DATABASE_URL's role acts as .*postgres.*; use hongmi_app"
    assert re.fullmatch(rf"({refused}.*\n){{2}}", answers["postgres"][0])


def started_in_production(database_url: str) -> subprocess.Popen[str]:
    safe = {
        "HONGMI_ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": "",
        "SECRET_KEY": STRONG,
        "HONGMI_FIELD_KEYS": STRONG[::-1],
        "HONGMI_SEAL_KEY": SEAL_KEY,
        "HONGMI_SEAL_ORIGIN": "points.example/seal",
        "ALLOWED_HOSTS": "points.example",
        "SMS_DRIVER": "notifications.sms_tencent.Tencent",
    }
    command = [sys.executable, "-c", LATE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | safe, text=True, **pipes)
