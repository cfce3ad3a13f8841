"""Alice is a member of three shops: sums are those of her whole wallet whichever shop reads them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from hongmi.lib import rls
from merchants.models import Membership
from points import queries
from points.types import Purse
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient, purchase

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def shops() -> list[PartnerClient]:
    clients = [PartnerClient(factories.merchant(stem)) for stem in ("stationer", "garage", "grocer")]
    for each in clients:
        partner_client.publish_rule(each.shop)
    return clients


@pytest.fixture
def alice(shops: list[PartnerClient]) -> User:
    member = factories.member("Alice", *(each.shop for each in shops))
    for each, amount_fen in zip(shops, (10_000, 20_000, 30_000), strict=True):
        assert each.post("/purchases", purchase(member, amount_fen)).status_code == 201
    return member


def base(partner: PartnerClient, member: User, **past: str) -> Any:
    return partner.get(f"/members/{member.public_id}/wallets", **past).json()["wallets"][0]


def hold(partner: PartnerClient, member: User, points: int, **fields: Any) -> Any:
    return counter.hold(partner, member, points, counter.authorisation_by_code(partner, member, points), **fields)


def test_every_shop_reads_the_same_sums_now_and_as_of_now(shops: list[PartnerClient], alice: User) -> None:
    assert hold(shops[0], alice, 250).status_code == 201
    as_of = timezone.now().isoformat()
    for shop in shops:
        now, past = base(shop, alice), base(shop, alice, as_of=as_of)
        assert (now["balance"], now["held"]) == (past["balance"], past["held"]) == (350, 250)


def test_a_hold_is_captured_and_repeated_after_its_member_left(shops: list[PartnerClient], alice: User) -> None:
    authorisation, reference = counter.authorisation_by_code(shops[0], alice, 100), uuid.uuid4().hex
    first = counter.hold(shops[0], alice, 100, authorisation, reference=reference, key="k")
    Membership.objects.filter(merchant=shops[0].shop, member=alice).update(left_at=timezone.now())
    again = counter.hold(shops[0], alice, 100, authorisation, reference=reference, key="k")
    assert (again.status_code, again.content) == (201, first.content)
    ended = shops[0].post(f"/holds/{first.json()['id']}/capture", {})
    assert (ended.status_code, ended.json()["captured"]) == (201, 100)


def test_a_lapsed_hold_of_another_shop_is_no_longer_held(shops: list[PartnerClient], alice: User) -> None:
    assert hold(shops[0], alice, 250).status_code == 201
    later = timezone.now() + timedelta(hours=1)
    with connection.execute_wrapper(rls.scoped_execute), restricted_to(shops[1]):
        wallet = queries.wallets(member_id=alice.pk, moment=later)[0]
    assert (wallet.balance, wallet.available, wallet.held) == (600, 600, 0)


def test_points_granted_by_any_shop_keep_an_old_price(shops: list[PartnerClient], alice: User) -> None:
    moment = timezone.now() + timedelta(seconds=1)
    with connection.execute_wrapper(rls.scoped_execute), restricted_to(shops[1]):
        points = queries.available_granted_before(
            member_id=alice.pk, purse=Purse.BASE, granted_before=moment, moment=moment
        )
    assert points == 600


@contextmanager
def restricted_to(partner: PartnerClient) -> Iterator[None]:
    token = rls._merchants.set(frozenset([partner.shop.pk]))
    try:
        yield
    finally:
        rls._merchants.reset(token)
