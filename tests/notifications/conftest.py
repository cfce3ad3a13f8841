"""Published messages and recipients for the tests of notifications."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User


@pytest.fixture
def publish() -> Callable[..., int]:
    """Publish a message as the ledger functions do; returns its id."""

    def publish(topic: str, **payload: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT notifications.publish(%s, %s)", [topic, json.dumps(payload)])
            return cursor.fetchone()[0]

    return publish


@pytest.fixture
def alice() -> User:
    return User.objects.create_user(name="Alice")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user(name="Bob", language="en")
