"""The console of orders: Alice ordered at the Stationer; its manager sends and refunds, the Garage's sees nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import Merchant, StaffRole
from redemption.models import Order, Voucher
from redemption.operations import logos, vouchers
from tests import factories
from tests.redemption import files, shopping

pytestmark = pytest.mark.usefixtures("committed_db")

ADDRESS = {"name": "爱丽丝", "phone": "13800000000", "text": "杭州市西湖区一号"}


class Scene:
    def __init__(self) -> None:
        self.stationer, self.garage = shopping.shop(), shopping.shop("garage")
        self.alice = shopping.buyer("Alice", self.stationer, points=500)
        self.order = shopping.placed(shopping.reward(self.stationer), self.alice, address=ADDRESS)

    def page(self, act: str) -> str:
        return reverse(f"admin:redemption_order_{act}", args=[self.order.pk])

    @property
    def status(self) -> str:
        return Order.objects.get(pk=self.order.pk).status


def signed_in(merchant: Merchant, role: StaffRole) -> Client:
    person = factories.person(is_staff=True)
    factories.staff(merchant, person, role)
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


def test_a_refused_refund_shows_its_reason_and_a_valid_one_is_booked() -> None:
    scene = Scene()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    form = {"cash_yuan": "0", "reference": "r", "reason": "退货"}
    refused = manager.post(scene.page("refund"), form | {"points_back": 501})
    assert "500 积分" in refused.content.decode()
    assert "refund_exceeds_original" not in refused.content.decode()
    manager.post(scene.page("refund"), form | {"points_back": 500})
    assert (scene.status, shopping.balance(scene.alice)) == ("refunded", (500, 0))


def test_a_cashier_refunds_nothing_and_another_shop_sees_nothing() -> None:
    scene = Scene()
    form = {"points_back": 500, "cash_yuan": "0", "reference": "r", "reason": "退货"}
    signed_in(scene.stationer, StaffRole.CASHIER).post(scene.page("refund"), form)
    outsider = signed_in(scene.garage, StaffRole.MANAGER)
    outsider.post(scene.page("ship"), {"carrier": "顺丰", "tracking_number": "SF1"})
    assert scene.status == "confirmed"
    assert scene.order.reference not in outsider.get(reverse("admin:redemption_order_changelist")).content.decode()


def test_a_refund_form_sent_twice_is_one_refund() -> None:
    scene = Scene()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    page = manager.get(scene.page("refund")).content.decode()
    number = page.split('name="reference" value="')[1].split('"')[0]
    form = {"points_back": 100, "cash_yuan": "0", "reference": number, "reason": "瑕疵"}
    for _ in range(2):
        assert manager.post(scene.page("refund"), form).status_code == 302
    assert scene.order.refunds.count() == 1
    assert shopping.balance(scene.alice) == (100, 0)


def test_the_order_page_has_its_history_and_the_actions_possible_now() -> None:
    scene = Scene()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    fresh = manager.get(scene.page("change")).content.decode()
    assert ADDRESS["text"] in fresh
    assert scene.page("ship") in fresh
    assert scene.page("receive") not in fresh
    manager.post(scene.page("ship"), {"carrier": "顺丰", "tracking_number": "SF1"})
    sent = manager.get(scene.page("change")).content.decode()
    assert "SF1" in sent
    assert scene.page("receive") in sent
    assert scene.page("ship") not in sent
    assert manager.post(scene.page("ship"), {"carrier": "顺丰", "tracking_number": "SF2"}).status_code == 403


class Counter(Scene):
    """Alice picked her notebooks up a moment ago."""

    def __init__(self) -> None:
        super().__init__()
        bob = shopping.buyer("Bob", self.stationer, points=500)
        moment = shopping.present()
        self.order = shopping.placed(shopping.reward(self.stationer), bob, at=moment)
        self.voucher = self.order.vouchers.get()
        vouchers.accept(
            counter=vouchers.Counter(self.stationer.pk),
            code=vouchers.code_of(self.voucher),
            store_id=factories.store(self.stationer).pk,
            key=None,
            moment=moment,
        )

    @property
    def undo(self) -> str:
        return reverse("admin:redemption_voucher_undo", args=[self.voucher.pk])


def test_a_manager_takes_an_acceptance_back_within_15_minutes() -> None:
    scene = Counter()
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    assert scene.status == "accepted"
    assert (
        scene.undo in manager.get(reverse("admin:redemption_voucher_change", args=[scene.voucher.pk])).content.decode()
    )
    assert "一号店" in manager.get(scene.undo).content.decode()
    assert manager.post(scene.undo, {"reason": ""}).status_code == 200
    assert scene.status == "accepted"
    assert manager.post(scene.undo, {"reason": "扫错了"}).status_code == 302
    assert scene.status == "confirmed"
    step = scene.voucher.steps.order_by("-id").first()
    assert step is not None
    assert (step.reason, step.actor_id is not None) == ("扫错了", True)


def test_a_cashier_and_another_shops_manager_take_nothing_back() -> None:
    scene = Counter()
    cashier, outsider = signed_in(scene.stationer, StaffRole.CASHIER), signed_in(scene.garage, StaffRole.MANAGER)
    assert [one.post(scene.undo, {"reason": "x"}).status_code for one in (cashier, outsider)] == [403, 404]
    assert scene.status == "accepted"


def test_after_15_minutes_the_acceptance_stands() -> None:
    scene = Counter()
    Voucher.objects.filter(pk=scene.voucher.pk).update(accepted_at=shopping.present() - 16 * shopping.MINUTE)
    manager = signed_in(scene.stationer, StaffRole.MANAGER)
    assert manager.post(scene.undo, {"reason": "扫错了"}).status_code == 403
    assert scene.status == "accepted"


def test_the_desk_sees_the_logo_that_is_printed() -> None:
    scene = Scene()
    printed = shopping.reward(scene.stationer, 100, kind="customised", details={"pieces": 100, "needs_logo": True})
    bob = shopping.buyer("Bob", scene.stationer, points=500)
    logo = logos.store(
        merchant_id=scene.stationer.pk, member=bob.public_id, upload=files.encoded(), key=None, moment=shopping.NOON
    ).logo
    scene.order = shopping.placed(printed, bob, logo=logo.public_id)
    manager, outsider = (signed_in(shop, StaffRole.MANAGER) for shop in (scene.stationer, scene.garage))
    assert f'src="{scene.page("logo")}"' in manager.get(scene.page("change")).content.decode()
    shown = manager.get(scene.page("logo"))
    assert (shown.headers["Content-Type"], shown.content[:4]) == ("image/png", b"\x89PNG")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert outsider.get(scene.page("logo")).status_code in (302, 403, 404)
