"""Vouchers: queried first, accepted once, undone by a manager, and their codes seen by nobody else.

Alice holds them; the Stationer and the Garage have tills; Bob manages the Stationer, Charlie is its cashier.
"""

import logging

import pytest
from django.db import DatabaseError

from hongmi.lib.errors import KeyReused
from merchants.errors import UnknownStore
from merchants.models import StaffRole
from redemption import voucher_codes
from redemption.errors import BillTooSmall, OrderStepRefused, UndoRefused, VoucherNotAcceptable, VoucherNotFound
from redemption.models import Coupon, RequestKey, RewardKind, Voucher
from redemption.operations import orders, vouchers
from redemption.operations.vouchers import Counter, PresentedVoucher
from tests import factories
from tests.redemption import shopping
from tests.redemption.shopping import DAY, MINUTE, NOON, SECOND

pytestmark = pytest.mark.usefixtures("committed_db")


class Scene:
    def __init__(self, **fields: object) -> None:
        self.stationer, self.garage = shopping.shop(), shopping.shop("garage")
        self.store, self.elsewhere = factories.store(self.stationer), factories.store(self.stationer)
        self.alice = shopping.buyer("Alice", self.stationer, points=10_000)
        self.ballpoint = shopping.reward(self.stationer, 500, **fields)
        self.order = shopping.placed(self.ballpoint, self.alice)
        self.counter = Counter(self.stationer.pk, credential_id=7)

    @property
    def voucher(self) -> Voucher:
        return self.order.vouchers.get()

    @property
    def code(self) -> str:
        return vouchers.code_of(self.voucher)

    def accept(self, **changes: object) -> PresentedVoucher:
        arguments = {"counter": self.counter, "code": self.code, "store_id": self.store.pk, "key": None, "moment": NOON}
        return vouchers.accept(**arguments | changes)  # type: ignore[arg-type]

    def staff(self, role: StaffRole) -> int:
        person = factories.member(role)
        factories.staff(self.stationer, person, role)
        return person.pk


def test_a_code_is_100_bits_read_as_people_type_it() -> None:
    code = voucher_codes.draw_code()
    assert len(code) * 5 == 100
    assert voucher_codes.normal(f" {voucher_codes.grouped(code).lower()} ") == code
    assert voucher_codes.normal("O" * 10 + "Il" * 5) == "0" * 10 + "11" * 5
    assert [voucher_codes.normal(typed) for typed in ("", code[1:], code + "0", "U" * 20)] == [None] * 4


def test_only_the_hash_of_a_code_is_kept_and_its_qr_is_an_svg() -> None:
    scene = Scene()
    assert scene.code.encode() not in bytes(scene.voucher.code_hash) + bytes(scene.voucher.code_cipher)
    assert vouchers.qr_svg(scene.voucher).startswith("<svg")


def test_it_is_queried_first_and_accepted_once_with_credential_store_and_time() -> None:
    scene = Scene()
    arguments = vouchers.query(counter=scene.counter, code=voucher_codes.grouped(scene.code), moment=NOON)
    assert (arguments.refused, arguments.voucher.status) == (None, "issued")
    scene.accept()
    kept = scene.voucher
    assert (kept.status, kept.accepted_at, kept.accepted_in, kept.accepted_by_credential_id) == (
        "accepted", NOON, scene.store, 7,
    )  # fmt: skip
    assert shopping.now(scene.order).status == "accepted"
    with pytest.raises(VoucherNotAcceptable) as refusal:
        scene.accept(moment=NOON + SECOND)
    assert refusal.value.facts == {"why": "accepted"}


def test_the_same_key_gets_the_first_answer_again_and_no_other() -> None:
    scene = Scene()
    scene.accept(key="k")
    assert scene.accept(key="k", moment=NOON + MINUTE).is_replay
    with pytest.raises(KeyReused):
        scene.accept(key="k", store_id=scene.elsewhere.pk)


def test_a_refused_acceptance_leaves_its_key_free() -> None:
    scene = Scene()
    with pytest.raises(UnknownStore):
        scene.accept(key="k", store_id=factories.store(scene.garage).pk)
    assert not RequestKey.objects.filter(merchant=scene.stationer).exists()
    assert not scene.accept(key="k").is_replay


@pytest.mark.parametrize("code", ["0" * 20, "no code", "' OR 1=1 --"])
def test_a_code_that_is_none_is_not_found(code: str) -> None:
    with pytest.raises(VoucherNotFound):
        Scene().accept(code=code)


def test_another_merchant_does_not_find_it() -> None:
    scene = Scene()
    with pytest.raises(VoucherNotFound):
        scene.accept(counter=Counter(scene.garage.pk))


def test_it_is_not_accepted_in_a_store_that_does_not_have_the_reward() -> None:
    scene = Scene()
    scene.ballpoint.stores.set([scene.elsewhere])
    with pytest.raises(VoucherNotAcceptable) as refusal:
        scene.accept()
    assert refusal.value.facts == {"why": "wrong_store"}
    scene.accept(store_id=scene.elsewhere.pk)


def test_after_its_days_it_is_over() -> None:
    scene = Scene(kind=RewardKind.SERVICE, details={"valid_days": 180})
    end = NOON + 180 * DAY
    assert scene.voucher.expires_at == end
    assert vouchers.query(counter=scene.counter, code=scene.code, moment=end).refused == "expired"
    with pytest.raises(VoucherNotAcceptable):
        scene.accept(moment=end)
    scene.accept(moment=end - SECOND)


def test_a_cancelled_order_leaves_its_voucher_void() -> None:
    scene = Scene()
    orders.cancel(order_id=scene.order.pk, reason="不要了", moment=NOON)
    with pytest.raises(VoucherNotAcceptable) as refusal:
        scene.accept()
    assert refusal.value.facts == {"why": "void"}


def test_of_three_pieces_the_last_one_ends_the_order() -> None:
    scene = Scene()
    order = shopping.placed(scene.ballpoint, scene.alice, quantity=3)
    codes = [vouchers.code_of(each) for each in order.vouchers.all()]
    statuses = []
    for code in codes:
        scene.accept(code=code)
        statuses.append(shopping.now(order).status)
    assert statuses == ["confirmed", "confirmed", "accepted"]


def test_an_order_with_an_accepted_voucher_is_not_cancelled() -> None:
    scene = Scene()
    order = shopping.placed(scene.ballpoint, scene.alice, quantity=2)
    scene.accept(code=vouchers.code_of(order.vouchers.first()))
    with pytest.raises(OrderStepRefused):
        orders.cancel(order_id=order.pk, reason="不要了", moment=NOON)


def test_a_manager_undoes_it_within_15_minutes_and_it_is_good_again() -> None:
    scene = Scene()
    manager = scene.staff(StaffRole.MANAGER)
    scene.accept()
    undo = {
        "voucher_id": scene.voucher.pk,
        "merchant_id": scene.stationer.pk,
        "manager_id": manager,
        "reason": "扫错了",
    }
    vouchers.undo_acceptance(**undo, moment=NOON + 15 * MINUTE)
    assert (scene.voucher.status, shopping.now(scene.order).status) == ("issued", "confirmed")
    steps = list(scene.voucher.steps.order_by("id").values_list("to_status", "actor_id", "credential_id", "store_id"))
    assert steps == [("accepted", None, 7, scene.store.pk), ("issued", manager, None, scene.store.pk)]
    with pytest.raises(UndoRefused) as refusal:
        vouchers.undo_acceptance(**undo, moment=NOON + 15 * MINUTE)
    assert refusal.value.facts == {"why": "not_accepted"}
    scene.accept(moment=NOON + 16 * MINUTE)


def test_after_15_minutes_and_for_a_cashier_nothing_is_undone() -> None:
    scene = Scene()
    scene.accept()
    changes = {"voucher_id": scene.voucher.pk, "merchant_id": scene.stationer.pk, "reason": "扫错了"}
    too_late = NOON + 15 * MINUTE + SECOND
    with pytest.raises(UndoRefused) as late:
        vouchers.undo_acceptance(**changes, manager_id=scene.staff(StaffRole.MANAGER), moment=too_late)
    with pytest.raises(UndoRefused) as cashier:
        vouchers.undo_acceptance(**changes, manager_id=scene.staff(StaffRole.CASHIER), moment=NOON)
    assert (late.value.facts["why"], cashier.value.facts["why"]) == ("too_late", "not_a_manager")


def coupon_scene(**terms: object) -> Scene:
    details = {"valid_days": 90, "coupon": terms}
    return Scene(kind=RewardKind.COUPON, title="满减券", details=details, face_value_fen=200_000)


def test_R26_a_coupon_takes_1000_yuan_off_5000_once() -> None:
    scene = coupon_scene(kind="fixed", off_fen=100_000)
    assert scene.accept(bill_fen=500_000).to_pay_fen == 400_000
    with pytest.raises(VoucherNotAcceptable):
        scene.accept(bill_fen=500_000)


def test_R26_a_threshold_coupon_needs_its_bill() -> None:
    scene = coupon_scene(kind="threshold", off_fen=2_000, minimum_fen=10_000)
    for bill_fen in (None, 9_999):
        with pytest.raises(BillTooSmall) as refusal:
            scene.accept(bill_fen=bill_fen)
        assert refusal.value.facts == {"minimum_fen": 10_000}
    shown = vouchers.query(counter=scene.counter, code=scene.code, moment=NOON, bill_fen=10_000)
    assert (shown.to_pay_fen, scene.accept(bill_fen=10_000).to_pay_fen) == (8_000, 8_000)


def test_R32_a_grooming_discount_is_a_percentage() -> None:
    scene = Scene(kind=RewardKind.SERVICE, title="洗护八折", details={"valid_days": 90, "off_percent": 20})
    assert Coupon.objects.get(voucher=scene.voucher).off_percent == 20
    assert scene.accept(bill_fen=9_900).to_pay_fen == 7_920


@pytest.mark.parametrize(
    "change", [{"code_hash": b"x" * 32}, {"status": "void", "accepted_at": None, "accepted_in": None}]
)
def test_the_database_refuses_to_rewrite_a_voucher(change: dict[str, object]) -> None:
    scene = Scene()
    scene.accept()
    with pytest.raises(DatabaseError, match="a voucher"):
        Voucher.objects.filter(pk=scene.voucher.pk).update(**change)


def test_no_code_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    with caplog.at_level(logging.DEBUG):
        scene.accept()
    assert scene.code not in caplog.text
