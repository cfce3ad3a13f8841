"""Every published topic has a route, and a template in both languages or a reason for none."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from redemption.models import OrderStatus

APPS: Final = ("accounts", "merchants", "points", "redemption", "green", "reports", "notifications")
WITHOUT_TEMPLATE: Final = {
    "accounts.erased": "nobody is left to read it",
    "accounts.joined": "the welcome bonus has a message of its own",
    "accounts.guardian_agreed": "the same",
    "merchants.joined": "the same",
}
LITERAL: Final = re.compile(r"""(?:publish\(\s*topic=|notifications\.publish\(\s*|_publish\()["']([a-z_.]+)["']""")
# `steps.publish` publishes the new status of an order, or the event named in the call.
OF_ORDERS: Final = re.compile(r"""steps\.publish\(\s*["']([a-z_]+)["']""")
ANY: Final = re.compile(r"""(?:\.publish\(\s*topic=|notifications\.publish\()""")
# Where the topic is no literal: `outbox.publish` itself, its function in the database, and the steps of an order.
KNOWN: Final = {"notifications/outbox.py", "redemption/operations/steps.py", "redemption/operations/vouchers.py"}


def sources() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*")):
            if path.suffix in (".py", ".sql") and "migrations" not in path.parts:
                name = str(path.relative_to(settings.BASE_DIR))
                if name != "notifications/sql/publish.sql":
                    yield name, path.read_text()


def published() -> set[str]:
    found = {f"orders.{status}" for status in OrderStatus.values if status != OrderStatus.PLACED}
    for _, text in sources():
        found |= {*LITERAL.findall(text)} | {f"orders.{what}" for what in OF_ORDERS.findall(text)}
    return found


def test_the_test_reads_every_topic_that_is_published() -> None:
    for name, text in sources():
        if name not in KNOWN:
            assert (name, len(ANY.findall(text))) == (name, len(LITERAL.findall(text)))
    assert {"points.accrued", "orders.confirmed", "orders.not_provided", "vouchers.accepted"} <= published()


def test_every_topic_has_a_route() -> None:
    assert published() - set(settings.OUTBOX_ROUTES) == set()


@pytest.mark.parametrize("topic", sorted(published() - set(WITHOUT_TEMPLATE)))
def test_a_published_topic_has_a_template_in_chinese_and_in_english(topic: str) -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "notifications"
    name = topic.replace(".", "/")
    for template in (f"{name}.txt", f"{name}.en.txt"):
        subject, _, body = (folder / template).read_text().strip().partition("\n")
        assert (template, bool(subject), bool(body)) == (template, True, True)
    assert settings.OUTBOX_ROUTES[topic]["template"] == f"notifications/{name}.txt"
    assert settings.OUTBOX_ROUTES[topic]["tasks"]
