"""SPEC R35: lots from before a rise was announced pay the old price, and later lots do not.

Alice earned before the announcement and after it; Bob only after it.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from merchants.models import Merchant
from points import queries
from points.errors import InsufficientPoints
from points.operations import spending
from points.types import Purse
from tests import factories
from tests.points import cast


@dataclass(frozen=True)
class Scene:
    shop: Merchant
    alice: User
    bob: User
    announced_at: datetime


@pytest.fixture
def scene(committed_db: None) -> Scene:
    # Committed, because within one transaction the database's clock stands still and nothing is before anything.
    shop = factories.merchant()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    cast.buy(shop, alice, cast.award(500))
    announced_at = timezone.now()
    time.sleep(0.01)
    cast.buy(shop, alice, cast.award(300))
    cast.buy(shop, bob, cast.award(800))
    return Scene(shop, alice, bob, announced_at)


def spend(scene: Scene, who: User, points: int, reference: str, *, granted_before: datetime | None) -> object:
    return spending.redeem(
        merchant_id=scene.shop.pk,
        member=who.public_id,
        purse=Purse.BASE,
        points=points,
        reference=reference,
        key=None,
        moment=timezone.now(),
        granted_before=granted_before,
    )


def old_points(scene: Scene, who: User) -> int:
    return queries.available_granted_before(
        member_id=who.pk, purse=Purse.BASE, granted_before=scene.announced_at, moment=timezone.now()
    )


def test_it_counts_only_points_granted_before_the_announcement(scene: Scene) -> None:
    assert (old_points(scene, scene.alice), old_points(scene, scene.bob)) == (500, 0)


def test_it_draws_the_old_lots_only(scene: Scene) -> None:
    spend(scene, scene.alice, 500, "old price", granted_before=scene.announced_at)
    assert cast.lots(scene.alice) == [0, 300]
    assert cast.wallet(scene.alice).available == 300


def test_it_refuses_later_points_the_old_price(scene: Scene) -> None:
    with pytest.raises(InsufficientPoints) as refusal:
        spend(scene, scene.bob, 500, "old price", granted_before=scene.announced_at)
    assert (refusal.value.facts["available"], refusal.value.facts["missing"]) == (0, 500)
    assert cast.wallet(scene.bob).available == 800


def test_old_lots_are_not_topped_up_by_later_ones(scene: Scene) -> None:
    with pytest.raises(InsufficientPoints) as refusal:
        spend(scene, scene.alice, 501, "one too many", granted_before=scene.announced_at)
    assert (refusal.value.facts["available"], refusal.value.facts["missing"]) == (500, 1)


def test_without_a_limit_every_lot_serves(scene: Scene) -> None:
    spend(scene, scene.alice, 800, "today's price", granted_before=None)
    assert cast.lots(scene.alice) == [0, 0]


def test_a_hold_takes_the_old_lots_and_gives_them_back_old(scene: Scene) -> None:
    held = spending.hold(
        merchant_id=scene.shop.pk,
        member=scene.alice.public_id,
        purse=Purse.BASE,
        points=400,
        reference="cart",
        key=None,
        moment=timezone.now(),
        granted_before=scene.announced_at,
    )
    assert cast.lots(scene.alice) == [100, 300]
    assert held.act_id is not None
    spending.release(merchant_id=scene.shop.pk, hold_id=held.act_id, key=None, moment=timezone.now())
    assert old_points(scene, scene.alice) == 500
