"""Issuing needs a deposit or a credit limit (SPEC D10): the Stationer's covers 100 points at 5 fen."""

import pytest

from merchants.models import Merchant
from merchants.operations import lifecycle
from points.operations import issuing_limits
from tests import factories, partner_client
from tests.partner_client import PartnerClient
from tests.points.transparency import sealing


@pytest.fixture
def partner(own_db: str) -> PartnerClient:
    partner = PartnerClient(factories.merchant("stationer", deposit_fen=500))
    partner_client.publish_rule(partner.shop)
    return partner


def reviewed(partner: PartnerClient) -> bool:
    sealing.seal_all()
    issuing_limits.review()
    return Merchant.objects.get(pk=partner.shop.pk).may_issue


def test_beyond_its_cover_a_merchant_issues_no_more_and_points_stay_spendable(partner: PartnerClient) -> None:
    alice = factories.member("Alice", partner.shop)
    assert partner.post("/purchases", partner_client.purchase(alice, 9_900)).status_code == 201
    assert reviewed(partner)
    bought = partner_client.purchase(alice, 100)
    assert partner.post("/purchases", bought).status_code == 201
    assert not reviewed(partner)
    answer = partner.post("/purchases", partner_client.purchase(alice, 100))
    assert (answer.status_code, answer.json()["code"]) == (422, "issuing_limit_reached")
    from tests.merchants import counter

    assert counter.hold(partner, alice, 50, counter.authorisation_by_code(partner, alice, 50)).status_code == 201
    back = partner.post(f"/purchases/{bought['reference']}/returns", {"reference": "back", "amount_fen": 100})
    assert back.status_code == 201
    assert reviewed(partner)


def test_more_cover_opens_issuing_again(partner: PartnerClient) -> None:
    alice = factories.member("Alice", partner.shop)
    partner.post("/purchases", partner_client.purchase(alice, 10_000))
    assert not reviewed(partner)
    lifecycle.agree_limit(merchant_id=partner.shop.pk, deposit_fen=500, credit_limit_fen=500)
    assert reviewed(partner)
    assert partner.post("/purchases", partner_client.purchase(alice, 100)).status_code == 201
