"""At the console a shop sees nothing of other shops but the sum of its own points spent there.

Committed, because the scope that a request sets lasts until the end of its transaction, which would be the test's.
"""

import re

import pytest
from django.urls import reverse
from time_machine import travel

from merchants.models import Membership
from points.models import Act, EarningRule
from tests import factories
from tests.points import cast
from tests.points.console.staff import read, staff

pytestmark = pytest.mark.usefixtures("committed_db")


def test_each_shop_sees_the_rows_of_its_own() -> None:
    stationer, garage = factories.merchant(name="Inkwell"), factories.merchant(name="Wrench")
    for shop in (stationer, garage):
        member = factories.member("Member", shop)
        Membership.objects.filter(member=member).update(member_ref=f"ref-{shop.name}")
        cast.buy(shop, member, cast.award(10), reference=f"receipt-{shop.name}")
        EarningRule.objects.create(merchant=shop, code="rate", name=f"rule-{shop.name}")
    foreign = Act.objects.get(reference="receipt-Wrench")
    alice, charlie = staff("alice", "owner", stationer), staff("charlie", "owner", garage)
    for client, mine, other in ((alice, "Inkwell", "Wrench"), (charlie, "Wrench", "Inkwell")):
        for page in ("points_act", "merchants_membership", "points_earningrule", "merchants_merchant", "points_lot"):
            text = read(client, f"{page}_changelist")
            assert mine in text, page
            assert other not in text, page
    assert alice.get(reverse("admin:points_act_change", args=[foreign.pk])).status_code == 302


def test_the_overview_adds_up_to_the_points_outstanding() -> None:
    stationer, garage = factories.merchant("stationer"), factories.merchant("garage")
    alice = factories.member("Alice", stationer, garage)
    first = cast.buy(stationer, alice, cast.award(1000)).act_id
    cast.give_back_goods(stationer, first, 100)
    cast.redeem(garage, alice, 250)
    cast.hold(garage, alice, 50)
    # On the day of the acts, because the page shows the month it is opened in.
    with travel(cast.NOON):
        page = read(staff("owner", "owner", stationer), "index")
    assert re.findall(r'class="hm-figure">([\d,]+)<', page)[:6] == ["0", "1,000", "100", "250", "0", "650"]
