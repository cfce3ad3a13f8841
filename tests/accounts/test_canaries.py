"""Numbers, codes, passwords, PINs, invitations, keys and tokens of a whole journey are nowhere in clear."""

import base64
import json
import logging
import re
import uuid
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from celery import signals
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from redis import Redis

from accounts.models import User
from accounts.operations import cards
from merchants import credentials
from merchants.models import StaffRole
from merchants.operations import staff
from notifications import outbox
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, some_address, some_number
from tests.conftest import ENVIRONMENT
from tests.merchants import counter

PASSWORD = "canary battery staple 7731"
NAME = "金丝雀"
PIN = "830562"


class LogRecorder(logging.Handler):
    """Records every log entry, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record) + repr(record.__dict__))


@pytest.fixture
def log_recorder() -> Iterator[LogRecorder]:
    recorder = LogRecorder()
    root = logging.getLogger()
    level = root.level
    root.addHandler(recorder)
    root.setLevel(logging.DEBUG)
    yield recorder
    root.setLevel(level)
    root.removeHandler(recorder)


@pytest.fixture
def task_arguments() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(body: Any = None, **_kwargs: Any) -> None:
        sent.append(repr(body))

    signals.before_task_publish.connect(note, weak=False)
    yield sent
    signals.before_task_publish.disconnect(note)


def journey(phone: str, new_phone: str) -> tuple[list[str], list[bytes], User]:
    """Alice joins, fills every form, makes errors, changes her number, and signs in each way. Returns her secrets, the
    error pages, and her account."""
    from accounts import limits

    alice, failed = browser(), []
    alice.raise_request_exception = False
    alice.post("/sign-in/", {"phone": phone, "has_agreed": "on"})
    first = code_sent_to(phone)
    alice.post("/sign-in/code", {"code": f"{(int(first) + 1) % 10**6:06d}"})
    alice.post("/sign-in/code", {"code": first})
    alice.post("/me/profile", {"name": NAME, "birthday": "1987-06-05", "language": "zh-hans"})
    alice.post("/me/password/set", {"password1": PASSWORD, "password2": PASSWORD})
    alice.post("/me/family/found", {"name": ""})
    alice.post("/me/family/invite", {"phone": "", "role": "adult"})
    invitation = re.search(r'class="code">([^<]+)<', alice.get("/me/family").content.decode())
    assert invitation
    limits.forget()
    alice.post("/me/phone", {"password": PASSWORD})
    alice.post("/me/phone", {"phone": new_phone, "send": "1"})
    second = code_sent_to(new_phone)
    alice.post("/me/phone", {"code": second})
    person = User.objects.with_phone(new_phone).get()
    cards.issue(member=person, moment=timezone.now(), pin=PIN)
    for path, body in [
        ("/sign-in/password", {"login": new_phone, "password": PASSWORD + "!"}),
        ("/sign-in/password", {"login": new_phone, "password": PASSWORD}),
        ("/sign-in/card", {"number": "6812345678901234", "pin": PIN}),
        (f"/nothing/{'x' * 10}", {"phone": phone, "password": PASSWORD}),
    ]:
        device = browser()
        device.raise_request_exception = False
        answer = device.post(path, body)
        if answer.status_code >= 400:
            failed.append(answer.content)
    failed.append(broken_page(phone))
    return [phone[3:], new_phone[3:], first, second, PASSWORD, PIN, invitation[1], NAME, "1987-06-05"], failed, person


def secrets_of_a_shop(member: User) -> list[str]:
    """The Stationer invites staff and gets a credential and a token; the member shows a code and confirms an SMS."""
    shop, alice = factories.merchant("stationer"), factories.person()
    factories.staff(shop, alice, StaffRole.OWNER)
    place = staff.invite(merchant_id=shop.pk, by=alice, role=StaffRole.CASHIER, moment=timezone.now())
    credential, secret = credentials.issue(merchant_id=shop.pk, name="partner")
    key = {"grant_type": "client_credentials", "client_id": credential.client_id, "client_secret": secret}
    partner = Client(REMOTE_ADDR=some_address(), raise_request_exception=False)
    token = partner.post("/oauth/token", urlencode(key), "application/x-www-form-urlencoded").json()["access_token"]

    def call(path: str, body: dict[str, Any], held: str = token) -> Any:
        headers = {"Authorization": f"Bearer {held}", "Idempotency-Key": uuid.uuid4().hex}
        return partner.post(f"/api/v1{path}", body, "application/json", headers=headers)

    shown = counter.shown(member)
    assert call("/member-codes/resolve", {"code": shown}).status_code == 200
    requested = call("/authorisations", {"member_id": str(member.public_id), "act": "hold", "max_points": 5}).json()
    code = code_sent_to(str(member.phone))
    assert call(f"/authorisations/{requested['id']}/confirm", {"code": code}).json()["is_confirmed"]
    # Refused requests, because they are logged too.
    assert call("/member-codes/resolve", {"code": shown}).status_code == 404
    assert call("/members", {"phone": member.phone}, held=f"{token}x").status_code == 401
    return [place, secret, token, shown, code]


def broken_page(phone: str) -> bytes:
    """An error page of 500: a database error while a number is processed."""
    from django.db import connection

    client = Client(REMOTE_ADDR=some_address(), raise_request_exception=False)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "accounts_challenge" in sql:
            return execute("SELECT 1 / 0", None, False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        answer = client.post("/sign-in/", {"phone": phone, "has_agreed": "on"})
    assert answer.status_code == 500
    return answer.content


def dump() -> str:
    """Every row of every table as text; session data is decoded, because anybody could decode it."""
    with psycopg.connect(
        ENVIRONMENT.addresses(ENVIRONMENT.database)["DATABASE_OWNER_URL"], autocommit=True
    ) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'points')"
        ).fetchall()
        rows = [row for (table,) in tables for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()]
        sessions = connection.execute("SELECT session_data FROM django_session").fetchall()
    return "\n".join(text for (text,) in [*rows, *((decoded(data),) for (data,) in sessions)])


def decoded(session_data: str) -> str:
    body = session_data.split(":")[0]
    is_packed = body.startswith(".")
    plain = base64.urlsafe_b64decode(body.lstrip(".") + "=" * (-len(body.lstrip(".")) % 4))
    return (zlib.decompress(plain) if is_packed else plain).decode()


def memory() -> str:
    """All contents of Redis: queues, limits, cache."""
    from django.conf import settings

    entries = []
    for url in (settings.REDIS_URL, settings.CACHE_URL):
        server = Redis.from_url(url)
        for key in server.scan_iter("*"):
            read = {b"string": server.get, b"list": lambda name, of=server: of.lrange(name, 0, -1)}.get(
                server.type(key)
            )
            entries.append(f"{key!r} {read(key) if read else ''!r}")
    return "\n".join(entries)


def test_secrets_are_nowhere_in_clear(committed_db: None, log_recorder: LogRecorder, task_arguments: list[str]) -> None:
    cache.clear()
    secrets, failed, person = journey(some_number(), some_number())
    secrets += secrets_of_a_shop(person)
    outbox.relay(moment=timezone.now())
    assert User.objects.get(pk=person.pk).birthday == date(1987, 6, 5)
    places = {
        "logs": "\n".join(log_recorder.lines),
        "task arguments": json.dumps(task_arguments),
        "error pages": b"".join(failed).decode(),
        "database": dump(),
        "redis": memory(),
    }
    assert places["logs"]
    assert places["task arguments"] != "[]"
    assert str(person.public_id) in places["database"]
    found = [(place, secret) for place, text in places.items() for secret in secrets if is_in(text, secret)]
    assert found == []


def is_in(text: str, secret: str) -> bool:
    """Six digits count only as a word of their own, because they may also be part of a time or an id."""
    if secret.isdigit() and len(secret) == 6:
        return re.search(rf"(?<![\w.]){secret}(?![\w.])", text) is not None
    return secret in text


def test_control_a_secret_in_clear_is_found(committed_db: None, log_recorder: LogRecorder) -> None:
    phone = some_number()
    logging.getLogger("hongmi").debug("who is %s", phone)
    cache.set("careless", {"phone": phone})
    factories.person(username=phone)
    assert all(is_in(place, phone[3:]) for place in ("\n".join(log_recorder.lines), memory(), dump()))
