"""The inbox as its reader sees it."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from notifications import operations, queries
from notifications.channels import Notification
from notifications.models import InboxMessage

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACTS = {"points": 50, "green_points": 0, "reason": "purchase", "merchant": {"zh-hans": "文具", "en": "Stationer"}}


def write(recipient: User, *message_ids: int) -> None:
    notifications = [Notification(number, recipient.id, "points.accrued", FACTS) for number in message_ids]
    operations.deliver(notifications=notifications, moment=NOW)


def test_messages_come_newest_first_and_page_by_page(alice: User) -> None:
    write(alice, *range(1, 6))
    first = queries.inbox(recipient=alice, limit=3)
    second = queries.inbox(recipient=alice, limit=3, before_id=first[-1].id)
    numbers = [message.id for message in first + second]
    assert (len(first), len(second)) == (3, 2)
    assert numbers == sorted(numbers, reverse=True)


def test_each_message_is_in_the_language_of_its_recipient_or_of_the_page(alice: User, bob: User) -> None:
    write(alice, 1)
    write(bob, 1)
    assert queries.inbox(recipient=alice)[0].subject == "您在文具获得 50 积分"
    assert queries.inbox(recipient=bob)[0].subject == "You earned 50 points at Stationer"
    assert queries.inbox(recipient=bob, language="zh-hans")[0].subject == "您在文具获得 50 积分"


def test_a_message_in_an_unknown_language_is_in_chinese(alice: User) -> None:
    write(alice, 1)
    assert queries.inbox(recipient=alice, language="fr")[0].subject == "您在文具获得 50 积分"


def test_nobody_reads_the_messages_of_another(alice: User, bob: User) -> None:
    write(alice, 1)
    assert queries.inbox(recipient=bob) == []


def test_a_repeated_notification_is_delivered_once(alice: User) -> None:
    write(alice, 1, 1)
    write(alice, 1)
    assert len(queries.inbox(recipient=alice)) == 1


def test_reading_counts_down_and_keeps_the_first_moment(alice: User) -> None:
    write(alice, 1, 2)
    [_, older] = queries.inbox(recipient=alice)
    assert queries.unread_count(recipient_id=alice.id) == 2
    later = NOW + timedelta(hours=1)
    assert operations.mark_read(recipient_id=alice.id, message_ids=[older.id], moment=NOW) == 1
    assert operations.mark_read(recipient_id=alice.id, message_ids=[older.id], moment=later) == 0
    assert queries.unread_count(recipient_id=alice.id) == 1
    assert InboxMessage.objects.get(id=older.id).read_at == NOW


def test_nobody_marks_the_messages_of_another_as_read(alice: User, bob: User) -> None:
    write(alice, 1)
    [message] = queries.inbox(recipient=alice)
    assert operations.mark_read(recipient_id=bob.id, message_ids=[message.id], moment=NOW) == 0
    assert queries.unread_count(recipient_id=alice.id) == 1
