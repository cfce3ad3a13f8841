"""The console's second factor: Bob in a powerful role sets up TOTP, and from then on signs in with it (RFC 6238)."""

import base64
import hashlib
import hmac
import struct
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import limits, second_factor
from accounts.models import User
from merchants.models import Staff
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "long enough to be one"
NEW_KEY = "n3w-kZ8-Qw3_rT6yUi9oPa2sDf5gHj8kLz1xCv4bNm7qWe0rTy3uI"
STEP_SECONDS = 30
CONSOLE = "/console/"


@pytest.fixture(autouse=True)
def strict(settings: LazySettings) -> Iterator[None]:
    settings.CONSOLE_SECOND_FACTOR = True
    limits.forget()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Does not tick, because a code is valid for half a minute and the test must not span two codes."""
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


def worker(role: str) -> User:
    person = User.objects.create_user(f"bob-{uuid.uuid4().hex[:8]}", PASSWORD, is_staff=True)
    factories.staff(factories.merchant(), person, role)
    return person


def after_password(person: User) -> tuple[Client, str]:
    """A browser after the password, and the URL of the redirect."""
    client = Client(headers={"accept-language": "en"})
    answer = client.post(f"/sign-in/password?next={CONSOLE}", {"login": person.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client, answer.headers["Location"]


def code_of(secret: str, *, steps_ago: int = 0) -> str:
    """RFC 6238 with SHA-1, six digits, thirty seconds; independent of the library."""
    moment = struct.pack(">Q", int(time.time()) // STEP_SECONDS - steps_ago)
    digest = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    number = struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def enrolled(person: User) -> str:
    """Set up an authenticator app as the console requires; returns the secret."""
    client, _ = after_password(person)
    redirect = client.get(CONSOLE)
    assert redirect.headers["Location"] == reverse("mfa_activate_totp")
    # The password is required again, because the device may be unlocked and unattended.
    assert client.get(redirect.headers["Location"]).headers["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get(redirect.headers["Location"]).status_code == 200
    secret = str(client.session["mfa.totp.secret"])
    assert client.post(redirect.headers["Location"], {"code": "000000"}).status_code == 200
    assert client.get(CONSOLE).status_code == 302
    assert client.post(redirect.headers["Location"], {"code": code_of(secret)}).status_code == 302
    assert client.get(CONSOLE).status_code == 200
    return secret


def confirm(client: Client, code: str) -> int:
    return client.post(reverse("mfa_authenticate"), {"code": code}).status_code


@pytest.mark.parametrize("role", ["owner", "manager", "finance"])
def test_a_powerful_role_must_set_it_up_before_the_console_opens(role: str, clock: object) -> None:
    bob = worker(role)
    enrolled(bob)
    assert Authenticator.objects.filter(user=bob, type=Authenticator.Type.TOTP).exists()


def test_its_secret_is_sealed_and_readable_after_a_key_rotation(
    settings: LazySettings, clock: time_machine.Traveller
) -> None:
    bob = worker("owner")
    secret = enrolled(bob)
    assert secret not in str(Authenticator.objects.filter(user=bob).values_list("data"))
    settings.HONGMI_FIELD_KEYS = [NEW_KEY, *settings.HONGMI_FIELD_KEYS]
    assert second_factor.reseal() > 0
    assert second_factor.reseal() == 0
    settings.HONGMI_FIELD_KEYS = [NEW_KEY]
    clock.shift(STEP_SECONDS)
    client, _ = after_password(bob)
    assert confirm(client, code_of(secret)) == 302
    assert client.get(CONSOLE).status_code == 200


@pytest.mark.parametrize("role", ["cashier", "read_only"])
def test_other_roles_need_no_second_factor(role: str) -> None:
    client, _ = after_password(worker(role))
    assert client.get(CONSOLE).status_code == 200


def test_the_password_alone_no_longer_signs_in(clock: time_machine.Traveller) -> None:
    bob = worker("owner")
    secret = enrolled(bob)
    clock.shift(STEP_SECONDS)
    client, sent_to = after_password(bob)
    assert sent_to.startswith(reverse("mfa_authenticate"))
    assert client.get(CONSOLE).status_code == 302
    assert confirm(client, code_of(secret)) == 302
    assert client.get(CONSOLE).status_code == 200


def test_a_wrong_and_an_old_code_are_refused(clock: time_machine.Traveller) -> None:
    bob = worker("owner")
    secret = enrolled(bob)
    clock.shift(10 * STEP_SECONDS)
    client, _ = after_password(bob)
    wrong = f"{(int(code_of(secret)) + 1) % 10**6:06}"
    for code in (wrong, code_of(secret, steps_ago=2), ""):
        assert confirm(client, code) == 200, code
        assert client.get(CONSOLE).status_code == 302


def test_a_code_is_not_taken_twice(clock: time_machine.Traveller) -> None:
    bob = worker("owner")
    secret = enrolled(bob)
    clock.shift(STEP_SECONDS)
    first, _ = after_password(bob)
    second, _ = after_password(bob)
    code = code_of(secret)
    assert confirm(first, code) == 302
    assert confirm(second, code) == 200
    assert second.get(CONSOLE).status_code == 302


def test_a_promoted_cashier_needs_it_at_the_next_request(clock: object) -> None:
    bob = worker("cashier")
    client, _ = after_password(bob)
    assert client.get(CONSOLE).status_code == 200
    Staff.objects.filter(user=bob).update(role="manager")
    assert client.get(CONSOLE).headers["Location"] == reverse("mfa_activate_totp")
