"""The house against its plan: contracts of pyproject.toml, rooms that must not be there, the clock, the migrations."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parent.parent
APPS = ("notifications", "accounts", "merchants", "points", "green", "redemption", "reports")
NO_ROOM = re.compile(r"(^|/)(utils|helpers|common|services|signals|misc)(\.py$|/)")
CLOCKS = {"now", "today", "utcnow", "localdate", "localtime", "time_ns"}
# A path of one machine, or a registry: neither means anything to whoever clones this.
PLACES = re.compile(r"(?<![\w.])/(work|farm|root|home)/")


def plan() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def tracked(*patterns: str) -> list[Path]:
    """What a clone contains, and what is about to be added to it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_imports_go_downstairs_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_app_stands_on_the_staircase() -> None:
    staircase = next(contract["layers"] for contract in plan()["contracts"] if contract["id"] == "staircase")
    steps = " ".join(staircase)
    assert all(re.search(rf"\b{app}\b", steps) for app in APPS)


def test_no_room_is_without_a_purpose_in_its_name() -> None:
    assert [str(path) for path in tracked("*.py") if NO_ROOM.search(str(path.relative_to(ROOT)))] == []


def pure_rooms() -> list[str]:
    return next(contract["source_modules"] for contract in plan()["contracts"] if contract["id"] == "pure-rooms")


@pytest.mark.parametrize("room", [*pure_rooms(), "points.ledger.functions", "points.operations"])
def test_time_is_handed_in(room: str) -> None:
    place = ROOT / room.replace(".", "/")
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    asked = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert asked == []


def test_no_file_names_a_place_of_one_machine() -> None:
    named = []
    for path in tracked():
        if path.suffix not in {".png", ".mo", ".woff2", ".otf", ".ttf"} and path != Path(__file__):
            found = PLACES.findall(path.read_text(errors="replace"))
            named += [f"{path.relative_to(ROOT)}: /{place}/" for place in found]
    assert named == []


def test_the_lock_names_no_place() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host", lock)


def test_the_migrations_say_all_that_the_models_say(committed_db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
