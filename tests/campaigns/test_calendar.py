"""The suite holds on every day: it runs under days on which software fails, PostgreSQL and all processes with it."""

import subprocess
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import environment
from tests.campaigns import clock

pytestmark = pytest.mark.skipif(not clock.FOUND, reason=clock.NO_FAKETIME)

# Moments in Shanghai. The first comes anew in each test, because its tests would otherwise run a second later.
DAYS = {
    "last_second_of_a_year": "2027-12-31T23:59:59+08:00",
    "28_february": "2028-02-28T15:00:00+08:00",
    "29_february": "2028-02-29T09:00:00+08:00",
    "first_of_a_month_while_utc_has_the_last": "2028-06-01T01:00:00+08:00",
    "two_years_ahead": "",
}
# Without the folders that read no clock, drive a browser or have servers and clocks of their own.
FOLDERS = ("access", "accounts", "concurrency", "journeys", "merchants", "notifications", "points", "redemption")
SHORT = (
    "tests/test_environment.py::test_all_processes_read_one_clock",
    "tests/points/console/test_row_level_security.py",
    "tests/points/console/test_roll_forward.py",
)


def run_on(day: str, *tests: str) -> subprocess.CompletedProcess[str]:
    starts_at = datetime.fromisoformat(DAYS[day]) if DAYS[day] else timezone.now() + timedelta(days=731)
    with environment.reachable_directory() as directory:
        variables = clock.variables(directory, starts_at=starts_at, each_test=day == "last_second_of_a_year")
        # Kept from run to run, because an empty server and its migrations take longer than the short version.
        state = environment.ROOT / ".state" / "calendar"
        return environment.run_pytest("-p", "tests.campaigns.clock", *tests, state=state, variables=variables)


def test_the_clock_matters_to_no_test_of_a_few_at_the_last_second_of_a_year() -> None:
    done = run_on("last_second_of_a_year", *SHORT)
    assert done.returncode == 0, done.stdout[-20_000:]


@pytest.mark.campaign
@pytest.mark.parametrize("day", DAYS)
def test_calendar(day: str) -> None:
    done = run_on(day, *(f"tests/{folder}" for folder in FOLDERS))
    print(f"\n{day}: {done.stdout.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout[-20_000:]
