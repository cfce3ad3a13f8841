"""Another day for a whole run of tests: libfaketime under pytest and every process that it starts.

As a plugin of that run (`-p tests.campaigns.clock`) it sets the clock back before each test where that was chosen.
"""

import os
import time
from datetime import datetime
from pathlib import Path

import pytest

FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
NO_FAKETIME = "libfaketime is not on this machine; on Debian: apt-get install libfaketime"
# A run is longer than the clock's stay on a day that is not set back, and starting takes a moment.
TOLERANCE_SECONDS = 600


def variables(directory: Path, *, starts_at: datetime, each_test: bool) -> dict[str, str]:
    """The environment of a run whose clock starts at `starts_at`, or does so in each test.

    `directory` must be readable by the account of the servers.
    """
    offset = directory / "clock"
    _write(offset, starts_at.timestamp() - time.time())
    return {
        "LD_PRELOAD": str(FOUND[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        # Patience and pauses go on as they are.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(Path(__file__).parent / "faked_clock"),
        "CLOCK_STARTS_AT": str(starts_at.timestamp()),
    } | ({"FAKETIME_NO_CACHE": "1", "CLOCK_SET_BACK": "1"} if each_test else {})


def _write(file: Path, offset_seconds: float) -> None:
    # Renamed, because every process reads it at any moment.
    new = file.with_suffix(".new")
    new.write_text(f"{offset_seconds:+.3f}s\n")
    new.chmod(0o644)
    new.replace(file)


def pytest_sessionstart() -> None:
    if abs(time.time() - float(os.environ["CLOCK_STARTS_AT"])) > TOLERANCE_SECONDS:
        raise pytest.UsageError("the clock of this run was not set")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    if "CLOCK_SET_BACK" in os.environ:
        file = Path(os.environ["FAKETIME_TIMESTAMP_FILE"])
        ahead = time.time() - float(os.environ["CLOCK_STARTS_AT"])
        _write(file, float(file.read_text().rstrip("s\n")) - ahead)
