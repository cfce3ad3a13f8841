"""A small ledger with every kind of act, written by the operations, for tests of the audit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Family, FamilyMember, MemberMerge, User
from merchants.models import Merchant
from points.models import Act, EarningRule
from points.operations import (
    adjustments,
    compensations,
    earning_rules,
    expiry,
    grants,
    merges,
    opening_balances,
    purchases,
    returns,
    reversals,
    spending,
    transfers,
)
from points.purchase import PurchaseRequest
from points.rules import clawback
from points.transparency import log, sealer
from points.types import ActKind, Purse
from tests import factories
from tests.points.transparency import sealing

BEGUN = datetime(2025, 3, 3, 4, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Cast:
    """Alice and Bob are one family; Charlie approves what Alice proposes. Both shops know all three."""

    stationer: Merchant
    garage: Merchant
    platform: Merchant
    alice: User
    bob: User
    charlie: User


def cast() -> Cast:
    def shop(code: str, **fields: Any) -> Merchant:
        return factories.merchant(code, code=code, **fields)

    people = [factories.person(name=name) for name in ("Alice", "Bob", "Charlie")]
    made = Cast(
        shop("STATIONER", category="stationery"),
        shop("GARAGE", category="automotive", clawback_policy="owe"),
        shop("HONGMI", category="platform", is_platform=True),
        *people,
    )
    home = Family.objects.create()
    for person in people[:2]:
        FamilyMember.objects.create(family=home, member=person)
    for person in people:
        for merchant in (made.stationer, made.garage):
            factories.join(merchant, person)
    return made


def write() -> Cast:
    """Write every kind of act in every variant; some acts are sealed, the last one is not."""
    made = cast()
    _publish_rules(made)
    for step in (_earn, _spend, _return_goods, _correct, _give, _expire, _merge):
        step(made)
    # Not published, because heads of several ledgers would go to one directory.
    sealing.seal_all(lambda: sealer.seal_batch(log.keys()))
    buy(made.stationer, made.alice, "after-the-seal", 3_00)
    return made


def _publish_rules(made: Cast) -> None:
    for shop in (made.stationer, made.garage):
        _publish(shop, "rate", {"kind": "rate", "points": 1, "per_fen": 100})
    first = {
        "kind": "first_purchase",
        "threshold_fen": 10_000,
        "points": 200,
        "valid_days": 60,
        "expiry_notice": "60 天",
    }
    _publish(made.stationer, "first", first)
    budget = {"limit": 9_000, "window": "year", "per": "merchant"}
    capped = {"kind": "bonus", "points": 30, "caps": [{"limit": 50, "window": "month"}, budget]}
    _publish(made.stationer, "capped", capped | {"valid_days": 20, "expiry_notice": "20 天"})
    _publish(made.stationer, "later", {"kind": "rate", "points": 1, "per_fen": 1_000, "pending_days": 7})
    _publish(made.garage, "welcome", {"kind": "sign_up", "points": 15})
    _publish(made.stationer, "green", {"kind": "rate", "purse": "green", "points": 1, "per_fen": 1_000})


def _publish(shop: Merchant, code: str, definition: dict[str, Any]) -> None:
    rule = EarningRule.objects.create(merchant=shop, code=code, name=code)
    earning_rules.publish(rule=rule, definition=definition, starts_at=BEGUN - DAY)


def buy(shop: Merchant, who: User, reference: str, fen: int, at: datetime = BEGUN, key: str | None = None) -> int:
    purchase = PurchaseRequest(member=who.public_id, reference=reference, occurred_at=at, amount_fen=fen)
    return purchases.record(merchant_id=shop.pk, purchase=purchase, key=key, moment=at).act_id or 0


def _earn(made: Cast) -> None:
    buy(made.stationer, made.alice, "first", 500_00, key="till-1")
    buy(made.stationer, made.alice, "second", 120_00)
    buy(made.stationer, made.alice, "nothing", 0)
    buy(made.garage, made.alice, "oil", 300_00)
    batch = [
        PurchaseRequest(member=who.public_id, reference=f"batch-{n}", occurred_at=BEGUN, amount_fen=90_00)
        for n, who in enumerate((made.bob, made.charlie, made.bob))
    ]
    purchases.record_batch(merchant_id=made.stationer.pk, purchases=batch, moment=BEGUN)
    grants.award_sign_up(merchant_id=made.garage.pk, member=made.charlie.public_id, moment=BEGUN)
    opening_balances.record(
        merchant_id=made.garage.pk, member=made.charlie.public_id, reference="old-card", points=70,
        expires_at=BEGUN + 40 * DAY, moment=BEGUN,
    )  # fmt: skip
    compensations.grant(
        merchant_id=made.stationer.pk, member=made.charlie.public_id, points=12, cause="late", reason="late",
        moment=BEGUN, expires_at=BEGUN + 90 * DAY,
    )  # fmt: skip


def _spend(made: Cast) -> None:
    request: dict[str, Any] = {"purse": Purse.BASE, "key": None, "moment": BEGUN + DAY, "merchant_id": made.garage.pk}
    alice = request | {"member": made.alice.public_id}
    spent = spending.redeem(points=310, reference="tyre", **alice).act_id or 0
    spending.refund(
        merchant_id=made.garage.pk, spend_id=spent, points=110, reference="tyre-back", key="back-1",
        moment=BEGUN + 2 * DAY,
    )  # fmt: skip
    held = [spending.hold(points=40, reference=f"hold-{n}", **alice).act_id or 0 for n in range(4)]
    ended = {"merchant_id": made.garage.pk, "key": None, "moment": BEGUN + DAY + MINUTE}
    captured = spending.capture(hold_id=held[0], points=25, **ended).act_id or 0
    spending.refund(spend_id=captured, points=5, reference="part-back", **ended)
    spending.release(hold_id=held[1], **ended)
    expiry.lapse_due(moment=BEGUN + 2 * DAY)
    spending.hold(points=15, reference="still-open", **alice | {"moment": BEGUN + 3 * DAY}, expires_at=BEGUN + 9 * DAY)
    wrong = spending.redeem(points=20, reference="wrong", **alice).act_id or 0
    reversals.record(merchant_id=made.garage.pk, act_id=wrong, reason="twice", moment=BEGUN + 2 * DAY, actor_id=None)


def _return_goods(made: Cast) -> None:
    def back(shop: Merchant, purchase: str, reference: str, fen: int) -> None:
        returns.record(
            merchant_id=shop.pk, purchase_reference=purchase, reference=reference, returned=clawback.Return(fen),
            key=None, occurred_at=BEGUN + 4 * DAY, moment=BEGUN + 4 * DAY,
        )  # fmt: skip

    back(made.stationer, "second", "second-back", 50_00)
    buy(made.garage, made.bob, "parts", 400_00)
    spending.redeem(
        merchant_id=made.stationer.pk, member=made.bob.public_id, purse=Purse.BASE, points=450, reference="spree",
        key=None, moment=BEGUN + DAY,
    )  # fmt: skip
    back(made.garage, "parts", "parts-back", 400_00)  # Bob owes the Garage for what he has spent
    buy(made.garage, made.bob, "bolts", 60_00, at=BEGUN + 5 * DAY)  # and begins to repay it


def _correct(made: Cast) -> None:
    mistaken = buy(made.stationer, made.charlie, "mistaken", 80_00)
    reversals.record(
        merchant_id=made.stationer.pk, act_id=mistaken, reason="not his", moment=BEGUN + DAY, actor_id=None
    )
    for points in (-30, 25):
        proposal = adjustments.propose(
            merchant_id=made.stationer.pk, member_id=made.alice.pk, purse=Purse.BASE, points=points, reason="counted",
            proposed_by_id=made.alice.pk,
        )  # fmt: skip
        adjustments.approve(adjustment_id=proposal.pk, approved_by_id=made.charlie.pk, moment=BEGUN + 5 * DAY)
    taken = Act.objects.filter(kind=ActKind.ADJUSTMENT).order_by("id").first()
    assert taken is not None
    reversals.record(
        merchant_id=made.stationer.pk, act_id=taken.pk, reason="counted right", moment=BEGUN + 6 * DAY, actor_id=None
    )


def _give(made: Cast) -> None:
    transfers.give(giver_id=made.alice.pk, receiver_id=made.bob.pk, points=21, reference="gift", moment=BEGUN + DAY)


def _expire(made: Cast) -> None:
    while expiry.expire_due(moment=BEGUN + 70 * DAY):
        pass


def _merge(made: Cast) -> None:
    """Charlie had a second account, with points, a once-only gift, used caps and a debt; a refund comes after."""
    at = BEGUN + 200 * DAY
    old = factories.person(name="Charlie")
    for merchant in (made.stationer, made.garage):
        factories.join(merchant, old)
    buy(made.stationer, old, "old-first", 130_00, at)
    buy(made.garage, old, "old-oil", 80_00, at)
    spent = spending.redeem(
        merchant_id=made.stationer.pk, member=old.public_id, purse=Purse.BASE, points=250, reference="old-ruler",
        key=None, moment=at,
    ).act_id  # fmt: skip
    returns.record(
        merchant_id=made.garage.pk, purchase_reference="old-oil", reference="old-oil-back",
        returned=clawback.Return(80_00), key=None, occurred_at=at, moment=at,
    )  # fmt: skip
    order = MemberMerge.objects.create(
        duplicate=old, survivor=made.charlie, reason="the same person", proposed_by=made.alice, proposed_at=at,
        approved_by=made.bob, approved_at=at,
    )  # fmt: skip
    merges.book(merge_id=order.pk, moment=at + DAY)
    User.objects.filter(pk=old.pk).update(merged_into=made.charlie, is_active=False)
    spending.refund(
        merchant_id=made.stationer.pk, spend_id=spent or 0, points=9, reference="old-ruler-back", key=None,
        moment=at + 2 * DAY,
    )  # fmt: skip
