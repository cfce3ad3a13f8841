"""The console of orders: Alice ordered at the Stationer; its manager sends and refunds, the Garage's sees nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.models import Merchant, Staff, StaffRole
from redemption.models import Order
from tests.redemption import shopping

pytestmark = pytest.mark.usefixtures("committed_db")

ADDRESS = {"name": "爱丽丝", "phone": "13800000000", "text": "杭州市西湖区一号"}


class Scene:
    def __init__(self) -> None:
        self.stationer, self.garage = shopping.shop(), shopping.shop("garage")
        self.alice = shopping.member("Alice", self.stationer, points=500)
        self.order = shopping.placed(shopping.reward(self.stationer), self.alice, address=ADDRESS)

    def page(self, act: str) -> str:
        return reverse(f"admin:redemption_order_{act}", args=[self.order.pk])

    @property
    def status(self) -> str:
        return Order.objects.get(pk=self.order.pk).status


def signed_in(merchant: Merchant, role: StaffRole) -> Client:
    person = User.objects.create(is_staff=True)
    Staff.objects.create(merchant=merchant, user=person, role=role)
    client = Client()
    client.force_login(person)
    return client


def test_a_manager_sends_an_order_and_sees_where_to() -> None:
    scene = Scene()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    assert scene.order.reference in manager.get(reverse("admin:redemption_order_changelist")).content.decode()
    assert ADDRESS["text"] in manager.get(scene.page("ship")).content.decode()
    manager.post(scene.page("ship"), {"carrier": "顺丰", "tracking_number": "SF1"})
    assert scene.status == "fulfilled"
    manager.post(scene.page("receive"))
    assert scene.status == "accepted"
    step = scene.order.steps.get(to_status="accepted")
    assert step.actor_id is not None


def test_a_refused_refund_says_why_and_a_right_one_is_booked() -> None:
    scene = Scene()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    said = {"cash_fen": 0, "reference": "r", "reason": "退货"}
    refused = manager.post(scene.page("refund"), said | {"points_back": 501})
    assert "refund_exceeds_original" in refused.content.decode()
    manager.post(scene.page("refund"), said | {"points_back": 500})
    assert (scene.status, shopping.balance(scene.alice)) == ("refunded", (500, 0))


def test_a_cashier_refunds_nothing_and_another_shop_sees_nothing() -> None:
    scene = Scene()
    said = {"points_back": 500, "cash_fen": 0, "reference": "r", "reason": "退货"}
    signed_in(scene.stationer, StaffRole.CASHIER).post(scene.page("refund"), said)
    stranger = signed_in(scene.garage, StaffRole.MANAGER)
    stranger.post(scene.page("ship"), {"carrier": "顺丰", "tracking_number": "SF1"})
    assert scene.status == "confirmed"
    assert scene.order.reference not in stranger.get(reverse("admin:redemption_order_changelist")).content.decode()
