"""Fixtures of tests that look at a book as a whole."""

from pathlib import Path
from typing import Any

import pytest

from tests import environment as environments
from tests.points.ledger import bookkeeping


@pytest.fixture
def book(own_db: str, settings: Any, tmp_path: Path) -> bookkeeping.Cast:
    """A cast in a book of its own, with its own seal: keys and published heads stand in `tmp_path`."""
    settings.SEAL_KEYS_DIRECTORY, settings.HEADS_DIRECTORY = tmp_path / "seal", tmp_path / "heads"
    return bookkeeping.Cast()


@pytest.fixture
def owner_url(environment: environments.Environment, own_db: str) -> str:
    """hongmi_owner in the book of `own_db`."""
    return environment.addresses(own_db)["DATABASE_OWNER_URL"]
