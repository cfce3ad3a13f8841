"""Every fact of the ledger that concerns a member becomes a notification in the reader's language."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils.safestring import SafeData

from accounts.models import User
from notifications import queries
from notifications.models import InboxMessage, Outbox
from notifications.outbox import Message
from points.ledger import functions
from points.models import Journal
from points.statement import notifications
from points.types import ActKind
from tests import factories
from tests.points import cast
from tests.points.cast import NOON

pytestmark = pytest.mark.django_db

SHOP = {"name": "晨光文具", "name_en": "Stationer"}


def inbox(reader: User, *, language: str | None = None) -> list[queries.RenderedMessage]:
    """Delivers all that this test published, and returns the inbox of the reader."""
    mine = Outbox.objects.filter(payload__member=reader.id) | Outbox.objects.filter(payload__giver=reader.id)
    messages = [Message(each.pk, each.topic, each.payload) for each in mine.order_by("id")]
    notifications.deliver(messages, moment=NOON)
    return queries.inbox(recipient=reader, language=language)


def test_a_purchase_states_its_points_and_shop() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1250), cast.green(70))
    [received] = inbox(alice)
    assert received.subject == "您在晨光文具获得 1250 积分和 70 绿色积分"
    assert received.body.startswith("感谢惠顾！")
    [in_english] = queries.inbox(recipient=alice, language="en")
    assert in_english.subject == "You earned 1,250 points and 70 green points at Stationer"


def test_a_purchase_that_earns_nothing_sends_no_notification() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice)
    assert inbox(alice) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("award", "积分已记入您的账户，随时"),
        ("compensation", "给您添麻烦了"),
        ("opening", "您原来的积分"),
        ("adjustment", "积分已记入您的账户，随时"),
    ],
)
def test_points_without_a_purchase_state_their_reason(kind: str, body: str) -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(5), kind=kind, actor_id=1, approved_by_id=2)
    [received] = inbox(alice)
    assert received.subject == "您在晨光文具获得 5 积分"
    assert received.body.startswith(body)


def test_spending_refund_and_return_each_send_a_notification() -> None:
    shop, garage = factories.merchant(**SHOP), factories.merchant("garage", name="4S店", name_en="Garage")
    alice = factories.member("Alice", shop, garage, language="en")
    purchase = cast.buy(shop, alice, cast.award(500))
    spend = cast.redeem(garage, alice, 300)
    cast.refund(garage, spend.act_id, 100)
    cast.give_back_goods(shop, purchase.act_id, 1)
    assert [received.subject for received in inbox(alice)] == [
        "Your return took back 1 point",
        "Garage gave back 100 points",
        "You spent 300 points at Garage",
        "You earned 500 points at Stationer",
    ]
    assert [received.subject for received in queries.inbox(recipient=alice, language="zh-hans")] == [
        "退货后收回了 1 积分",
        "4S店已退还您 100 积分",
        "您在4S店使用了 300 积分",
        "您在晨光文具获得 500 积分",
    ]


def test_points_held_are_notified_and_then_spent() -> None:
    shop, garage = factories.merchant(**SHOP), factories.merchant("garage", name="4S店", name_en="Garage")
    alice = factories.member("Alice", shop, garage)
    cast.buy(shop, alice, cast.award(500), cast.green(40))
    held, green = cast.hold(garage, alice, 300), cast.hold(garage, alice, 40, purse="green")
    assert [received.subject for received in inbox(alice)][:2] == [
        "4S店为您预留了 40 绿色积分",
        "4S店为您预留了 300 积分",
    ]
    cast.capture(garage, held.act_id, 250)
    cast.capture(garage, green.act_id, 30)
    spent_green, spent, *_ = inbox(alice)
    assert (spent.subject, spent_green.subject) == ("您在4S店使用了 250 积分", "您在4S店使用了 30 绿色积分")
    assert "预留的其余 50 积分已退回您的账户。" in spent.body
    assert "预留的其余 10 绿色积分已退回您的账户。" in spent_green.body
    in_english = queries.inbox(recipient=alice, language="en")[1]
    assert in_english.subject == "You spent 250 points at Garage"
    assert "The other 50 that had been set aside came back to you." in in_english.body


def test_points_held_and_spent_at_once_send_one_notification() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(500))
    cast.capture(shop, cast.hold(shop, alice, 300).act_id)
    spent, _earned = inbox(alice)
    assert spent.subject == "您在晨光文具使用了 300 积分"
    assert "退回" not in spent.body


@pytest.mark.parametrize(
    ("ending", "why", "why_in_english"),
    [
        ("release", "这些积分没有用到", "They were not needed"),
        ("lapse", "预留的时间已过", "They were not used in time"),
    ],
)
def test_released_points_are_notified_with_the_reason(ending: str, why: str, why_in_english: str) -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(500))
    held = cast.hold(shop, alice, 300)
    if ending == "release":
        cast.release(shop, held.act_id)
    else:
        functions.lapse(limit=1_000, moment=NOON + cast.DAY)
    received = inbox(alice)[0]
    assert received.subject == "晨光文具预留的 300 积分已退回"
    assert received.body.startswith(why)
    in_english = queries.inbox(recipient=alice, language="en")[0]
    assert in_english.subject == "300 points set aside at Stationer came back"
    assert in_english.body.startswith(why_in_english)


def test_an_adjustment_states_the_points_it_took() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(500))
    cast.take_away(shop, alice, 120)
    received = inbox(alice)[0]
    assert received.subject == "晨光文具更正扣除了 120 积分"
    assert "一人提出、另一人核准" in received.body
    assert queries.inbox(recipient=alice, language="en")[0].subject == "A correction at Stationer took 120 points"


@pytest.mark.parametrize(
    ("left", "subject", "in_english"),
    [
        (40, "退货后收回了 40 积分", "Your return took back 40 points"),
        (0, "退货后有 100 积分待抵扣", "Your return leaves 100 points to make up"),
    ],
)
def test_a_return_of_spent_points_states_the_points_owed(left: int, subject: str, in_english: str) -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    purchase = cast.buy(shop, alice, cast.award(100))
    cast.redeem(shop, alice, 100 - left)
    cast.give_back_goods(shop, purchase.act_id, 100, policy="owe")
    received = inbox(alice)[0]
    assert received.subject == subject
    assert f"无法收回的 {100 - left} 积分，将由您以后获得的积分抵扣。" in received.body
    assert queries.inbox(recipient=alice, language="en")[0].subject == in_english


def test_an_expiry_states_that_points_earned_by_spending_stay() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.bonus(40, expires_at=NOON + timedelta(days=3)))
    functions.expire(member_ids=[alice.id], moment=NOON + timedelta(days=4))
    received = inbox(alice)[0]
    assert received.subject == "您的 40 积分已到期"
    assert "消费所得的积分长期有效" in received.body
    assert "Points earned by spending never expire" in queries.inbox(recipient=alice, language="en")[0].body


def test_a_reversal_states_the_difference_in_points() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    purchase = cast.buy(shop, alice, cast.award(500))
    functions.reverse(
        merchant_id=shop.pk, parent_id=purchase.act_id or 0, reference="wrong till", request_hash=cast.new_hash(),
        moment=NOON, policy="owe", actor_id=1, breakdown={},
    )  # fmt: skip
    received = inbox(alice)[0]
    assert received.subject == "晨光文具更正了一笔积分记录"
    assert "积分 -500。" in received.body
    assert "-500 points." in queries.inbox(recipient=alice, language="en")[0].body


def test_a_gift_notifies_both_and_names_neither() -> None:
    shop = factories.merchant(**SHOP)
    alice, bob = factories.member("Alice", shop), factories.member("Bob", language="en")
    factories.family(alice, bob)
    cast.buy(shop, alice, cast.green(100))
    functions.transfer(
        platform_id=factories.platform().pk, giver_id=alice.id, receiver_id=bob.id, points=60, reference="a gift",
        request_hash=cast.new_hash(), moment=NOON, caps=[],
    )  # fmt: skip
    assert inbox(alice)[0].subject == "您送给家人 60 绿色积分"
    [received] = inbox(bob)
    assert received.subject == "Your family gave you 60 green points"
    assert "Alice" not in received.subject + received.body


def test_posting_the_same_facts_again_sends_no_second_notification() -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(50))
    inbox(alice)
    assert len(inbox(alice)) == 1


def test_a_shop_with_a_dangerous_name_is_left_for_the_page_to_escape() -> None:
    shop = factories.merchant(name="<b>A&B</b>")
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(50))
    [received] = inbox(alice)
    assert received.subject == "您在<b>A&B</b>获得 50 积分"
    assert not isinstance(received.subject, SafeData)
    assert not isinstance(received.body, SafeData)


def test_a_shop_without_an_english_name_keeps_its_own() -> None:
    shop = factories.merchant(name="晨光文具")
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(1))
    inbox(alice)
    assert queries.inbox(recipient=alice, language="en")[0].subject == "You earned 1 point at 晨光文具"


def test_every_topic_of_the_ledger_has_a_template_in_both_languages() -> None:
    published = {
        line.split("notifications.publish('")[1].split("'")[0]
        for file in (settings.BASE_DIR / "points" / "ledger" / "sql").rglob("*.sql")
        for line in file.read_text().splitlines()
        if "notifications.publish('" in line
    }
    assert len(published) >= 10
    assert published <= set(settings.OUTBOX_ROUTES)
    folder = settings.BASE_DIR / "templates" / "notifications"
    templates = {f"{topic.replace('.', '/')}{language}.txt" for topic in published for language in ("", ".en")}
    assert {name for name in templates if not (folder / name).exists()} == set()


def test_every_act_that_changes_a_wallet_is_published_with_it() -> None:
    shop = factories.merchant(**SHOP)
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    purchase = cast.buy(shop, alice, cast.award(500), cast.green(50))
    for kind in (ActKind.AWARD, ActKind.COMPENSATION, ActKind.ADJUSTMENT, ActKind.OPENING):
        cast.buy(shop, alice, cast.award(10), kind=kind, actor_id=1, approved_by_id=2)
    spend = cast.redeem(shop, alice, 20)
    cast.refund(shop, spend.act_id, 5)
    cast.capture(shop, cast.hold(shop, alice, 10).act_id, 6)
    cast.release(shop, cast.hold(shop, alice, 10).act_id)
    cast.hold(shop, alice, 10, lasts=timedelta(minutes=5))
    functions.lapse(limit=1_000, moment=NOON + timedelta(minutes=6))
    cast.give_back_goods(shop, purchase.act_id, 100)
    cast.take_away(shop, alice, 7)
    cast.reverse(shop, cast.redeem(shop, alice, 30).act_id)
    cast.give(alice, bob, 5)
    cast.buy(shop, alice, cast.bonus(9, expires_at=NOON + cast.DAY))
    functions.expire(member_ids=[alice.id], moment=NOON + 2 * cast.DAY)

    acts = {entry.act_id: entry.act.kind for entry in Journal.objects.filter(member=alice).select_related("act")}
    assert set(acts.values()) >= set(ActKind.values) - {ActKind.MERGE}
    silent = set(acts) - set(Outbox.objects.filter(payload__act__in=list(acts)).values_list("payload__act", flat=True))
    assert {ActKind(acts[act]).name for act in silent} == set()


def test_a_payload_carries_numbers_and_nothing_personal(django_assert_num_queries: Callable[..., object]) -> None:
    shop = factories.merchant(**SHOP)
    alice = factories.member("Alice", shop)
    for _ in range(30):
        cast.buy(shop, alice, cast.award(1))
    messages = [Message(each.pk, each.topic, each.payload) for each in Outbox.objects.filter(payload__member=alice.id)]
    figures = {name for message in messages for name, value in message.payload.items() if isinstance(value, int)}
    assert {name for message in messages for name in message.payload} - figures == {"kind"}
    assert {message.payload["kind"] for message in messages} == {"purchase"}
    with django_assert_num_queries(2):  # the names of the merchants, the notifications
        notifications.deliver(messages, moment=NOON)
    assert InboxMessage.objects.filter(recipient=alice).count() == 30
