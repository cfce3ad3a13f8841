"""Returns: Alice sends the Stationer's notebooks back, and the Stationer refunds them or gives a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import data_subjects
from accounts.operations import privacy
from hongmi.lib.errors import ReferenceConflict
from merchants.models import StaffRole
from redemption import personal_data, return_rights
from redemption.errors import OrderStepRefused, ReturnRefused, ReturnStepRefused
from redemption.models import Order, OrderReturn
from redemption.operations import fulfilment, refunds, returns, vouchers
from redemption.operations.vouchers import Counter
from tests import factories
from tests.partner_client import PartnerClient
from tests.redemption import shopping
from tests.redemption.shopping import DAY, NOON, SECOND

pytestmark = pytest.mark.django_db
HOME = {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}
FAULTY = {"reason_code": "faulty", "reason": "封面破损"}


class Scene:
    """Three notebook sets for 1500 points and 29.70 yuan, sent and received at NOON."""

    def __init__(self, *, quantity: int = 3, received: bool = True, **fields: Any) -> None:
        self.stationer = shopping.shop(takes_cash=True)
        self.alice = shopping.buyer("Alice", self.stationer, points=1500)
        reward = shopping.reward(self.stationer, 500, cash_fen=990, face_value_fen=3490, **fields)
        self.order = shopping.placed(reward, self.alice, quantity=quantity, address=HOME)
        shopping.pay(self.order)
        self.whose = {"order_id": self.order.pk, "merchant_id": self.stationer.pk}
        fulfilment.ship(carrier="顺丰", tracking_number="SF1", moment=NOON, actor_id=None, **self.whose)
        if received:
            fulfilment.confirm_receipt(moment=NOON, actor_id=None, **self.whose)

    def request(self, *, at: datetime = NOON + DAY, **changes: Any) -> OrderReturn:
        arguments = {"reference": "r1", "reason_code": "change_of_mind"} | changes
        return returns.request(moment=at, **self.whose, **arguments).order_return

    def accept(self, back: OrderReturn) -> OrderReturn:
        return returns.accept(return_id=back.pk, merchant_id=self.stationer.pk, moment=NOON + 5 * DAY)

    def refuse(self, back: OrderReturn, reason: str = "商品已使用") -> OrderReturn:
        return returns.refuse(return_id=back.pk, merchant_id=self.stationer.pk, reason=reason, moment=NOON + 5 * DAY)

    @property
    def given_back(self) -> tuple[int, int]:
        order = shopping.now(self.order)
        return order.refunded_points, order.refunded_cash_fen


def why(refusal: pytest.ExceptionInfo[ReturnRefused]) -> str:
    return str(refusal.value.facts["why"])


def test_a_return_without_a_reason_goes_from_requested_to_sent_to_refunded() -> None:
    scene = Scene()
    back = scene.request(quantity=3)
    returns.send(
        return_id=back.pk, merchant_id=scene.stationer.pk, carrier="顺丰", tracking_number="SF2", moment=NOON + 2 * DAY
    )
    done = scene.accept(back)
    assert (done.status, done.refund.points, done.refund.cash_fen) == ("accepted", 1500, 2970)
    assert (shopping.now(scene.order).status, shopping.balance(scene.alice)) == ("refunded", (1500, 0))
    assert scene.accept(back).refund_id == done.refund_id


def test_the_seven_days_begin_with_the_day_after_receipt_and_end_at_midnight_in_shanghai() -> None:
    scene = Scene()
    # NOON is the 22nd in Shanghai, so the 29th is the last day.
    end = datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert return_rights.open_until(days=7, received_at=NOON) == end
    with pytest.raises(ReturnRefused) as refusal:
        scene.request(at=end)
    assert why(refusal) == "return_time_over"
    assert scene.request(at=end - SECOND).status == "asked"


def test_goods_may_be_returned_on_their_way_and_faulty_ones_long_after() -> None:
    on_its_way = Scene(received=False)
    assert on_its_way.request().status == "asked"
    scene = Scene()
    with pytest.raises(ReturnRefused) as refusal:
        scene.request(reason_code="faulty", reason=" ")
    assert why(refusal) == "reason_needed"
    assert scene.request(at=NOON + 60 * DAY, **FAULTY).reason == "封面破损"


def test_goods_excepted_by_law_are_returned_only_when_faulty() -> None:
    cake = {"returns": {"except": "perishable", "cash_days": 0, "terms": "现做。"}}
    scene = Scene(details=cake)
    with pytest.raises(ReturnRefused) as refusal:
        scene.request()
    assert why(refusal) == "excepted"
    assert scene.request(**FAULTY).status == "asked"


def test_a_coupon_cannot_be_returned() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=10)
    coupon = {"coupon": {"kind": "fixed", "off_fen": 100}, "valid_days": 30}
    order = shopping.placed(shopping.reward(stationer, 10, kind="coupon", details=coupon), alice)
    arguments = {"order_id": order.pk, "merchant_id": stationer.pk, "reference": "r", "moment": NOON, **FAULTY}
    with pytest.raises(OrderStepRefused):
        returns.request(**arguments)
    vouchers.accept(
        counter=Counter(stationer.pk), code=vouchers.code_of(order.vouchers.get()),
        store_id=factories.store(stationer).pk, key=None, moment=NOON,
    )  # fmt: skip
    with pytest.raises(ReturnRefused) as refusal:
        returns.request(**arguments)
    assert why(refusal) == "nothing_to_return"


def test_piece_by_piece_the_shares_add_up_to_the_whole_and_a_refund_by_hand_counts() -> None:
    scene = Scene()
    shares = []
    for name in ("a", "b"):
        done = scene.accept(scene.request(reference=name))
        shares.append((done.refund.points, done.refund.cash_fen))
    assert shares == [(500, 990), (500, 990)]
    refunds.refund(**scene.whose, points_back=100, cash_fen=90, reference="划痕", reason="划痕", moment=NOON + 2 * DAY)
    last = scene.accept(scene.request(reference="c"))
    assert (last.refund.points, last.refund.cash_fen, scene.given_back) == (400, 900, (1500, 2970))


def test_odd_points_come_with_the_last_piece() -> None:
    worth = [return_rights.share(taken=1000, pieces=3, before=before, now=1) for before in range(3)]
    assert (worth, sum(worth)) == ([333, 333, 334], 1000)


def test_one_return_at_a_time_and_no_more_pieces_than_were_ordered() -> None:
    scene = Scene()
    first = scene.request(quantity=2)
    with pytest.raises(ReturnRefused) as refusal:
        scene.request(reference="r2")
    assert why(refusal) == "return_open"
    scene.accept(first)
    with pytest.raises(ReturnRefused) as refusal:
        scene.request(reference="r3", quantity=2)
    assert why(refusal) == "too_many_pieces"


def test_a_refused_return_has_its_reason_and_may_be_requested_again() -> None:
    scene = Scene()
    refused = scene.refuse(scene.request(quantity=3))
    assert (refused.status, refused.refusal, scene.given_back) == ("refused", "商品已使用", (0, 0))
    for late in (scene.accept, scene.refuse):
        with pytest.raises(ReturnStepRefused):
            late(refused)
    assert scene.request(reference="r2", quantity=3).status == "asked"


def test_the_same_request_is_the_same_return_and_another_body_is_a_conflict() -> None:
    scene = Scene()
    first = scene.request(key="k")
    assert scene.request(key="k").pk == first.pk
    assert scene.request(key="k2").pk == first.pk
    with pytest.raises(ReferenceConflict):
        scene.request(quantity=2)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 2}, {"reference": "x"}, {"requested_at": NOON - DAY}, {"reason_code": "faulty"}, {"reason": "x"},
        {"tracking_number": "x"}, {"sent_at": NOON},
    ],
)  # fmt: skip
def test_the_database_refuses_to_rewrite_a_return(change: dict[str, Any]) -> None:
    scene = Scene()
    scene.request()
    with pytest.raises(DatabaseError, match="not rewritten"):
        OrderReturn.objects.update(**change)


def test_the_database_refuses_a_step_back_too_many_pieces_and_a_refund_that_is_none() -> None:
    scene = Scene()
    back = scene.request(quantity=2)
    with pytest.raises(IntegrityError, match="an_accepted_return_is_refunded"), transaction.atomic():
        OrderReturn.objects.update(status="accepted", settled_at=NOON)
    scene.refuse(back)
    with pytest.raises(DatabaseError, match="does not go from refused"), transaction.atomic():
        OrderReturn.objects.update(status="asked", settled_at=None, refusal="")
    row = {"order": scene.order, "request_hash": b"", "reason_code": "faulty", "requested_at": NOON}
    with pytest.raises(DatabaseError, match="come back already"), transaction.atomic():
        OrderReturn.objects.create(reference="many", quantity=4, **row)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        OrderReturn.objects.filter(pk=back.pk)._raw_delete("default")


# Export and erasure


def test_the_export_has_returns_and_closing_erases_the_parcel() -> None:
    scene = Scene()
    back = scene.request(**FAULTY)
    returns.send(return_id=back.pk, merchant_id=scene.stationer.pk, carrier="顺丰", tracking_number="SF2", moment=NOON)
    [row] = next(table for table in personal_data.tables(scene.alice, NOON) if table.name == "returns").rows
    assert {"封面破损", "SF2"} <= set(row)
    assert data_subjects.export_everything(scene.alice, NOON)
    assert personal_data.needed([scene.alice.pk], NOON + 900 * DAY) == {scene.alice.pk}
    privacy.request_closure(person=scene.alice, moment=NOON)
    privacy.erase_due(moment=NOON + timedelta(days=16))
    kept = OrderReturn.objects.get(pk=back.pk)
    assert (kept.reason, kept.carrier, kept.tracking_number, kept.status) == ("", "", "", "sent")


# The console


@pytest.fixture
def on_the_next_day(time_machine: Any) -> None:
    """The console asks the clock, and goods bought at a distance go back within seven days."""
    time_machine.move_to(NOON + DAY)


def signed_in(scene: Scene, role: StaffRole) -> Client:
    person = factories.person(is_staff=True)
    factories.staff(scene.stationer, person, role)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.usefixtures("on_the_next_day")
def test_a_cashier_notes_a_return_and_a_manager_takes_the_goods_back() -> None:
    scene = Scene()
    cashier, manager = signed_in(scene, StaffRole.CASHIER), signed_in(scene, StaffRole.MANAGER)
    page = reverse("admin:redemption_order_returned", args=[scene.order.pk])
    changes = {"quantity": "1", "reason_code": "change_of_mind", "reason": "", "reference": "desk-1"}
    assert "The member returns it" in cashier.get(page).content.decode()
    assert cashier.post(page, changes).status_code == 302
    back = OrderReturn.objects.get()
    parcel = reverse("admin:redemption_orderreturn_parcel", args=[back.pk])
    assert cashier.post(parcel, {"carrier": "顺丰", "tracking_number": "SF2"}).status_code == 302
    accept = reverse("admin:redemption_orderreturn_take_back", args=[back.pk])
    assert cashier.post(accept).status_code == 403
    assert "500 points and ¥9.90 go back" in manager.get(accept).content.decode()
    assert manager.post(accept).status_code == 302
    assert scene.given_back == (500, 990)
    story = manager.get(reverse("admin:redemption_order_change", args=[scene.order.pk])).content.decode()
    assert "taken back" in story
    assert "SF2" in story


def test_a_refused_return_request_is_an_error_of_its_field() -> None:
    scene = Scene()
    Order.objects.filter(pk=scene.order.pk)
    manager = signed_in(scene, StaffRole.MANAGER)
    page = reverse("admin:redemption_order_returned", args=[scene.order.pk])
    changes = {"quantity": "1", "reason_code": "faulty", "reason": "", "reference": "desk-1"}
    assert "say what is wrong with the goods" in manager.post(page, changes).content.decode()
    assert not OrderReturn.objects.exists()


def test_a_refusal_needs_its_reason() -> None:
    scene = Scene()
    back, manager = scene.request(), signed_in(scene, StaffRole.MANAGER)
    page = reverse("admin:redemption_orderreturn_refuse", args=[back.pk])
    manager.post(page, {"reason": ""})
    assert OrderReturn.objects.get(pk=back.pk).status == "asked"
    manager.post(page, {"reason": "已使用"})
    assert OrderReturn.objects.get(pk=back.pk).refusal == "已使用"


# The API


@pytest.mark.usefixtures("committed_db")
def test_a_client_requests_a_return_adds_the_parcel_and_reads_its_status() -> None:
    scene = Scene()
    partner = PartnerClient(scene.stationer)
    arguments = {"reference": "r1", "ground": "faulty", "quantity": 2, "reason": "破损"}
    first = partner.post(f"/orders/{scene.order.pk}/returns", arguments, key="a")
    again = partner.post(f"/orders/{scene.order.pk}/returns", arguments, key="a")
    assert (first.status_code, first.json()["status"]) == (201, "asked"), first.content
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    parcel = {"carrier": "顺丰", "tracking_number": "SF2"}
    sent = partner.post(f"/returns/{first.json()['id']}/parcel", parcel)
    assert (sent.status_code, sent.json()["status"]) == (200, "sent"), sent.content
    [shown] = partner.get(f"/orders/{scene.order.pk}").json()["returns"]
    assert (shown["quantity"], shown["tracking_number"]) == (2, "SF2")
    refused = partner.post(f"/orders/{scene.order.pk}/returns", arguments | {"reference": "r2"})
    assert (refused.status_code, refused.json()["code"]) == (422, "return_refused")
    outsider = PartnerClient(shopping.shop("garage"))
    assert outsider.post(f"/returns/{first.json()['id']}/parcel", parcel).json()["code"] == "return_not_found"
