"""Issuing needs a deposit or a credit limit (SPEC D10): the Stationer's covers 100 points at 5 fen."""

import pytest

from merchants.models import Merchant
from merchants.operations import lifecycle
from points.operations import issuing_limits
from tests import factories
from tests import partner_client as tills
from tests.partner_client import PartnerClient
from tests.points.transparency import sealing


@pytest.fixture
def till(own_db: str) -> PartnerClient:
    till = PartnerClient(factories.merchant("stationer", deposit_fen=500))
    tills.publish_rule(till.shop)
    return till


def reviewed(till: PartnerClient) -> bool:
    sealing.seal_all()
    issuing_limits.review()
    return Merchant.objects.get(pk=till.shop.pk).may_issue


def test_beyond_its_cover_a_merchant_issues_no_more_and_points_stay_spendable(till: PartnerClient) -> None:
    alice = factories.member("Alice", till.shop)
    assert till.post("/purchases", tills.purchase(alice, 9_900)).status_code == 201
    assert reviewed(till)
    bought = tills.purchase(alice, 100)
    assert till.post("/purchases", bought).status_code == 201
    assert not reviewed(till)
    answer = till.post("/purchases", tills.purchase(alice, 100))
    assert (answer.status_code, answer.json()["code"]) == (422, "issuing_limit_reached")
    from tests.merchants import counter

    assert counter.hold(till, alice, 50, counter.leave_by_code(till, alice, 50)).status_code == 201
    back = till.post(f"/purchases/{bought['reference']}/returns", {"reference": "back", "amount_fen": 100})
    assert back.status_code == 201
    assert reviewed(till)


def test_more_cover_opens_issuing_again(till: PartnerClient) -> None:
    alice = factories.member("Alice", till.shop)
    till.post("/purchases", tills.purchase(alice, 10_000))
    assert not reviewed(till)
    lifecycle.agree_limit(merchant_id=till.shop.pk, deposit_fen=500, credit_limit_fen=500)
    assert reviewed(till)
    assert till.post("/purchases", tills.purchase(alice, 100)).status_code == 201
