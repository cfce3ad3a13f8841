"""What docs/compose/env.example asks to be filled in is what production needs, no more and no less."""

import itertools
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from hongmi.embedded.postgresql import PostgreSQL
from tests.ground import ROOT, Ground

EXAMPLE = ROOT / "docs" / "compose" / "env.example"
ROLES = ROOT / "hongmi" / "sql" / "roles.sql"
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


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_each_command_of_compose_is_there_with_its_options(service: str) -> None:
    program, *words = yaml.safe_load(COMPOSE.read_text())["services"][service]["command"]
    found = shutil.which(program, path=str(Path(sys.executable).parent))
    assert found
    options = {word for word in words if word.startswith("--")}
    command = [found, *itertools.takewhile(lambda word: word not in options - {"--app"}, words), "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert {option for option in options - {"--app"} if option not in told} == set()


def test_the_databases_script_makes_three_roles_of_which_none_is_a_superuser(
    server_directory: Path, tmp_path: Path
) -> None:
    script = tmp_path / "roles.sh"
    script.write_text((ROOT / "docs/compose/roles.sh").read_text().replace("/hongmi/roles.sql", str(ROLES)))
    with PostgreSQL(server_directory) as server:
        with server.connect() as connection:
            for role in ("hongmi_app", "hongmi_owner", "hongmi_pen"):
                connection.execute(f"DROP ROLE {role}")
        environment = {
            "PATH": f"{server.binary('psql').parent}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.passwords["postgres"],
            "POSTGRES_USER": "postgres",
            "OWNER_PASSWORD": "the owner's",
            "APP_PASSWORD": "the app's",
        }
        done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "the owner's" not in done.stdout + done.stderr
        with server.connect() as connection:
            powers = connection.execute(
                "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles"
                " WHERE rolname LIKE 'hongmi%' ORDER BY rolname"
            ).fetchall()
            owner = connection.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'hongmi'"
            ).fetchone()
        for role, password in (("hongmi_owner", "the owner's"), ("hongmi_app", "the app's")):
            address = {"host": "127.0.0.1", "port": server.port, "user": role, "password": password}
            psycopg.connect(**address, dbname="hongmi").close()
    assert powers == [("hongmi_app", True, False), ("hongmi_owner", True, False), ("hongmi_pen", False, False)]
    assert owner == ("hongmi_owner",)


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
