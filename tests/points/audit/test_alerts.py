"""Alerts of a broken law go to operators and compliance officers, and to nobody else."""

import pytest

from accounts.models import PlatformRole
from notifications import queries
from notifications.outbox import Message
from points import alerts
from tests import factories
from tests.points.cast import NOON

pytestmark = pytest.mark.django_db

BROKEN = Message(41, "ledger.audit_failed", {"run": 7, "laws": ["the_whole_book_balances", "a_hold_ends_once"]})


def test_operators_and_compliance_get_the_names_of_broken_laws() -> None:
    carol = factories.person(name="Carol", platform_role=PlatformRole.COMPLIANCE)
    alerts.post([BROKEN], moment=NOON)
    [notification] = queries.inbox(recipient=carol)
    assert notification.subject == "对账发现 2 项账簿规则不符"
    assert "the_whole_book_balances、a_hold_ends_once" in notification.body
    [in_english] = queries.inbox(recipient=carol, language="en")
    assert in_english.subject == "The audit found 2 laws of the ledger broken"


def test_a_member_gets_no_alert() -> None:
    alice = factories.person(name="Alice")
    alerts.post([BROKEN], moment=NOON)
    assert queries.inbox(recipient=alice) == []
