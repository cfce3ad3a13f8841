"""The import contracts of pyproject.toml: the tree keeps them, and each refuses a wrong import planted in a copy."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hongmi", "reports", "redemption", "green", "points", "merchants", "accounts", "notifications")
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = [contract["id"] for contract in LINTER["contracts"]]

# Contract, module, and the statement planted in it. A module that does not exist yet is created.
PLANTS = [
    ("apps", "points.queries.wallets", "from redemption import models"),
    ("apps", "redemption.pricing", "import green"),
    ("apps", "green.apps", "import redemption.models"),
    ("apps", "notifications.outbox", "from accounts.models import User"),
    ("apps", "hongmi.lib.retry", "import notifications.outbox"),
    ("apps", "accounts.queries", "def f() -> None:\n    from merchants import queries"),
    ("composition", "points.console.pages", "from hongmi.console import menu"),
    ("composition", "merchants.views", "import hongmi.urls"),
    ("composition", "accounts.tasks", "from hongmi import celery"),
    ("composition", "notifications.sms", "from hongmi.settings import jobs"),
    ("composition", "points.new_module", "import hongmi.routers"),
    ("inside-hongmi", "hongmi.checks", "from hongmi import celery"),
    ("inside-hongmi", "hongmi.embedded.places", "import hongmi.seed"),
    ("inside-hongmi", "hongmi.new_module", ""),
    ("inside-notifications", "notifications.models", "from notifications import operations"),
    ("inside-notifications", "notifications.new_module", ""),
    ("inside-accounts", "accounts.operations.cards", "from accounts import forms"),
    ("inside-accounts", "accounts.queries", "from accounts.operations import cards"),
    ("inside-accounts", "accounts.models.people", "from accounts.operations import cards"),
    ("inside-accounts", "accounts.new_module", ""),
    ("inside-merchants", "merchants.admin.shops", "from merchants.api import serializers"),
    ("inside-merchants", "merchants.operations.staff", "from merchants import permissions"),
    ("inside-merchants", "merchants.new_module", ""),
    ("inside-points", "points.models.rules", "from points.operations import earning_rules"),
    ("inside-points", "points.admin.rules", "from points.api import problems"),
    ("inside-points", "points.queries.wallets", "from points.operations import expiry"),
    ("inside-points", "points.new_module", ""),
    ("inside-redemption", "redemption.operations.slots", "from redemption.forms import slots"),
    ("inside-redemption", "redemption.tasks", "from redemption.api import problems"),
    ("inside-redemption", "redemption.new_module", ""),
    ("inside-small-apps", "reports.new_module", ""),
    ("circles", "points.rules.types", "from points.rules import evaluation"),
    ("circles", "redemption.operations.keys", "def f() -> None:\n    from redemption.operations import orders"),
    ("http-framework", "merchants.operations.staff", "from rest_framework import exceptions"),
    ("http-framework", "points.queries.statement", "from hongmi.lib import problems"),
    ("http-framework", "accounts.models.people", "from hongmi.lib import fields"),
    ("http-requests", "redemption.operations.orders", "from django.http import HttpRequest"),
    ("http-requests", "points.queries.wallets", "from django import http"),
    ("http-requests", "accounts.models.people", "from django.http import Http404"),
    ("pure", "redemption.pricing", "from django.conf import settings"),
    ("pure", "points.rules.types", "from points import models"),
    ("ledger", "points.views", "from points.ledger import functions"),
    ("ledger", "redemption.operations.orders", "from points.ledger import functions"),
    ("ledger-call", "points.operations.expiry", "from points.ledger import call"),
    ("public-points", "redemption.operations.orders", "from points import models"),
    ("public-points", "redemption.views", "from points.rules import rulebook"),
    ("public-points", "reports.apps", "import points.transparency.log"),
]
# One interpreter for all plants, because starting one costs more than a check.
DRIVER = """
import contextlib, io, json, sys
from pathlib import Path
from importlinter.cli import lint_imports

answers = []
for contract, module, statement in json.load(sys.stdin):
    file = Path(module.replace(".", "/") + ".py")
    before = file.read_text() if file.exists() else None
    file.write_text((before or "") + "\\n" + statement + "\\n")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = lint_imports(limit_to_contracts=(contract,), cache_dir=".cache")
    answers.append((status, output.getvalue()))
    file.unlink() if before is None else file.write_text(before)
print(json.dumps(answers))
"""
# Modules that import what a setting names by its path, and the setting.
IMPORT_BY_SETTING = {
    "accounts/management/commands/reseal_identities.py": "RESEALED_BY",
    "accounts/data_subjects.py": "PERSONAL_DATA_MODULES",
    "accounts/operations/merges.py": "MERGE_MODULES",
    "hongmi/checks.py": "OUTBOX_ROUTES",
    "notifications/sms.py": "SMS_DRIVER",
    "points/statement/notifications.py": "ACTS_NOTIFIED_BY",
    "redemption/payments/__init__.py": "PAYMENT_PROVIDERS",
}
BY_NAME = {"import_module", "import_string", "__import__", "get_model", "exec", "eval", "run_module", "run_path"}


def sources() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [Path(name) for name in names if name.endswith(".py") and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for source in [*sources(), Path("pyproject.toml")]:
        target = folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / source).read_bytes())
    return folder


@pytest.fixture(scope="module")
def answers(copy: Path) -> list[tuple[int, str]]:
    command = [sys.executable, "-c", DRIVER]
    done = subprocess.run(command, cwd=copy, input=json.dumps(PLANTS), capture_output=True, text=True, check=True)
    return [(status, output) for status, output in json.loads(done.stdout)]


def test_the_tree_keeps_the_contracts(copy: Path) -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("number", range(len(PLANTS)), ids=[" ".join(plant[:2]) for plant in PLANTS])
def test_a_planted_import_is_refused(answers: list[tuple[int, str]], number: int) -> None:
    contract, module, _ = PLANTS[number]
    status, output = answers[number]
    assert (status, "1 broken" in output, module.split(".")[-1] in output) == (1, True, True), f"{contract}\n{output}"


def test_every_contract_has_a_plant() -> None:
    assert {contract for contract, _, _ in PLANTS} == set(CONTRACTS)


def test_every_package_stands_in_the_contracts() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(PACKAGES) == set(LINTER["root_packages"]) - {"django"}


def calls_by_name(source: Path) -> set[str]:
    """Functions called in this file that import by a string, which no contract sees."""
    calls = [node.func for node in ast.walk(ast.parse((ROOT / source).read_text())) if isinstance(node, ast.Call)]
    return {getattr(call, "attr", getattr(call, "id", "")) for call in calls} & BY_NAME


def test_only_one_module_imports_by_a_string() -> None:
    users = {str(source) for source in sources() if "migrations" not in source.parts and calls_by_name(source)}
    assert users == {"hongmi/lib/named_objects.py"}


def test_imports_by_a_string_follow_a_setting() -> None:
    users = {str(source) for source in sources() if "named_objects" in (ROOT / source).read_text()}
    assert users - {"hongmi/lib/named_objects.py"} == set(IMPORT_BY_SETTING)
    for source, setting in IMPORT_BY_SETTING.items():
        assert f"settings.{setting}" in (ROOT / source).read_text()
