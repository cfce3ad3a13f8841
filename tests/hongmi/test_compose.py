"""What docs/compose/env.example asks to be filled in is what production needs, no more and no less."""

import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from tests.ground import ROOT, Ground

EXAMPLE = ROOT / "docs" / "compose" / "env.example"
COMPOSE = ROOT / "docker-compose.yml"


def filled_in() -> dict[str, str]:
    """The example with a random secret wherever it leaves a blank."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    told = dict(line.split("=", 1) for line in lines)
    return {name: "".join(shlex.split(value)) or secrets.token_hex(32) for name, value in told.items()}


def environment_of_the_web(values: dict[str, str]) -> dict[str, str]:
    """As compose hands it to the container."""
    wanted = yaml.safe_load(COMPOSE.read_text())["services"]["web"]["environment"]
    return {
        name: re.sub(r"\$\{(\w+):[?-]\w*\}", lambda found: values[found[1]], str(value))
        for name, value in wanted.items()
    }


def test_every_blank_of_compose_stands_in_the_example_and_the_other_way_round() -> None:
    assert set(re.findall(r"\$\{(\w+)", COMPOSE.read_text())) == set(filled_in())


def test_production_starts_with_the_example_filled_in(ground: Ground, django_db_setup: None, tmp_path: Path) -> None:
    here = {
        "DATABASE_URL": ground.addresses(ground.database)["DATABASE_URL"],
        "HONGMI_STATE_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    environment = environment_of_the_web(filled_in()) | here
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    # What the library would say if signing in did not fit signing up.
    assert "account.W001" not in done.stderr


def test_without_who_sends_sms_and_without_keys_it_does_not(
    ground: Ground, django_db_setup: None, tmp_path: Path
) -> None:
    """The control: the two that were forgotten once."""
    here = {
        "DATABASE_URL": ground.addresses(ground.database)["DATABASE_URL"],
        "HONGMI_STATE_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
        "SMS_DRIVER": "",
        "HONGMI_FIELD_KEYS": "",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy"]
    environment = environment_of_the_web(filled_in()) | here
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "hongmi.E020" in done.stderr
    assert "hongmi.E021" in done.stderr
