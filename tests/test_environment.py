"""The environment of the tests themselves."""

import os
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT

PURE = ["tests/points/transparency/test_merkle.py", "tests/redemption/test_pricing.py", "tests/accounts/test_phones.py"]


def pytest_in_a_child(*arguments: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of its own, with servers of its own under `state`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HONGMI_", "PYTEST_"))}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CACHE_URL"):
        inherited.pop(name)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT, env=inherited | {"HONGMI_STATE_DIR": str(state)} | environment, capture_output=True, text=True,
    )  # fmt: skip


def test_tests_of_pure_modules_start_no_server(server_directory: Path) -> None:
    done = pytest_in_a_child(*PURE, state=server_directory)
    assert done.returncode == 0, done.stdout
    assert list(server_directory.glob("tests/0/*/passwords.json")), "the servers would have been here"
    assert not list(server_directory.glob("tests/0/*/data"))
