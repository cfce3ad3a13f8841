"""Ordering: what SPEC says of redemption, by number and with the seeds' figures; all of it or nothing.

Alice and Bob have points at the Stationer, Charlie has not joined it.
"""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from hongmi.lib import field_crypto
from hongmi.lib.errors import KeyReused, ReferenceConflict
from hongmi.lib.errors import KeyReused as PointsKeyReused
from merchants.errors import MemberNotFound
from merchants.models import SpendingAct
from points.errors import InsufficientPoints
from points.models import Lot, Posting
from redemption.errors import (
    LimitReached,
    NotOnSale,
    NotRedeemableNow,
    OptionNeeded,
    OrderStepRefused,
    PickedUp,
    SoldOut,
)
from redemption.models import LimitUsage, Order, OrderStatus, RewardKind, Slot
from redemption.operations import addresses, catalogue, fulfilment, logos, offers, orders, prices, refunds
from redemption.operations.orders import OrderRequest
from redemption.operations.prices import PriceTerms
from tests import factories
from tests.points import cast
from tests.redemption import files, sample_rewards, shopping
from tests.redemption.shopping import DAY, MINUTE, NOON, SECOND

pytestmark = pytest.mark.usefixtures("committed_db")
HOME = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}


def test_R21_500_points_buy_the_notebooks_and_499_change_nothing() -> None:
    stationer = shopping.shop()
    notebooks = shopping.reward(stationer, 500, stock=10)
    alice, bob = shopping.buyer("Alice", stationer, points=500), shopping.buyer("Bob", stationer, points=499)
    done = shopping.placed(notebooks, alice)
    assert (shopping.now(done).status, shopping.balance(alice)) == ("confirmed", (0, 0))
    with pytest.raises(InsufficientPoints) as refusal:
        shopping.order(notebooks, bob, key="bob")
    assert refusal.value.facts["missing"] == 1
    notebooks.refresh_from_db()
    assert (notebooks.stock, shopping.balance(bob), Order.objects.filter(member=bob).count()) == (9, (499, 0), 0)
    # The refused key is free again.
    cast.buy(stationer, bob, cast.award(1))
    assert not shopping.order(notebooks, bob, key="bob").is_replay


def test_R21_1000_points_buy_the_ballpoint() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=1000)
    shopping.order(shopping.reward(stationer, 1000, title="签字笔"), alice)
    assert shopping.balance(alice) == (0, 0)


def test_r07_a_newcomers_bonus_buys_a_sample_in_the_same_minute() -> None:
    beauty = shopping.shop("beauty", category="cosmetics")
    sample = shopping.reward(beauty, 200, kind=RewardKind.SAMPLE, title="精华小样", goods_category="cosmetics/serum")
    alice = factories.member("Alice", beauty)
    cast.buy(beauty, alice, cast.bonus(200), at=NOON)
    done = shopping.placed(sample, alice, at=NOON + 30 * SECOND)
    assert (done.status, done.vouchers.count()) == ("confirmed", 1)


@pytest.mark.parametrize(("before", "now", "code"), [(500, 400, "stationer"), (6000, 5000, "garage")])
def test_R22_a_promotion_is_paid_in_its_window_and_the_old_price_one_second_later(
    before: int, now: int, code: str
) -> None:
    merchant = shopping.shop(code)
    reward = shopping.reward(merchant, before)
    shopping.promotion(reward, now, starts_at=NOON, ends_at=NOON + DAY)
    alice = shopping.buyer("Alice", merchant, points=4 * before)
    moments = (NOON - SECOND, NOON, NOON + DAY - SECOND, NOON + DAY)
    assert [shopping.placed(reward, alice, at=at).points for at in moments] == [before, now, now, before]


def test_R23_a_hundred_printed_pieces_need_a_logo_and_go_through_fulfilment() -> None:
    stationer = shopping.shop()
    printed = shopping.reward(
        stationer,
        2000,
        kind=RewardKind.CUSTOMISED,
        title="定制笔记本",
        face_value_fen=30_000,
        details={"pieces": 100, "needs_logo": True},
    )
    alice = shopping.buyer("Alice", stationer, points=2000)
    with pytest.raises(OptionNeeded) as refusal:
        shopping.order(printed, alice)
    assert refusal.value.facts == {"option": "logo"}
    logo = logos.store(
        merchant_id=stationer.pk, member=alice.public_id, upload=files.encoded(), key=None, moment=NOON
    ).logo
    done = shopping.placed(printed, alice, logo=logo.public_id, address=HOME)
    assert (done.face_value_fen, done.vouchers.count(), done.logo_id) == (30_000, 0, logo.pk)
    sent = {"carrier": "顺丰", "tracking_number": "SF1", "actor_id": None, "merchant_id": stationer.pk}
    fulfilment.ship(order_id=done.pk, moment=NOON + DAY, **sent)
    fulfilment.confirm_receipt(order_id=done.pk, moment=NOON + 2 * DAY, actor_id=alice.pk)
    assert shopping.taken(done) == ["placed", "confirmed", "fulfilled", "accepted"]
    assert done.steps.get(to_status="accepted").actor_id == alice.pk


def test_R24_5000_points_buy_maintenance_10000_a_tyre_and_9999_do_not() -> None:
    garage = shopping.shop("garage")
    details = {"valid_days": 180}
    maintenance = shopping.reward(
        garage, 5000, kind=RewardKind.SERVICE, title="基础保养", face_value_fen=50_000, details=details
    )
    tyre = shopping.reward(garage, 10_000, title="轮胎", face_value_fen=100_000)
    alice, bob = shopping.buyer("Alice", garage, points=15_000), shopping.buyer("Bob", garage, points=9_999)
    worth = [shopping.placed(each, alice).face_value_fen for each in (maintenance, tyre)]
    assert (worth, shopping.balance(alice)) == ([50_000, 100_000], (0, 0))
    with pytest.raises(InsufficientPoints):
        shopping.order(tyre, bob)


def test_R28_only_on_the_redemption_day_of_shanghai() -> None:
    stationer = shopping.shop()
    monthly = shopping.reward(stationer, 10, redemption_day=28)
    alice = shopping.buyer("Alice", stationer, points=100)
    day = datetime.fromisoformat("2026-11-28T00:00:00+08:00")
    for at in (day - SECOND, day + DAY):
        with pytest.raises(NotRedeemableNow) as refusal:
            shopping.order(monthly, alice, at=at)
        assert refusal.value.facts == {"why": "not_redemption_day"}
    assert [shopping.placed(monthly, alice, at=at).points for at in (day, day + DAY - SECOND)] == [10, 10]


def test_R29_points_of_the_stationer_are_spent_at_the_garage_and_the_books_name_both() -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    alice = shopping.buyer("Alice", stationer, garage, points=5000)
    done = shopping.placed(shopping.reward(garage, 5000), alice)
    spent = Posting.objects.get(act_id=done.capture_id)
    assert (spent.credit_kind, spent.credit_holder) == ("redeemed", garage.pk)
    assert Lot.objects.get(draws__act_id=done.capture_id).issuer_id == stationer.pk


@pytest.mark.parametrize(
    ("code", "title", "category"),
    [
        ("hotel", "升级房型", "travel/hotel"),
        ("scenic", "景区导览", "travel/guide"),
        ("pet", "宠物无偿体检", "pets/care"),
    ],
)
def test_R31_a_service_has_a_date_with_so_many_places(code: str, title: str, category: str) -> None:
    hotel = shopping.shop(code, category=code)
    guide = sample_rewards.draft(hotel, kind=RewardKind.SERVICE, title=title, goods_category=category)
    sample_rewards.row(guide, 300)
    slot = catalogue.add_slot(reward_id=guide.pk, starts_at=NOON + DAY, ends_at=NOON + DAY + 60 * MINUTE, places=1)
    catalogue.publish(reward_id=guide.pk, moment=shopping.OPENING)
    alice, bob = (shopping.buyer(name, hotel, points=300) for name in ("Alice", "Bob"))
    with pytest.raises(OptionNeeded):
        shopping.order(guide, alice)
    done = shopping.placed(guide, alice, slot_id=slot.pk)
    assert done.vouchers.get().expires_at == slot.ends_at
    with pytest.raises(SoldOut):
        shopping.order(guide, bob, slot_id=slot.pk)
    assert shopping.balance(bob) == (300, 0)
    orders.cancel(order_id=done.pk, reason="改期", moment=NOON)
    assert Slot.objects.get(pk=slot.pk).places_left == 1


def test_a_slot_of_another_reward_is_no_slot() -> None:
    hotel = shopping.shop("hotel", category="hotel")
    rewards = [sample_rewards.draft(hotel, kind=RewardKind.SERVICE, goods_category="travel/guide") for _ in range(2)]
    slots = [
        catalogue.add_slot(reward_id=each.pk, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY, places=1)
        for each in rewards
    ]
    for each in rewards:
        sample_rewards.row(each, 300)
        catalogue.publish(reward_id=each.pk, moment=shopping.OPENING)
    alice = shopping.buyer("Alice", hotel, points=300)
    with pytest.raises(OptionNeeded):
        shopping.order(rewards[0], alice, slot_id=slots[1].pk)


def test_R35_old_points_pay_the_old_price_and_later_ones_the_new() -> None:
    stationer = shopping.shop()
    ballpoint = shopping.reward(stationer, 400)
    alice, bob = shopping.buyer("Alice", stationer, points=400), shopping.buyer("Bob", stationer)
    announced_at = timezone.now()
    terms = PriceTerms(500, 2500, announced_at.date(), "小票 1")
    rise = prices.announce(reward_id=ballpoint.pk, terms=terms, moment=announced_at, notice_days=30)
    prices.enforce_rise(rise_id=rise.pk, moment=announced_at)
    later = announced_at + 31 * DAY
    for who in (alice, bob):
        cast.buy(stationer, who, cast.award(500), at=later)
    assert [shopping.placed(ballpoint, who, at=later).points for who in (alice, bob)] == [400, 500]
    # The old price was paid with the old points, and with no others.
    assert (cast.lots(alice), cast.lots(bob)) == ([0, 500], [0])


def test_an_offer_is_used_once_and_comes_back_with_a_cancellation() -> None:
    stationer = shopping.shop()
    ballpoint = shopping.reward(stationer, 500)
    alice = shopping.buyer("Alice", stationer, points=2000)
    offer = offers.make(
        member_id=alice.pk,
        reward_id=ballpoint.pk,
        points=300,
        cash_fen=0,
        face_value_fen=2500,
        opens_at=NOON - DAY,
        closes_at=NOON + DAY,
        criterion="老会员回馈",
    )
    first = shopping.placed(ballpoint, alice)
    assert (first.points, shopping.placed(ballpoint, alice).points) == (300, 500)
    orders.cancel(order_id=first.pk, reason="不要了", moment=NOON)
    offer.refresh_from_db()
    assert offer.used_by_order_id is None
    assert shopping.placed(ballpoint, alice).points == 300


@pytest.mark.parametrize(
    ("window", "later"),
    [
        ("day", "2026-11-23T00:00:00+08:00"),
        ("month", "2026-12-01T00:00:00+08:00"),
        ("year", "2027-01-01T00:00:00+08:00"),
    ],
)
def test_a_limit_per_person_counts_in_shanghais_calendar(window: str, later: str) -> None:
    stationer = shopping.shop()
    ballpoint = shopping.reward(stationer, 10, per_person_limit=2, limit_window=window)
    alice = shopping.buyer("Alice", stationer, points=100)
    end = datetime.fromisoformat(later)
    last = end - SECOND
    shopping.order(ballpoint, alice, at=last, quantity=2)
    with pytest.raises(LimitReached) as refusal:
        shopping.order(ballpoint, alice, at=last)
    assert (refusal.value.facts["limit"], shopping.balance(alice)) == (2, (80, 0))
    assert shopping.placed(ballpoint, alice, at=end).status == "confirmed"


def test_more_than_the_limit_at_once_is_refused_and_a_cancelled_piece_no_longer_counts() -> None:
    stationer = shopping.shop()
    ballpoint = shopping.reward(stationer, 10, per_person_limit=1, stock=5)
    alice = shopping.buyer("Alice", stationer, points=100)
    with pytest.raises(LimitReached):
        shopping.order(ballpoint, alice, quantity=2)
    assert not LimitUsage.objects.filter(member_id=alice.pk).exists()
    done = shopping.placed(ballpoint, alice)
    orders.cancel(order_id=done.pk, reason="拍错", moment=NOON + MINUTE)
    assert (shopping.now(done).status, shopping.balance(alice)) == ("refunded", (100, 0))
    shopping.order(ballpoint, alice)
    ballpoint.refresh_from_db()
    assert ballpoint.stock == 4


def test_a_reward_sold_out_closed_or_of_another_merchant_is_not_sold() -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    alice = shopping.buyer("Alice", stationer, points=1000)
    with pytest.raises(SoldOut):
        shopping.order(shopping.reward(stationer, 10, stock=1), alice, quantity=2)
    ahead = shopping.reward(stationer, 10, opens_at=NOON + SECOND, closes_at=NOON + DAY)
    for at, why in ((NOON, "not_yet_open"), (NOON + DAY, "closed")):
        with pytest.raises(NotRedeemableNow) as refusal:
            shopping.order(ahead, alice, at=at)
        assert refusal.value.facts == {"why": why}
    with pytest.raises(NotOnSale):
        shopping.order(sample_rewards.draft(stationer), alice)
    with pytest.raises(NotOnSale):
        orders.place(
            merchant_id=stationer.pk,
            member=alice.public_id,
            request=OrderRequest(shopping.reward(garage, 10).pk),
            reference="elsewhere",
            key=None,
            moment=NOON,
        )
    with pytest.raises(NotOnSale):
        shopping.order(shopping.reward(stationer, 10), alice, with_cash=True)
    assert shopping.balance(alice) == (1000, 0)


def test_a_person_who_has_not_joined_cannot_order() -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    charlie = shopping.buyer("Charlie", garage, points=100)
    with pytest.raises(MemberNotFound):
        shopping.order(shopping.reward(stationer, 10), charlie)


def test_the_same_request_is_the_same_order() -> None:
    stationer = shopping.shop()
    ballpoint = shopping.reward(stationer, 10)
    alice = shopping.buyer("Alice", stationer, points=100)
    first = shopping.order(ballpoint, alice, reference="r", key="k")
    for key in ("k", "another", None):
        again = shopping.order(ballpoint, alice, reference="r", key=key, at=NOON + DAY)
        assert (again.order.pk, again.is_replay) == (first.order.pk, True)
    with pytest.raises(ReferenceConflict):
        shopping.order(ballpoint, alice, reference="r", quantity=2)
    for changes in ({"reference": "r", "quantity": 2}, {"reference": "other"}):
        with pytest.raises(KeyReused):
            shopping.order(ballpoint, alice, key="k", **changes)
    assert shopping.balance(alice) == (90, 0)


def test_a_key_that_booked_a_purchase_orders_nothing() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=100)
    cast.buy(stationer, alice, cast.award(1), key="k")
    with pytest.raises(PointsKeyReused):
        shopping.order(shopping.reward(stationer, 10), alice, key="k")


def test_a_spend_authorisation_is_used_with_the_order_and_restored_when_it_is_refused() -> None:
    stationer = shopping.shop()
    ballpoint, tyre = shopping.reward(stationer, 10), shopping.reward(stationer, 10_000)
    alice = shopping.buyer("Alice", stationer, points=100)
    authorisation = shopping.authorise(stationer, alice, SpendingAct.ORDER, 10_000)
    with pytest.raises(InsufficientPoints):
        shopping.order(tyre, alice, authorisation=authorisation.pk)
    authorisation.refresh_from_db()
    assert authorisation.used_at is None
    done = shopping.order(ballpoint, alice, authorisation=authorisation.pk, reference="r")
    assert shopping.order(ballpoint, alice, authorisation=authorisation.pk, reference="r").order.pk == done.order.pk
    with pytest.raises(shopping.AuthorisationRefused):
        shopping.order(ballpoint, alice, authorisation=authorisation.pk)
    assert shopping.balance(alice) == (90, 0)


def test_points_kept_for_one_reward_go_first_there_and_nowhere_else() -> None:
    pets = shopping.shop("pets", category="pets")
    cake = shopping.reward(pets, 88, sku="pet-birthday-cake", title="宠物生日蛋糕", goods_category="pets/food")
    alice = shopping.buyer("Alice", pets, points=88)
    cast.buy(pets, alice, cast.bonus(88, earmark=cake.sku), at=NOON - DAY)
    shopping.order(cake, alice)
    assert cast.lots(alice) == [88, 0]


def test_printed_pieces_without_an_address_are_picked_up_with_a_voucher() -> None:
    stationer = shopping.shop()
    printed = shopping.reward(stationer, 100, kind="customised", details={"pieces": 100, "needs_logo": False})
    alice = shopping.buyer("Alice", stationer, points=200)
    picked_up, sent = shopping.placed(printed, alice), shopping.placed(printed, alice, address=HOME)
    assert (picked_up.vouchers.count(), sent.vouchers.count()) == (1, 0)


def test_nothing_is_sent_without_an_address_and_the_database_refuses_it_too() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=500)
    picked_up = shopping.placed(shopping.reward(stationer), alice)
    with pytest.raises(PickedUp):
        fulfilment.ship(
            order_id=picked_up.pk, merchant_id=stationer.pk, carrier="顺丰", tracking_number="SF1", moment=NOON,
            actor_id=None,
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="sent to its address"), transaction.atomic():
        Order.objects.filter(pk=picked_up.pk).update(status="fulfilled")
    assert shopping.now(picked_up).status == "confirmed"


def test_an_address_is_sealed_under_the_members_own_key() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=500)
    address = {"name": "爱丽丝", "phone": "13800000000", "text": "杭州市西湖区一号"}
    done = shopping.now(shopping.placed(shopping.reward(stationer), alice, address=address))
    assert addresses.address_of(done) == address
    assert "爱丽丝".encode() not in bytes(done.address_cipher or b"")
    assert done.vouchers.count() == 0
    alice.wrapped_key.delete()
    with pytest.raises(field_crypto.CannotOpen):
        addresses.address_of(Order.objects.get(pk=done.pk))


@pytest.mark.parametrize("to", [status for status in OrderStatus if status != "confirmed"])
def test_the_database_refuses_a_step_that_is_no_step(to: OrderStatus) -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=500)
    done = shopping.placed(shopping.reward(stationer), alice, address=HOME)
    allowed = {"fulfilled", "accepted", "refunded"}
    if to in allowed:
        assert Order.objects.filter(pk=done.pk).update(status=to) == 1
    else:
        with pytest.raises(DatabaseError, match=r"does not go|only_cash"):
            Order.objects.filter(pk=done.pk).update(status=to)


@pytest.mark.parametrize("change", [{"points": 1}, {"quantity": 2}, {"reference": "x"}, {"placed_at": NOON - DAY}])
def test_the_database_refuses_to_rewrite_an_order(change: dict[str, object]) -> None:
    stationer = shopping.shop()
    done = shopping.placed(shopping.reward(stationer), shopping.buyer("Alice", stationer, points=500))
    with pytest.raises(DatabaseError, match="not rewritten"):
        Order.objects.filter(pk=done.pk).update(**change)


def test_nobody_writes_a_step_or_deletes_an_order() -> None:
    stationer = shopping.shop()
    done = shopping.placed(shopping.reward(stationer), shopping.buyer("Alice", stationer, points=500))
    for act in (
        lambda: done.steps.all()._raw_delete("default"),
        lambda: Order.objects.filter(pk=done.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            act()


def test_a_shipped_order_is_returned_and_not_cancelled() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=500)
    address = {"name": "爱丽丝", "phone": "13800000000", "text": "杭州市西湖区一号"}
    done = shopping.placed(shopping.reward(stationer), alice, address=address)
    fulfilment.ship(
        order_id=done.pk, merchant_id=stationer.pk, carrier="顺丰", tracking_number="SF1", moment=NOON, actor_id=None
    )
    with pytest.raises(OrderStepRefused):
        orders.cancel(order_id=done.pk, reason="晚了", moment=NOON + timedelta(hours=1))
    refunds.refund(
        order_id=done.pk, merchant_id=stationer.pk, points_back=500, cash_fen=0, reference="七日无理由", reason="退货",
        moment=NOON + 5 * DAY,
    )  # fmt: skip
    assert (shopping.now(done).status, shopping.balance(alice)) == ("refunded", (500, 0))
