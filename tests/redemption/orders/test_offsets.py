"""Points against a bill (SPEC R25): accepted once, refunded in points and money separately, never dropped."""

import pytest

from hongmi.lib.errors import KeyReused, ReferenceConflict
from merchants.models import SpendingAct
from points.errors import InsufficientPoints
from points.models import Act
from points.operations import purchases, spending
from points.purchase import PurchaseRequest
from redemption.errors import MoreThanWasTaken, OffsetNotFound, OffsetTooLarge
from redemption.models import Offset
from redemption.operations import offsets
from redemption.operations.offsets import AcceptedOffset, RefundedOffset
from tests import partner_client
from tests.points import cast
from tests.redemption import shopping
from tests.redemption.shopping import DAY, NOON

pytestmark = pytest.mark.usefixtures("committed_db")


class Scene:
    def __init__(self) -> None:
        self.garage = shopping.shop("garage")
        self.alice = shopping.buyer("Alice", self.garage, points=2000)

    def accept(self, *, bill_fen: int = 80_000, spent: int = 2000, **changes: object) -> AcceptedOffset:
        arguments = {"reference": "bill-1", "authorisation": None, "key": None, "moment": NOON} | changes
        return offsets.accept(
            merchant_id=self.garage.pk, member=self.alice.public_id, bill_fen=bill_fen, points_spent=spent, **arguments
        )  # type: ignore[arg-type]

    def refund(self, amount_fen: int, reference: str, *, key: str | None = None) -> RefundedOffset:
        return offsets.refund(
            merchant_id=self.garage.pk,
            offset_reference="bill-1",
            reference=reference,
            amount_fen=amount_fen,
            key=key,
            moment=NOON + DAY,
        )


def test_R25_2000_points_at_5_fen_leave_700_of_800_yuan_to_pay() -> None:
    scene = Scene()
    accepted = scene.accept()
    assert (accepted.offset.offset_fen, accepted.to_pay_fen) == (10_000, 70_000)
    assert shopping.balance(scene.alice) == (0, 0)


def test_R25_a_refund_of_400_yuan_restores_1000_points_and_350_yuan() -> None:
    scene = Scene()
    scene.accept()
    refund = scene.refund(40_000, "return-1").refund
    assert (refund.points, refund.money_fen, shopping.balance(scene.alice)) == (1000, 35_000, (1000, 0))
    assert cast.lots(scene.alice) == [1000]


def test_R25_odd_fen_go_to_money_and_the_last_refund_ends_exactly() -> None:
    scene = Scene()
    scene.accept()
    given = [scene.refund(amount, str(amount)).refund for amount in (33_333, 33_334, 13_333)]
    assert (given[0].points, given[0].money_fen) == (833, 33_333 - 833 * 5)
    assert (sum(one.points for one in given), sum(one.money_fen for one in given)) == (2000, 70_000)
    with pytest.raises(MoreThanWasTaken) as refusal:
        scene.refund(1, "one more")
    assert refusal.value.facts == {"amount_fen": 0}


def test_R25_the_part_paid_with_points_earns_nothing() -> None:
    scene = Scene()
    partner_client.publish_rule(scene.garage)
    purchase = PurchaseRequest(
        member=scene.alice.public_id,
        reference="bill-1",
        occurred_at=NOON,
        amount_fen=scene.accept().to_pay_fen,
    )
    purchases.record(merchant_id=scene.garage.pk, purchase=purchase, key=None, moment=NOON)
    assert shopping.balance(scene.alice) == (700, 0)


def test_an_accepted_offset_is_answered_again_after_a_fault_and_spent_once() -> None:
    scene = Scene()
    first = scene.accept(key="k")
    for key in ("k", "k", "after the crash", None):
        again = scene.accept(key=key, moment=NOON + DAY)
        assert (again.offset.pk, again.is_replay) == (first.offset.pk, True)
    kinds = Act.objects.filter(member=scene.alice).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["purchase", "hold", "capture"]


def test_another_bill_under_the_same_reference_or_key_is_refused() -> None:
    scene = Scene()
    scene.accept(spent=100, key="k")
    with pytest.raises(ReferenceConflict):
        scene.accept(spent=101)
    with pytest.raises(KeyReused):
        scene.accept(spent=101, key="k")


def test_a_fault_between_hold_and_capture_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()

    class Fault(Exception):
        pass

    def broken(**changes: object) -> None:
        raise Fault

    with monkeypatch.context() as fault:
        fault.setattr(spending, "capture", broken)
        with pytest.raises(Fault):
            scene.accept(key="k")
    assert (shopping.balance(scene.alice), Offset.objects.filter(member=scene.alice).count()) == ((2000, 0), 0)
    assert not scene.accept(key="k").is_replay


def test_points_worth_more_than_the_bill_and_points_nobody_has_are_refused() -> None:
    scene = Scene()
    with pytest.raises(OffsetTooLarge):
        scene.accept(bill_fen=9_999)
    with pytest.raises(InsufficientPoints):
        scene.accept(spent=2001)
    assert shopping.balance(scene.alice) == (2000, 0)


def test_leave_for_an_order_pays_no_bill() -> None:
    scene = Scene()
    authorisation = shopping.authorise(scene.garage, scene.alice, SpendingAct.ORDER, 2000)
    with pytest.raises(shopping.AuthorisationRefused):
        scene.accept(authorisation=authorisation.pk)
    assert not scene.accept(
        authorisation=shopping.authorise(scene.garage, scene.alice, SpendingAct.OFFSET, 2000).pk
    ).is_replay


def test_the_same_refund_is_given_once_and_another_under_its_name_never() -> None:
    scene = Scene()
    scene.accept()
    first = scene.refund(40_000, "r", key="k")
    assert scene.refund(40_000, "r", key="k").refund.pk == scene.refund(40_000, "r").refund.pk == first.refund.pk
    with pytest.raises(ReferenceConflict):
        scene.refund(1, "r")
    with pytest.raises(KeyReused):
        scene.refund(40_000, "other", key="k")
    assert shopping.balance(scene.alice) == (1000, 0)


def test_an_unknown_offset_is_not_refunded() -> None:
    with pytest.raises(OffsetNotFound):
        Scene().refund(1, "r")
