"""What production refuses, and that every entry point asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from hongmi import checks
from tests.ground import ROOT, Ground

STRONG = "kZ8-Qw3_rT6yUi9oPa2sDf5gHj8kLz1xCv4bNm7qWe0rTy3uIo6p"


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.IS_PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["points.example"]
    settings.SMS_DRIVER = "notifications.sms_tencent.Tencent"
    settings.HONGMI_FIELD_KEYS = [STRONG]
    settings.PAYMENT_PROVIDERS = {"wechat": "redemption.payments.wechat.WeChatPay"}
    return settings


def found() -> list[str | None]:
    return [error.id for error in checks_of(checks.PRODUCTION)]


def checks_of(tag: str) -> list[CheckMessage]:
    return run_checks(tags=[tag], include_deployment_checks=True)


def test_it_finds_nothing_wrong_with_a_safe_production(production: Settings, db: None) -> None:
    assert found() == []


def test_it_refuses_debug_in_production(production: Settings, db: None) -> None:
    production.DEBUG = True
    assert found() == ["hongmi.E001"]


@pytest.mark.parametrize("weak", ["not given", "short", "a" * 60, "django-insecure-" + STRONG, "abcabcabc" * 8])
def test_it_refuses_a_weak_secret(production: Settings, db: None, weak: str) -> None:
    production.SECRET_KEY = weak
    assert found() == ["hongmi.E002"]


@pytest.mark.parametrize("hosts", [[], ["*"], ["points.example", "*.example"], [".example"]])
def test_it_refuses_wildcard_hosts(production: Settings, db: None, hosts: list[str]) -> None:
    production.ALLOWED_HOSTS = hosts
    assert found() == ["hongmi.E003"]


@pytest.mark.parametrize("driver", ["", "notifications.sms.Sandbox"])
def test_it_refuses_a_production_that_sends_no_sms(production: Settings, db: None, driver: str) -> None:
    production.SMS_DRIVER = driver
    assert found() == ["hongmi.E020"]


def test_it_refuses_a_production_whose_cash_is_play_money(production: Settings, db: None) -> None:
    production.PAYMENT_PROVIDERS = {"sandbox": "redemption.payments.sandbox.Sandbox"}
    assert found() == ["hongmi.E023"]


@pytest.mark.parametrize("keys", [[], ["short"], [STRONG, "a" * 64]])
def test_it_refuses_weak_keys_of_personal_data(production: Settings, db: None, keys: list[str]) -> None:
    production.HONGMI_FIELD_KEYS = keys
    assert found() == ["hongmi.E021"]


def test_every_room_of_personal_data_is_complete(settings: Settings) -> None:
    assert list(checks.personal_data_rooms_are_complete(None)) == []
    settings.PERSONAL_DATA_ROOMS = ["accounts.ages"]
    assert {error.id for error in checks.personal_data_rooms_are_complete(None)} == {"hongmi.E022"}


def test_outside_production_it_asks_nothing(settings: Settings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    assert found() == []


def test_it_refuses_a_route_to_a_task_or_a_template_that_is_not_there(settings: Settings) -> None:
    lost = {"topic": "points.lost", "tasks": ["points.tasks.nowhere"], "template": "nowhere.txt"}
    settings.OUTBOX_ROUTES = {"points.lost": {"tasks": lost["tasks"], "template": lost["template"]}}
    assert [error.id for error in checks.outbox_routes_lead_somewhere(None)] == ["hongmi.E010", "hongmi.E011"]


def test_the_routes_of_the_house_lead_somewhere() -> None:
    assert list(checks.outbox_routes_lead_somewhere(None)) == []


ENTRY_POINTS = {
    "web": ["-c", "import hongmi.wsgi"],
    "worker": ["-m", "celery", "--app", "hongmi.celery", "worker", "--pool", "solo"],
    "beat": ["-m", "celery", "--app", "hongmi.celery", "beat", "--schedule", "beat-schedule", "--pidfile", ""],
    "runserver": [str(ROOT / "manage.py"), "runserver", "--noreload", "127.0.0.1:0"],
}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_every_entry_point_refuses_the_owner_and_debug_in_production(
    ground: Ground, django_db_setup: None, tmp_path: Path, entry_point: str
) -> None:
    owner = ground.addresses(ground.database)["DATABASE_OWNER_URL"]
    environment = os.environ | {
        "HONGMI_ENVIRONMENT": "production",
        "SECRET_KEY": STRONG,
        "ALLOWED_HOSTS": "points.example",
        "DEBUG": "on",
        "DATABASE_URL": owner,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, *ENTRY_POINTS[entry_point]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "hongmi.E001" in done.stderr
    assert "hongmi.E004" in done.stderr
