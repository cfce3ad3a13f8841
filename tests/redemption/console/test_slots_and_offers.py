"""Appointments, the end of a price, a rise withdrawn, a price for one member: pages with a question before the deed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from merchants.models import Membership, Merchant, StaffRole
from redemption.errors import OptionNeeded, SoldOut
from redemption.models import Offer, PriceRise, Reward, Slot
from redemption.operations import catalogue, slots
from redemption.operations.slots import NotAService
from tests import factories
from tests.redemption import sample_rewards, shopping
from tests.redemption.console.test_rewards import price, signed_in

pytestmark = pytest.mark.django_db
MONDAY = timezone.localdate() + timedelta(days=14 - timezone.localdate().weekday())


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant()


@pytest.fixture
def alice(shop: Merchant) -> Client:
    return signed_in(shop)


@pytest.fixture
def bath(shop: Merchant) -> Reward:
    return sample_rewards.on_sale(shop, kind="service", details={"valid_days": 30, "slot_minutes": 45})


def page(name: str, row: Any) -> str:
    return reverse(f"admin:redemption_{name}", args=[row.pk])


def plan(**changes: Any) -> dict[str, Any]:
    return {"first_on": MONDAY.isoformat(), "last_on": "", "at": "09:00", "minutes": "45", "places": "2"} | changes


# Appointments


def test_a_fortnight_of_mondays_and_wednesdays_is_planned_in_one_go_and_twice_is_once(
    alice: Client, bath: Reward
) -> None:
    assert 'value="45"' in alice.get(page("reward_plan", bath)).content.decode()
    form = plan(last_on=(MONDAY + timedelta(days=13)).isoformat(), weekdays=["0", "2"])
    assert alice.post(page("reward_plan", bath), form).status_code == 302
    slots = bath.slots.order_by("starts_at")
    assert [timezone.localtime(one.starts_at).weekday() for one in slots] == [0, 2, 0, 2]
    assert {(one.ends_at - one.starts_at, one.places_left) for one in slots} == {(timedelta(minutes=45), 2)}
    again = alice.post(page("reward_plan", bath), form).content.decode()
    assert "planned already" in again
    assert bath.slots.count() == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first_on": "2020-01-06"}, "first_on"), ({"last_on": "2099-01-01"}, "last_on"), ({"at": "25:00"}, "at"),
        ({"places": "0"}, "places"), ({"minutes": ""}, "minutes"),
    ],
)  # fmt: skip
def test_an_invalid_plan_is_an_error_of_its_field(
    alice: Client, bath: Reward, change: dict[str, str], field: str
) -> None:
    answer = alice.post(page("reward_plan", bath), plan(**change))
    assert list(answer.context["form"].errors) == [field]
    assert not bath.slots.exists()


def test_a_closed_slot_keeps_its_bookings_and_takes_no_more() -> None:
    stationer = shopping.shop()
    bath = shopping.reward(stationer, 10, kind="service", details={"valid_days": 30})
    start = timezone.now() + timedelta(days=3)
    slots = [
        catalogue.add_slot(reward_id=bath.pk, starts_at=start, ends_at=start + timedelta(hours=1), places=2)
        for _ in range(2)
    ]
    bob = shopping.buyer("Bob", stationer, points=100)
    booked = shopping.placed(bath, bob, slot_id=slots[0].pk)
    manager = signed_in(stationer)
    for slot in slots:
        assert manager.get(page("slot_close", slot)).status_code == 200
        assert manager.post(page("slot_close", slot)).status_code == 302
    assert [(one.places, one.places_left) for one in Slot.objects.order_by("pk")] == [(1, 0), (0, 0)]
    assert booked.vouchers.get().status == "issued"
    for options in ({"slot_id": slots[0].pk}, {"slot_id": slots[1].pk}, {}):
        with pytest.raises((SoldOut, OptionNeeded)), transaction.atomic():
            shopping.order(bath, bob, **options)


def test_goods_have_no_appointments(alice: Client, shop: Merchant) -> None:
    notebooks = sample_rewards.on_sale(shop)
    assert alice.post(page("reward_plan", notebooks), plan()).status_code == 403
    with pytest.raises(NotAService):
        slots.plan(
            reward_id=notebooks.pk, days=[MONDAY], at=timezone.now().time(), minutes=5, places=1, moment=timezone.now()
        )


def test_the_database_refuses_a_store_of_another_merchant(bath: Reward) -> None:
    strange = factories.store(factories.merchant("garage"), code="1", name="别家的店")
    with pytest.raises(DatabaseError, match="a shop of another merchant"), transaction.atomic():
        bath.stores.add(strange)
    with pytest.raises(DatabaseError, match="a shop of another merchant"), transaction.atomic():
        catalogue.add_slot(
            reward_id=bath.pk, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1), places=1,
            store_id=strange.pk,
        )  # fmt: skip


# Prices


def test_a_price_is_ended_after_a_question_and_only_once(alice: Client, bath: Reward) -> None:
    last = bath.prices.get()
    assert "cannot be reopened" in alice.get(page("rewardprice_end", last)).content.decode()
    assert alice.post(page("rewardprice_end", last)).status_code == 302
    last.refresh_from_db()
    assert last.during.upper <= timezone.now()
    assert alice.post(page("rewardprice_end", last)).status_code == 403


def test_a_rise_is_withdrawn_and_another_may_be_announced(alice: Client, bath: Reward) -> None:
    dearer = price(points="600", face_value_yuan="30")
    alice.post(page("reward_announce", bath), dearer)
    rise = PriceRise.objects.get(reward=bath)
    assert "needs a new notice" in alice.get(page("pricerise_withdraw", rise)).content.decode()
    assert alice.post(page("pricerise_withdraw", rise)).status_code == 302
    rise.refresh_from_db()
    assert rise.withdrawn_at is not None
    assert alice.post(page("pricerise_withdraw", rise)).status_code == 403
    alice.post(page("reward_announce", bath), dearer)
    assert PriceRise.objects.filter(reward=bath).count() == 2


def test_a_refusal_of_the_database_is_shown_as_a_sentence(alice: Client, bath: Reward) -> None:
    before = {"starts_at_0": "2026-02-01", "starts_at_1": "00:00:00"}
    ends = {"ends_at_0": (MONDAY + timedelta(days=90)).isoformat(), "ends_at_1": "00:00:00", "occasion": "x"}
    text = alice.post(page("reward_announce", bath), price(points="400", **ends, **before)).content.decode()
    assert "it would break what was promised before" in text
    assert "a_price_is" not in text


def test_a_promotion_that_ends_before_it_begins_is_an_error_of_its_field(alice: Client, bath: Reward) -> None:
    ends = {"ends_at_0": "2020-01-01", "ends_at_1": "00:00:00", "occasion": "x"}
    answer = alice.post(page("reward_announce", bath), price(points="400", **ends))
    assert list(answer.context["form"].errors) == ["ends_at"]


# Offers


def offer(who: str, **changes: Any) -> dict[str, Any]:
    until = timezone.localdate() + timedelta(days=7)
    form = {
        "member_number": who,
        "points": "300",
        "cash_fen": "",
        "face_value_fen": "25",
        "criterion": "90天内消费3次",
    }
    times = {"opens_at_0": "", "opens_at_1": "", "closes_at_0": until.isoformat(), "closes_at_1": "00:00:00"}
    return form | times | changes


def test_one_member_is_made_a_price_of_their_own_with_the_reason() -> None:
    stationer = shopping.shop()
    bob = shopping.buyer("Bob", stationer, points=300)
    Membership.objects.filter(member=bob).update(member_ref="B-7")
    notebooks = shopping.reward(stationer, 500)
    manager = signed_in(stationer)
    assert manager.post(page("reward_offer", notebooks), offer("B-7")).status_code == 302
    made = Offer.objects.get(member=bob)
    assert (made.points, made.face_value_fen, made.criterion) == (300, 2500, "90天内消费3次")
    assert shopping.placed(notebooks, bob, at=timezone.now()).points == 300
    assert "90天内消费3次" in manager.get(reverse("admin:redemption_offer_changelist")).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"member_number": "nobody"}, "member_number"),
        ({"face_value_fen": "14.99"}, "face_value_fen"),
        ({"closes_at_0": "2020-01-01"}, "closes_at"),
        ({"criterion": ""}, "criterion"),
    ],
)
def test_a_refused_offer_is_an_error_of_its_field(change: dict[str, str], field: str) -> None:
    stationer = shopping.shop()
    bob = shopping.buyer("Bob", stationer)
    notebooks = shopping.reward(stationer, 500)
    answer = signed_in(stationer).post(page("reward_offer", notebooks), offer(str(bob.public_id)) | change)
    assert list(answer.context["form"].errors) == [field]
    assert not Offer.objects.exists()


def test_a_member_of_another_merchant_is_no_member_here() -> None:
    stationer, garage = shopping.shop(), shopping.shop("garage")
    charlie = shopping.buyer("Charlie", garage)
    notebooks = shopping.reward(stationer, 500)
    manager, *others = signed_in(stationer), signed_in(stationer, StaffRole.CASHIER), signed_in(garage)
    answer = manager.post(page("reward_offer", notebooks), offer(str(charlie.public_id)))
    assert "member_number" in answer.context["form"].errors
    for person in others:
        assert person.post(page("reward_offer", notebooks), offer("x")).status_code in (302, 403, 404)
