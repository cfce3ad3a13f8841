"""Ordering: what SPEC says of redemption, by number and with the seeds' figures; all of it or nothing."""

import pytest

from points import operations as points
from redemption.models import Order
from tests.redemption import shopping

pytestmark = pytest.mark.usefixtures("committed_db")


def test_r21_500_points_buy_the_notebooks_499_change_nothing() -> None:
    stationer = shopping.shop()
    notebooks = shopping.reward(stationer, 500, stock=10)
    alice, bob = shopping.member("Alice", stationer, points=500), shopping.member("Bob", stationer, points=499)
    done = shopping.placed(notebooks, alice)
    assert (shopping.now(done).status, shopping.balance(alice)) == ("confirmed", (0, 0))
    with pytest.raises(points.InsufficientPoints) as refusal:
        shopping.order(notebooks, bob)
    assert refusal.value.facts["missing"] == 1
    notebooks.refresh_from_db()
    assert (notebooks.stock, shopping.balance(bob), Order.objects.filter(member=bob).count()) == (9, (499, 0), 0)


def test_r21_1000_points_buy_the_pen() -> None:
    stationer = shopping.shop()
    alice = shopping.member("Alice", stationer, points=1000)
    shopping.order(shopping.reward(stationer, 1000, title="签字笔"), alice)
    assert shopping.balance(alice) == (0, 0)
