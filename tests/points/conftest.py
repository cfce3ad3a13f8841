"""Fixtures of tests that read a whole ledger."""

from pathlib import Path
from typing import Any

import pytest

from tests import environment as environments
from tests.points.ledger import bookkeeping


@pytest.fixture
def book(own_db: str, settings: Any, tmp_path: Path) -> bookkeeping.Cast:
    """A cast in a ledger of its own, with its own seal: keys and published heads are in `tmp_path`."""
    settings.SEAL_KEYS_DIRECTORY, settings.HEADS_DIRECTORY = tmp_path / "seal", tmp_path / "heads"
    return bookkeeping.Cast()


@pytest.fixture
def owner_url(environment: environments.Environment, own_db: str) -> str:
    """The URL of hongmi_owner for the database of `own_db`."""
    return environment.addresses(own_db)["DATABASE_OWNER_URL"]
