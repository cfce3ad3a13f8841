"""Points and cash: a notice is trusted once its signature is verified, and no money is lost.

Alice orders at the Stationer, whose own account at the sandbox provider is paid.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from points.operations import expiry
from redemption.errors import TakesNoCash
from redemption.models import Payment, ProviderCallback, Refund, SandboxPayment
from redemption.operations import orders, payments
from redemption.payments import ProviderUnavailable, RefundOrder, sandbox
from tests.redemption import shopping
from tests.redemption.shopping import MINUTE, NOON, SECOND

pytestmark = pytest.mark.usefixtures("committed_db")


class Scene:
    """300 points and 9.90 yuan for something worth 24.90 (SPEC R27, R37)."""

    def __init__(self, *, at: datetime = NOON) -> None:
        self.stationer = shopping.shop(takes_cash=True)
        self.alice = shopping.buyer("Alice", self.stationer, points=300)
        self.ballpoint = shopping.reward(self.stationer, 300, cash_fen=990, face_value_fen=2490, stock=5)
        self.at = at
        self.order = shopping.placed(self.ballpoint, self.alice, at=at)

    @property
    def payment(self) -> Payment:
        return self.order.payments.get()

    @property
    def status(self) -> tuple[str, str]:
        return shopping.now(self.order).status, self.payment.status

    @property
    def stock(self) -> int | None:
        self.ballpoint.refresh_from_db()
        return self.ballpoint.stock


def test_R27_the_points_are_set_aside_until_the_cash_is_paid() -> None:
    scene = Scene()
    assert (scene.status, shopping.balance(scene.alice)) == (("awaiting_cash", "open"), (0, 300))
    assert (scene.payment.amount_fen, scene.payment.payee_account) == (990, f"mch-{scene.stationer.pk}")
    assert scene.payment.pay_url == f"sandbox://pay/{scene.payment.number}"
    assert shopping.pay(scene.order, at=NOON + 29 * MINUTE) == "paid"
    assert (scene.status, shopping.balance(scene.alice)) == (("confirmed", "paid"), (0, 0))
    assert shopping.taken(scene.order) == ["placed", "awaiting_cash", "confirmed"]


def test_R27_without_the_cash_the_points_and_the_piece_come_back() -> None:
    scene = Scene()
    assert orders.cancel_unpaid(moment=NOON + 30 * MINUTE - SECOND) == 0
    assert scene.stock == 4
    assert orders.cancel_unpaid(moment=NOON + 30 * MINUTE) >= 1
    assert (scene.status, scene.stock) == (("cancelled", "closed"), 5)
    expiry.lapse_due(moment=NOON + 30 * MINUTE)
    assert shopping.balance(scene.alice) == (300, 0)


def test_a_merchant_without_an_account_takes_no_cash() -> None:
    stationer = shopping.shop()
    alice = shopping.buyer("Alice", stationer, points=300)
    with pytest.raises(TakesNoCash):
        shopping.order(shopping.reward(stationer, 300, cash_fen=990, face_value_fen=2490), alice)
    assert shopping.balance(alice) == (300, 0)


def test_the_same_callback_twice_is_once() -> None:
    scene = Scene()
    assert [shopping.pay(scene.order) for _ in range(3)] == ["paid", "already_paid", "already_paid"]
    assert ProviderCallback.objects.filter(payload__number=scene.payment.number).count() == 1
    assert shopping.balance(scene.alice) == (0, 0)


@pytest.mark.parametrize("amount_fen", [1, 989, 991])
def test_a_wrong_amount_goes_back_and_buys_nothing(amount_fen: int) -> None:
    scene = Scene()
    assert shopping.pay(scene.order, amount_fen=amount_fen) == "wrong_amount"
    assert (scene.status, shopping.balance(scene.alice)) == (("cancelled", "refund_due"), (300, 0))
    assert payments.send_refunds(moment=NOON) >= 1
    assert (scene.payment.status, scene.payment.refunded_fen) == ("refunded", amount_fen)
    assert SandboxPayment.objects.get(pk=scene.payment.number).refunds == {
        f"HMR{scene.payment.refunds.get().pk}": amount_fen
    }


@pytest.mark.parametrize("swept", [True, False], ids=["after the time-out", "before the time-out was noticed"])
def test_R27_money_that_comes_too_late_goes_back(swept: bool) -> None:
    scene = Scene()
    late = NOON + 30 * MINUTE
    if swept:
        orders.cancel_unpaid(moment=late)
    assert shopping.pay(scene.order, at=late) == "late"
    assert scene.status == ("cancelled", "refund_due")
    payments.send_refunds(moment=late)
    assert (scene.payment.status, scene.payment.refunded_fen, scene.stock) == ("refunded", 990, 5)


def test_money_for_a_cancelled_order_goes_back() -> None:
    scene = Scene()
    orders.cancel(order_id=scene.order.pk, reason="不要了", moment=NOON)
    assert shopping.balance(scene.alice) == (300, 0)
    assert shopping.pay(scene.order) == "late"
    assert payments.send_refunds(moment=NOON) >= 1
    assert scene.status == ("cancelled", "refunded")


def test_a_refund_is_sent_again_after_the_provider_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    shopping.pay(scene.order, amount_fen=1)

    def silent(self: object, order: RefundOrder) -> bool:
        raise ProviderUnavailable("down")

    with monkeypatch.context() as down:
        down.setattr(sandbox.Sandbox, "refund", silent)
        payments.send_refunds(moment=NOON)
    assert scene.payment.status == "refund_due"
    payments.send_refunds(moment=NOON + MINUTE)
    assert scene.payment.status == "refunded"


def test_a_payment_is_announced_on_the_next_request_after_the_provider_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: object, bill: object) -> str:
        raise ProviderUnavailable("down")

    with monkeypatch.context() as down:
        down.setattr(sandbox.Sandbox, "open", silent)
        scene = Scene()
    assert (scene.status, scene.payment.pay_url) == (("awaiting_cash", "open"), "")
    again = shopping.order(scene.ballpoint, scene.alice, reference=scene.order.reference, at=NOON)
    assert again.is_replay
    assert scene.payment.pay_url


def test_a_lost_callback_is_found_by_asking() -> None:
    scene = Scene()
    sandbox.pay(number=scene.payment.number, moment=NOON + MINUTE)
    assert payments.reconcile(moment=NOON + 2 * MINUTE, limit=10_000) >= 1
    assert scene.status == ("confirmed", "paid")


def test_a_payment_of_another_account_is_not_ours() -> None:
    scene = Scene()
    notice = replace(sandbox.pay(number=scene.payment.number, moment=NOON), payee_account="mch-of-somebody-else")
    assert payments.settle(provider="sandbox", notice=notice, moment=NOON) == "wrong_payee"
    assert scene.status == ("awaiting_cash", "open")


def test_a_notice_of_an_unknown_payment_is_stored_and_logged() -> None:
    scene = Scene()
    notice = replace(sandbox.pay(number=scene.payment.number, moment=NOON), number="HM0", event_id=scene.payment.number)
    assert payments.settle(provider="sandbox", notice=notice, moment=NOON) == "unknown_payment"
    assert ProviderCallback.objects.get(event_id=scene.payment.number).verdict == "unknown_payment"


def test_cash_comes_back_through_the_provider_with_a_cancellation() -> None:
    scene = Scene()
    shopping.pay(scene.order)
    orders.cancel(order_id=scene.order.pk, reason="不要了", moment=NOON)
    refund = Refund.objects.get(order=scene.order)
    assert (refund.points, refund.cash_fen, refund.cash_status) == (300, 990, "due")
    payments.send_refunds(moment=NOON)
    assert (scene.status, shopping.balance(scene.alice), scene.stock) == (("refunded", "refunded"), (300, 0), 5)


@pytest.mark.parametrize(
    "change", [{"amount_fen": 1}, {"payee_account": "x"}, {"status": "open"}, {"received_fen": 0}, {"status": "closed"}]
)
def test_the_database_refuses_to_forget_money(change: Mapping[str, Any]) -> None:
    scene = Scene()
    shopping.pay(scene.order)
    with pytest.raises(DatabaseError, match=r"payment|money"):
        Payment.objects.filter(pk=scene.payment.pk).update(**change)


# --- callbacks of providers -----------------------------------------------------------------


def call(headers: Mapping[str, str], body: bytes, *, provider: str = "sandbox") -> int:
    answer = Client().post(
        f"/payments/{provider}/notices", body, content_type="application/json", headers=dict(headers)
    )
    return answer.status_code


def test_a_signed_callback_confirms_the_order() -> None:
    scene = Scene(at=timezone.now())
    notice = sandbox.pay(number=scene.payment.number, moment=timezone.now())
    signed = sandbox.sign(notice, moment=timezone.now())
    assert [call(*signed), call(*signed)] == [204, 204]
    assert scene.status == ("confirmed", "paid")


def without_signature(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return {sandbox.TIMESTAMP: headers[sandbox.TIMESTAMP]}, body


def other_body(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers, body.replace(b"990", b"991")


def other_time(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers | {sandbox.TIMESTAMP: (timezone.now() + SECOND).isoformat()}, body


@pytest.mark.parametrize("forge", [without_signature, other_body, other_time])
def test_a_forged_callback_changes_nothing(
    forge: Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]],
) -> None:
    scene = Scene(at=timezone.now())
    notice = sandbox.pay(number=scene.payment.number, moment=timezone.now())
    assert call(*forge(*sandbox.sign(notice, moment=timezone.now()))) == 401
    assert (scene.status, ProviderCallback.objects.filter(payload__number=scene.payment.number).count()) == (
        ("awaiting_cash", "open"), 0,
    )  # fmt: skip


def test_a_callback_recorded_long_ago_is_not_taken_again() -> None:
    scene = Scene(at=timezone.now())
    notice = sandbox.pay(number=scene.payment.number, moment=timezone.now())
    assert call(*sandbox.sign(notice, moment=timezone.now() - 6 * MINUTE)) == 401


def test_an_unknown_provider_and_a_get_request_are_refused() -> None:
    assert call({}, b"{}", provider="nobody") == 404
    assert Client().get("/payments/sandbox/notices").status_code == 405
