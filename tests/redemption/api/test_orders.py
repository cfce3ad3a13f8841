"""Orders, offsets and vouchers through the partner API: Alice orders at the Stationer, and the Garage sees nothing."""

import uuid
from typing import Any

import pytest

from merchants.models import SpendingAct
from redemption.models import Order
from tests import factories
from tests.partner_client import PartnerClient
from tests.redemption import shopping

pytestmark = pytest.mark.usefixtures("committed_db")


class Scene:
    def __init__(self) -> None:
        self.stationer, self.garage = shopping.shop(takes_cash=True), shopping.shop("garage")
        self.partner, self.other = PartnerClient(self.stationer), PartnerClient(self.garage)
        self.store = factories.store(self.stationer)
        self.alice = shopping.buyer("Alice", self.stationer, points=3000)

    def authorise(self, act: SpendingAct, points: int) -> str:
        return str(shopping.authorise(self.stationer, self.alice, act, points, at=shopping.present()).pk)

    def order(self, reward_id: int, points: int, **changes: Any) -> dict[str, Any]:
        body = {"member_id": str(self.alice.public_id), "reward_id": str(reward_id), "quantity": 1}
        return (
            body | {"reference": uuid.uuid4().hex, "authorisation": self.authorise(SpendingAct.ORDER, points)} | changes
        )


def code_of(answer: Any) -> str:
    return str(answer.json()["code"])


def test_an_order_is_placed_read_accepted_and_answered_again() -> None:
    scene = Scene()
    body = scene.order(shopping.reward(scene.stationer).pk, 500)
    first, again = (scene.partner.post("/orders", body, key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201), first.content
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    body = first.json()
    assert (body["status"], body["points"], body["member_id"]) == ("confirmed", 500, str(scene.alice.public_id))
    read = scene.partner.get(f"/orders/{body['id']}").json()
    assert "code" not in read["vouchers"][0]
    code = body["vouchers"][0]["code"]
    queried = scene.partner.post("/vouchers/query", {"code": code}, key=None)
    assert (queried.status_code, queried.json()["refused"]) == (200, None), queried.content
    taken = scene.partner.post("/vouchers/accept", {"code": code, "store_id": str(scene.store.pk)})
    assert (taken.json()["status"], taken.json()["store_id"]) == ("accepted", str(scene.store.pk))
    twice = scene.partner.post("/vouchers/accept", {"code": code, "store_id": str(scene.store.pk)})
    assert (twice.status_code, code_of(twice)) == (422, "voucher_not_acceptable")


def test_another_merchant_sees_neither_order_nor_voucher() -> None:
    scene = Scene()
    body = scene.partner.post("/orders", scene.order(shopping.reward(scene.stationer).pk, 500)).json()
    code = body["vouchers"][0]["code"]
    answers = [
        scene.other.get(f"/orders/{body['id']}"),
        scene.other.post(f"/orders/{body['id']}/cancel", {"reason": "x"}),
        scene.other.post("/vouchers/query", {"code": code}),
        scene.other.post("/vouchers/accept", {"code": code, "store_id": str(scene.store.pk)}),
    ]
    assert [(answer.status_code, code_of(answer)) for answer in answers] == [
        (404, "order_not_found"), (404, "order_not_found"), (404, "voucher_not_found"), (404, "voucher_not_found"),
    ]  # fmt: skip


def test_points_and_cash_wait_for_the_payment_and_are_cancelled() -> None:
    scene = Scene()
    ballpoint = shopping.reward(scene.stationer, 300, cash_fen=990, face_value_fen=2490)
    body = scene.partner.post("/orders", scene.order(ballpoint.pk, 300)).json()
    assert (body["status"], body["cash_fen"], body["payments"][0]["status"]) == ("awaiting_cash", 990, "open")
    assert body["payments"][0]["pay_url"]
    for _ in range(2):
        ended = scene.partner.post(f"/orders/{body['id']}/cancel", {"reason": "不要了"})
        assert (ended.status_code, ended.json()["status"]) == (200, "cancelled"), ended.content


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"authorisation": str(uuid.uuid4())}, 403, "authorisation_refused"),
        ({"reward_id": "1"}, 404, "reward_not_on_sale"),
        ({"member_id": str(uuid.uuid4())}, 404, "member_not_found"),
        ({"quantity": 0}, 400, "invalid"),
        ({"options": {"colour": "red"}}, 400, "invalid"),
        ({"quantity": 7}, 422, "insufficient_points"),
    ],
)
def test_a_refused_order_has_its_code_and_writes_nothing(changes: dict[str, Any], status: int, code: str) -> None:
    scene = Scene()
    answer = scene.partner.post("/orders", scene.order(shopping.reward(scene.stationer).pk, 3500) | changes)
    assert (answer.status_code, code_of(answer)) == (status, code), answer.content
    assert not Order.objects.filter(merchant=scene.stationer).exists()


def test_an_offset_and_its_refund() -> None:
    scene = Scene()
    body = {"member_id": str(scene.alice.public_id), "bill_fen": 80_000, "points": 2000, "reference": "a/b 单1"}
    body["authorisation"] = scene.authorise(SpendingAct.OFFSET, 2000)
    first, again = (scene.partner.post("/offsets", body, key="k") for _ in range(2))
    assert (first.status_code, first.json()["to_pay_fen"]) == (201, 70_000), first.content
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    back = scene.partner.post("/offsets/a/b 单1/refunds", {"reference": "r", "amount_fen": 40_000})
    assert (back.status_code, back.json()["points"], back.json()["money_fen"]) == (201, 1000, 35_000), back.content
    more = scene.partner.post("/offsets/a/b 单1/refunds", {"reference": "r2", "amount_fen": 40_001})
    assert (more.status_code, code_of(more)) == (422, "refund_exceeds_original")


@pytest.mark.parametrize("path", ["/orders", "/offsets", "/vouchers/accept", "/orders/1/cancel", "/offsets/x/refunds"])
def test_every_write_needs_a_key_and_a_scope(path: str) -> None:
    scene = Scene()
    assert code_of(scene.partner.post(path, {}, key=None)) == "idempotency_key_missing"
    assert code_of(PartnerClient(scene.stationer, scopes=("rewards:read",)).post(path, {})) == "scope_missing"
