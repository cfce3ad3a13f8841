"""Browsers that sign in through the real pages, and fresh limits for each test."""

import random
import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import limits
from notifications import sms


def some_number() -> str:
    """An unused mainland number, E.164."""
    return f"+86138{secrets.randbelow(10**8):08d}"


def some_address() -> str:
    return f"203.{random.randrange(1, 250)}.{random.randrange(250)}.{random.randrange(1, 250)}"


def code_sent_to(phone: str) -> str:
    text = sms.last_in_sandbox(phone)
    assert text is not None
    found = re.search(r"\d{6}", text)
    assert found
    return found[0]


def browser() -> Client:
    """An unknown device with an address of its own."""
    return Client(REMOTE_ADDR=some_address())


def signed_in(client: Client, phone: str) -> Client:
    """Sign in through the pages, as a person does."""
    client.post("/sign-in/", {"phone": phone, "has_agreed": "on"})
    client.post("/sign-in/code", {"code": code_sent_to(phone)})
    return client


@pytest.fixture(autouse=True)
def fresh_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Resets the limits for each test; a test of a pure module starts no server and has none."""
    if "servers" not in request.fixturenames:
        yield
        return
    limits.forget()
    cache.clear()
    yield
    limits.forget()


@pytest.fixture
def as_member() -> Callable[[str], Client]:
    return lambda phone: signed_in(browser(), phone)
