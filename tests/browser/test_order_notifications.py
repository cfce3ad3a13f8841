"""Notifications about orders in a real browser, at either width, in Chinese and in English."""

from typing import Any

import pytest

from notifications.models import InboxMessage, Outbox
from notifications.outbox import Message
from points.statement import notifications
from redemption import order_notifications
from redemption.operations import fulfilment, orders, refunds
from tests import factories
from tests.browser.test_pages import faults, localised, person, screen, sign_in
from tests.points import cast
from tests.redemption import shopping
from tests.redemption.shopping import DAY, NOON

__all__ = ["screen"]
pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_member_reads_about_orders_and_before_closing_about_open_vouchers(screen: Any) -> None:
    alice = person()
    stationer = shopping.shop(name="晨光里文具", name_en="Morning Stationer", takes_cash=True)
    factories.join(stationer, alice)
    cast.buy(stationer, alice, cast.award(5000), at=NOON - DAY)
    notebooks = shopping.reward(stationer, 500, title="笔记本套装", title_en="notebook set")
    pen = shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490, title="高级钢笔", title_en="fine pen")
    shopping.placed(notebooks, alice, quantity=2)
    sent = shopping.placed(notebooks, alice, address={"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"})
    fulfilment.ship(
        order_id=sent.pk, merchant_id=stationer.pk, carrier="顺丰速运", tracking_number="SF1234567890123", moment=NOON,
        actor_id=None,
    )  # fmt: skip
    late = shopping.placed(pen, alice)
    orders.cancel_unpaid(moment=NOON + DAY)
    shopping.pay(late, at=NOON + DAY)
    refunds.refund_not_provided(order_id=sent.pk, merchant_id=stationer.pk, reason="缺货", moment=NOON + DAY)
    for one in Outbox.objects.filter(payload__member=alice.pk).order_by("id"):
        module = notifications if one.topic.startswith("points.") else order_notifications
        module.deliver([Message(one.pk, one.topic, one.payload)], moment=NOON)
    read = InboxMessage.objects.filter(recipient=alice).order_by("id").values_list("topic", flat=True)
    # One notification per event, and those of points for acts without an order.
    assert list(read) == [
        "points.accrued", "orders.confirmed", "orders.confirmed", "orders.fulfilled", "orders.awaiting_cash",
        "orders.cancelled", "orders.payment_refused", "points.accrued", "orders.not_provided",
    ]  # fmt: skip

    sign_in(screen, alice, "/me/notifications")
    assert faults(screen) == []
    assert (
        localised(screen, "“笔记本套装”已发货", "“notebook set” is on its way") in screen.locator("main").inner_text()
    )
    screen.goto("/me/close")
    assert faults(screen) == []
    vouchers = localised(screen, "2 张券：笔记本套装 · 晨光里文具", "2 vouchers: notebook set · Morning Stationer")
    assert vouchers in screen.locator("main").inner_text()
