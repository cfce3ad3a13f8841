"""Who watches over the books hears of a broken law, and nobody else."""

import pytest

from accounts.models import PlatformRole, User
from notifications import queries
from notifications.outbox import Message
from points import alerts
from tests.points.cast import NOON

pytestmark = pytest.mark.django_db

BROKEN = Message(41, "ledger.audit_failed", {"run": 7, "laws": ["the_whole_book_balances", "a_hold_ends_once"]})


def test_the_platforms_watchers_read_which_laws_are_broken() -> None:
    carol = User.objects.create(name="Carol", platform_role=PlatformRole.COMPLIANCE)
    alerts.post([BROKEN], moment=NOON)
    [letter] = queries.inbox(recipient=carol)
    assert letter.subject == "对账发现 2 项账簿规则不符"
    assert "the_whole_book_balances、a_hold_ends_once" in letter.body
    [in_english] = queries.inbox(recipient=carol, language="en")
    assert in_english.subject == "The audit found 2 laws of the ledger broken"


def test_a_member_hears_nothing_of_it() -> None:
    alice = User.objects.create(name="Alice")
    alerts.post([BROKEN], moment=NOON)
    assert queries.inbox(recipient=alice) == []
