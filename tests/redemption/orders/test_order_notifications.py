"""What Alice reads of her orders, vouchers and bills, in Chinese and in English."""

import pytest

from accounts.models import User
from merchants.models import Merchant, StaffRole
from notifications import queries
from notifications.models import InboxMessage, Outbox
from notifications.outbox import Message
from points.statement import notifications as books
from points.types import Purse
from redemption import order_notifications
from redemption.models import Reward
from redemption.operations import catalogue, fulfilment, offsets, orders, payments, refunds, returns, vouchers
from redemption.operations.vouchers import Counter
from tests import factories
from tests.points import cast
from tests.redemption import shopping
from tests.redemption.shopping import DAY, MINUTE, NOON

pytestmark = pytest.mark.django_db
HOME = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}


def shop(**fields: object) -> Merchant:
    return shopping.shop(name="晨光文具", name_en="Stationer", takes_cash=True, **fields)


def ballpoint(merchant: Merchant, **fields: object) -> Reward:
    named = {"title": "高级钢笔", "title_en": "fine ballpoint"}
    return shopping.reward(merchant, 300, cash_fen=990, face_value_fen=2490, **(named | fields))


def notebooks(merchant: Merchant, **fields: object) -> Reward:
    return shopping.reward(merchant, 500, **({"title": "笔记本套装", "title_en": "notebook set"} | fields))


def mail(reader: User, language: str = "zh-hans") -> list[tuple[str, str, str]]:
    """Topic, subject and body of what was published since, oldest first."""
    published = Outbox.objects.filter(payload__member=reader.pk).exclude(topic__startswith="points.").order_by("id")
    order_notifications.deliver([Message(one.pk, one.topic, one.payload) for one in published], moment=NOON)
    read = queries.inbox(recipient=reader, language=language, limit=100)
    published.delete()
    InboxMessage.objects.filter(recipient=reader).delete()
    return [(one.topic, one.subject, one.body) for one in reversed(read)]


def newest(reader: User, language: str = "zh-hans") -> tuple[str, str, str]:
    [notification] = mail(reader, language)
    return notification


def test_an_order_for_pick_up_announces_its_voucher() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    shopping.placed(notebooks(stationer), alice)
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.confirmed", "您已兑换“笔记本套装”")
    assert body.startswith("晨光文具，共 500 积分。1 张券已备好，到店出示即可使用。如果不是您本人操作")
    shopping.placed(notebooks(stationer), alice)
    _, subject, body = newest(alice, "en")
    assert subject == "You redeemed “notebook set”"
    assert body.startswith("At Stationer, for 500 points. Your voucher is ready to be shown at the shop. If this was")


def test_green_points_are_called_green() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer)
    cast.buy(stationer, alice, cast.green(500), at=NOON - DAY)
    shopping.placed(notebooks(stationer, purse=Purse.GREEN), alice)
    assert newest(alice)[2].startswith("晨光文具，共 500 绿色积分。")


def test_a_service_has_its_time_and_the_expiry_of_its_voucher() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    check = notebooks(stationer, kind="service", details={"valid_days": 30})
    slot = catalogue.add_slot(reward_id=check.pk, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY, places=3)
    shopping.placed(check, alice, slot_id=slot.pk)
    assert "预约时间：2026-11-23 12:00。1 张券已备好，到店出示即可使用，有效期至 2026-11-24。" in newest(alice)[2]


def test_a_shipped_order_has_carrier_and_number_and_a_notification_of_arrival() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    sent = shopping.placed(notebooks(stationer), alice, address=HOME)
    assert "商户正在准备" in newest(alice)[2]
    whose = {"order_id": sent.pk, "merchant_id": stationer.pk, "moment": NOON, "actor_id": None}
    fulfilment.ship(carrier="顺丰速运", tracking_number="SF1234567890", **whose)
    _, subject, body = newest(alice)
    assert subject == "“笔记本套装”已发货"
    assert body.startswith("晨光文具已交给顺丰速运，运单号 SF1234567890。")
    fulfilment.confirm_receipt(**whose)
    assert newest(alice, "en")[:2] == ("orders.accepted", "“notebook set” has arrived")


def test_a_return_has_its_worth_and_a_refusal_its_reason() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    sent = shopping.placed(notebooks(stationer), alice, address=HOME, quantity=2)
    whose = {"order_id": sent.pk, "merchant_id": stationer.pk, "moment": NOON}
    fulfilment.ship(carrier="顺丰速运", tracking_number="SF1", actor_id=None, **whose)
    mail(alice)
    returns.request(reference="a", reason_code="change_of_mind", **whose)
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.return_requested", "“笔记本套装”的退货申请已收到")
    assert body.startswith("晨光文具已收到您退回 1 件的申请。商品完好")
    assert "500 积分退回原批次。" in body
    back = sent.returns.get()
    returns.refuse(return_id=back.pk, merchant_id=stationer.pk, reason="worn", moment=NOON)
    _, subject, body = newest(alice, "en")
    assert subject == "Your return of “notebook set” was not accepted"
    assert "the 1 piece you wanted to return. Reason: worn." in body


def test_an_unpaid_order_has_its_amount_and_deadline_and_then_its_confirmation() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    waiting = shopping.placed(ballpoint(stationer), alice, quantity=2)
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.awaiting_cash", "“高级钢笔”已下单，请在 2026-11-22 12:30 前支付 19.80 元")
    assert body == "晨光文具为您留好了 2 份，600 积分已冻结。逾期未付，订单自动取消，积分全数退回。"
    shopping.pay(waiting)
    _, subject, body = newest(alice, "en")
    assert subject == "You redeemed “fine ballpoint” × 2"
    assert body.startswith("At Stationer, for 600 points + 19.80 yuan. 2 vouchers are ready")


def test_a_cancellation_has_its_reason_in_the_readers_language() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    shopping.placed(ballpoint(stationer), alice)
    mail(alice)
    orders.cancel_unpaid(moment=NOON + 31 * MINUTE)
    assert newest(alice) == (
        "orders.cancelled", "“高级钢笔”的订单已取消", "未在规定时间内支付。300 积分已全数解冻，可以继续使用。"
    )  # fmt: skip


def test_late_money_is_announced_as_refunded_and_then_as_arrived() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    late = shopping.placed(ballpoint(stationer), alice)
    orders.cancel_unpaid(moment=NOON + 31 * MINUTE)
    mail(alice)
    assert shopping.pay(late, at=NOON + 40 * MINUTE) == "late"
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.payment_refused", "“高级钢笔”的付款 9.90 元将原路退回")
    assert body.startswith("付款到账时订单已结束，")
    payments.send_refunds(moment=NOON + DAY)
    assert newest(alice)[:2] == ("orders.cash_refunded", "9.90 元已退回您的付款账户")


def test_a_wrong_amount_is_named() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    waiting = shopping.placed(ballpoint(stationer), alice)
    mail(alice)
    assert shopping.pay(waiting, amount_fen=980) == "wrong_amount"
    refused, cancelled = mail(alice, "en")
    assert refused[1] == "Your payment of 9.80 yuan for “fine ballpoint” is coming back"
    assert refused[2].startswith("It was not the amount due.")
    assert cancelled[2].startswith("The payment was not the amount due. All 300 points are yours")


def test_a_refund_lists_points_and_cash() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    paid = shopping.placed(ballpoint(stationer), alice)
    shopping.pay(paid)
    mail(alice)
    orders.cancel(order_id=paid.pk, reason="不要了", moment=NOON)
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.refunded", "“高级钢笔”已退款")
    assert "300 积分退回原批次" in body
    assert "9.90 元原路退回" in body
    assert body.endswith("原因：不要了。")


def test_R49_a_cancelled_flight_sends_one_notification_with_refund_and_compensation() -> None:
    airline = shopping.shop("airline", name="红米航空")
    alice = shopping.buyer("Alice", airline, points=12_000)
    flight = shopping.placed(shopping.reward(airline, 12_000, title="北京—上海机票"), alice)
    mail(alice)
    for _ in range(2):
        refunds.refund_not_provided(order_id=flight.pk, merchant_id=airline.pk, reason="航班取消", moment=NOON)
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("orders.not_provided", "很抱歉，“北京—上海机票”未能提供，补偿您 1200 积分")
    assert body.startswith("原因：航班取消。12000 积分已退回原批次")
    assert "红米航空另补偿 1200 积分" in body


def test_a_used_voucher_names_its_store_and_so_does_the_undoing() -> None:
    stationer = shop()
    alice, manager = shopping.buyer("Alice", stationer, points=1000), shopping.buyer("Bob")
    factories.staff(stationer, manager, StaffRole.MANAGER)
    voucher = shopping.placed(notebooks(stationer), alice).vouchers.get()
    mail(alice)
    vouchers.accept(
        counter=Counter(stationer.pk), code=vouchers.code_of(voucher),
        store_id=factories.store(stationer).pk, key=None, moment=NOON,
    )  # fmt: skip
    topic, subject, body = newest(alice)
    assert (topic, subject) == ("vouchers.accepted", "您的券已使用：笔记本套装")
    assert body.startswith("在晨光文具一号店核销。")
    vouchers.undo_acceptance(
        voucher_id=voucher.pk, merchant_id=stationer.pk, manager_id=manager.pk, reason="扫错了", moment=NOON
    )
    assert newest(alice)[:2] == ("vouchers.good_again", "您的券又可以使用了：笔记本套装")


def test_a_bill_has_the_part_paid_with_points_and_the_rest() -> None:
    garage = shopping.shop("garage", name="4S店")
    alice = shopping.buyer("Alice", garage, points=2000)
    offsets.accept(
        merchant_id=garage.pk, member=alice.public_id, bill_fen=80_000, points_spent=2000, reference="b",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip
    assert newest(alice) == (
        "offsets.accepted",
        "您用 2000 积分抵扣了 100 元",
        "4S店账单 800 元，还需支付 700 元。如果不是您本人操作，请尽快联系客服。",
    )


def test_payloads_of_orders_hold_no_personal_data() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    shopping.placed(notebooks(stationer), alice, address=HOME)
    payloads = [str(one.payload) for one in Outbox.objects.filter(payload__member=alice.pk)]
    assert payloads
    assert not any(word in payload for payload in payloads for word in ("爱丽丝", "Alice", "13800000000", "文具路"))


def test_nobody_is_written_to_twice_about_one_thing() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=2000)
    done = shopping.placed(notebooks(stationer), alice)
    shopping.placed(ballpoint(stationer), alice)
    orders.cancel_unpaid(moment=NOON + 31 * MINUTE)
    offsets.accept(
        merchant_id=stationer.pk, member=alice.public_id, bill_fen=1000, points_spent=100, reference="b",
        authorisation=None, key=None, moment=NOON,
    )  # fmt: skip
    whose = {"order_id": done.pk, "merchant_id": stationer.pk, "cash_fen": 0, "reason": "退", "moment": NOON}
    refunds.refund(points_back=100, reference="r1", **whose)
    published = Outbox.objects.filter(payload__member=alice.pk, topic__startswith="points.").order_by("id")
    books.deliver([Message(one.pk, one.topic, one.payload) for one in published], moment=NOON)
    read = InboxMessage.objects.filter(recipient=alice).order_by("id")
    # The purchase, and the part that came back: no order tells of these.
    assert [notification.topic for notification in read] == ["points.accrued", "points.refunded"]


def test_redemptions_without_an_order_are_notified_by_the_ledger() -> None:
    stationer = shop()
    alice = shopping.buyer("Alice", stationer, points=2000)
    cast.redeem(stationer, alice, 100, reference="hongmi-order-1")
    cast.release(stationer, cast.hold(stationer, alice, 50).act_id)
    published = Outbox.objects.filter(payload__member=alice.pk).order_by("id")
    books.deliver([Message(one.pk, one.topic, one.payload) for one in published], moment=NOON)
    read = InboxMessage.objects.filter(recipient=alice).order_by("id")
    assert [notification.topic for notification in read] == ["points.accrued", "points.redeemed", "points.released"]
