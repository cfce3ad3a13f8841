"""Every fact of the books that concerns a member becomes a letter, told in the reader's language."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.safestring import SafeData

from accounts.models import User
from notifications import queries
from notifications.models import InboxMessage, Outbox
from notifications.outbox import Message
from points import ledger, letters
from tests.points import cast
from tests.points.cast import NOON

pytestmark = pytest.mark.django_db

SHOP = {"name": "晨光文具", "name_en": "Stationer"}


def mail(reader: User, *, language: str | None = None) -> list[queries.Reading]:
    """All that was published in this test is delivered; what the reader finds."""
    mine = Outbox.objects.filter(payload__member=reader.id) | Outbox.objects.filter(payload__giver=reader.id)
    messages = [Message(each.pk, each.topic, each.payload) for each in mine.order_by("id")]
    letters.post(messages, moment=NOON)
    return queries.inbox(recipient=reader, language=language)


def test_a_purchase_tells_what_it_earned_and_where() -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1250), cast.green(70))
    [letter] = mail(alice)
    assert letter.subject == "您在晨光文具获得 1250 积分和 70 绿色积分"
    assert letter.body.startswith("感谢惠顾！")
    [in_english] = queries.inbox(recipient=alice, language="en")
    assert in_english.subject == "You earned 1,250 points and 70 green points at Stationer"


def test_a_purchase_that_earns_nothing_writes_no_letter() -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice)
    assert mail(alice) == []


@pytest.mark.parametrize(
    ("kind", "says"),
    [(2, "积分已记入您的账户，随时"), (12, "给您添麻烦了"), (14, "您原来的积分"), (13, "积分已记入您的账户，随时")],
)
def test_points_without_a_purchase_say_why_they_came(kind: int, says: str) -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(5), kind=kind, actor_id=1, approved_by_id=2)
    [letter] = mail(alice)
    assert letter.subject == "您在晨光文具获得 5 积分"
    assert letter.body.startswith(says)


def test_spending_refund_and_return_each_tell_their_part() -> None:
    shop, garage = cast.merchant(**SHOP), cast.merchant("garage", name="4S店", name_en="Garage")
    alice = cast.member("Alice", shop, garage, language="en")
    purchase = cast.buy(shop, alice, cast.award(500))
    spend = cast.redeem(garage, alice, 300)
    cast.refund(garage, spend.act_id, 100)
    cast.give_back_goods(shop, purchase.act_id, 1)
    assert [letter.subject for letter in mail(alice)] == [
        "Your return took back 1 point",
        "Garage gave back 100 points",
        "You spent 300 points at Garage",
        "You earned 500 points at Stationer",
    ]
    assert [letter.subject for letter in queries.inbox(recipient=alice, language="zh-hans")] == [
        "退货后收回了 1 积分",
        "4S店已退还您 100 积分",
        "您在4S店使用了 300 积分",
        "您在晨光文具获得 500 积分",
    ]


def test_an_expiry_says_that_points_earned_by_spending_stay() -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.bonus(40, expires_at=NOON + timedelta(days=3)))
    ledger.expire(member_ids=[alice.id], moment=NOON + timedelta(days=4))
    letter = mail(alice)[0]
    assert letter.subject == "您的 40 积分已到期"
    assert "消费所得的积分长期有效" in letter.body
    assert "Points earned by spending never expire" in queries.inbox(recipient=alice, language="en")[0].body


def test_a_correction_tells_the_difference_in_points() -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    purchase = cast.buy(shop, alice, cast.award(500))
    ledger.reverse(
        merchant_id=shop.pk, parent_id=purchase.act_id or 0, reference="wrong till", request_hash=cast.new_hash(),
        moment=NOON, policy="owe", actor_id=1, breakdown={},
    )  # fmt: skip
    letter = mail(alice)[0]
    assert letter.subject == "晨光文具更正了一笔积分记录"
    assert "积分 -500。" in letter.body
    assert "-500 points." in queries.inbox(recipient=alice, language="en")[0].body


def test_a_gift_writes_to_both_and_names_neither() -> None:
    shop = cast.merchant(**SHOP)
    alice, bob = cast.member("Alice", shop), cast.member("Bob", language="en")
    cast.family(alice, bob)
    cast.buy(shop, alice, cast.green(100))
    ledger.transfer(
        platform_id=cast.platform().pk, giver_id=alice.id, receiver_id=bob.id, points=60, reference="a gift",
        request_hash=cast.new_hash(), moment=NOON, caps=[],
    )  # fmt: skip
    assert mail(alice)[0].subject == "您送给家人 60 绿色积分"
    [received] = mail(bob)
    assert received.subject == "Your family gave you 60 green points"
    assert "Alice" not in received.subject + received.body


def test_posting_the_same_facts_again_writes_no_second_letter() -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(50))
    mail(alice)
    assert len(mail(alice)) == 1


def test_a_shop_with_a_dangerous_name_is_left_for_the_page_to_escape() -> None:
    shop = cast.merchant(name="<b>A&B</b>")
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(50))
    [letter] = mail(alice)
    assert letter.subject == "您在<b>A&B</b>获得 50 积分"
    assert not isinstance(letter.subject, SafeData)
    assert not isinstance(letter.body, SafeData)


def test_a_shop_without_an_english_name_keeps_its_own() -> None:
    shop = cast.merchant(name="晨光文具")
    alice = cast.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1))
    mail(alice)
    assert queries.inbox(recipient=alice, language="en")[0].subject == "You earned 1 point at 晨光文具"


def test_every_topic_of_the_books_has_a_letter_in_both_languages() -> None:
    published = {
        line.split("notifications.publish('")[1].split("'")[0]
        for file in Path(letters.__file__).parent.glob("sql/*.sql")
        for line in file.read_text().splitlines()
        if "notifications.publish('" in line
    }
    assert len(published) >= 7
    assert published <= set(settings.OUTBOX_ROUTES)
    folder = settings.BASE_DIR / "templates" / "notifications"
    assert {f"{topic}{language}.txt" for topic in published for language in ("", ".en")} <= {
        file.name for file in folder.iterdir()
    }


def test_a_payload_carries_numbers_and_nothing_personal(django_assert_num_queries: Callable[..., object]) -> None:
    shop = cast.merchant(**SHOP)
    alice = cast.member("Alice", shop)
    for _ in range(30):
        cast.buy(shop, alice, cast.award(1))
    messages = [Message(each.pk, each.topic, each.payload) for each in Outbox.objects.filter(payload__member=alice.id)]
    assert all(isinstance(value, int) for message in messages for value in message.payload.values())
    with django_assert_num_queries(2):  # the merchants' names, the letters
        letters.post(messages, moment=NOON)
    assert InboxMessage.objects.filter(recipient=alice).count() == 30
