"""The decisions of SPEC §1 on giving, issuing, spending and reading. Each test is named by its number."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.operations import families
from merchants.models import Merchant, MerchantStatus
from merchants.operations import lifecycle
from points.clearing_value import CLEARING_VALUE_FEN
from points.errors import GiftCapReached, InsufficientPoints, NotInTheSameFamily
from points.models import Lot, Wallet
from points.operations import issuing_limits, transfers
from points.types import AccountKind
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient
from tests.points import cast
from tests.points.transparency import sealing

NOW = timezone.now()


def give(giver: User, receiver: User, points: int, *, at: timedelta = timedelta(0)) -> None:
    reference = f"gift-{uuid4()}"
    transfers.give(giver_id=giver.pk, receiver_id=receiver.pk, points=points, reference=reference, moment=NOW + at)


def green(person: User) -> int:
    return Wallet.objects.get(member=person, purse="green").balance


@pytest.mark.django_db
def test_D3_a_point_is_worth_the_same_wherever_it_is_written() -> None:
    """The database uses the same figure as Python."""
    shop = factories.merchant()
    cast.buy(shop, factories.member("Alice", shop), cast.award(1))
    kept = Lot.objects.get(issuer=shop).value_fen
    assert {kept, CLEARING_VALUE_FEN} == {5}


@pytest.mark.usefixtures("committed_db")
def test_D7_a_gift_needs_a_confirmed_family_and_green_points_and_is_not_passed_on() -> None:
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    cast.buy(shop, alice, cast.green(300), cast.award(1_000), at=NOW)
    families.create(head=alice, moment=NOW)
    invitation = families.invite(by=alice, moment=NOW)
    with pytest.raises(NotInTheSameFamily):
        give(alice, bob, 100)
    families.accept_invitation(person=bob, moment=NOW, token=invitation)
    give(alice, bob, 100)
    assert (green(alice), green(bob)) == (200, 100)
    with pytest.raises(InsufficientPoints):
        give(alice, bob, 201)
    with pytest.raises(InsufficientPoints):
        give(bob, alice, 1)


@pytest.mark.usefixtures("committed_db")
def test_D7_gifts_end_at_500_points_a_day_and_5000_a_year() -> None:
    shop = factories.merchant()
    factories.platform()
    alice, bob = factories.member("Alice", shop), factories.member("Bob", shop)
    factories.family(alice, bob)
    cast.buy(shop, alice, cast.green(9_000), at=NOW)
    year_end = NOW.replace(month=12, day=31, hour=4)
    # Ten days of one Shanghai year, so that the year's cap is reached on any day of it.
    for day in range(10):
        give(alice, bob, 500, at=year_end - timedelta(days=day) - NOW)
        with pytest.raises(GiftCapReached):
            give(alice, bob, 1, at=year_end - timedelta(days=day) - NOW)
    with pytest.raises(GiftCapReached):
        give(alice, bob, 1, at=year_end - timedelta(days=11) - NOW)
    give(alice, bob, 500, at=year_end + timedelta(days=1) - NOW)
    assert green(bob) == 5_500


def test_D7_no_account_of_the_ledger_leads_to_cash(db: None) -> None:
    """There is no cash-out and no selling: points leave a member only to a merchant, an issuer or a relative."""
    with connection.cursor() as cursor:
        cursor.execute("""
            WITH kind AS (SELECT unnest(enum_range(NULL::account_kind)) AS name)
            SELECT d.name::text, c.name::text FROM kind d, kind c
            WHERE points.may_meet(d.name, c.name)""")
        pairs = set(cursor.fetchall())
    assert {credit for debit, credit in pairs if debit == AccountKind.MEMBER} == {
        AccountKind.ISSUANCE, AccountKind.MEMBER, AccountKind.HELD, AccountKind.REDEEMED, AccountKind.EXPIRED,
        AccountKind.TRANSIT,
    }  # fmt: skip
    assert {pair for pair in pairs if AccountKind.RESERVE in pair} == {(AccountKind.RESERVE, AccountKind.RESERVE)}
    assert len(pairs) == 13


def test_D10_a_merchant_issues_at_5_fen_a_point_within_its_deposit_and_credit(own_db: str) -> None:
    partner = PartnerClient(factories.merchant("stationer", deposit_fen=300))
    lifecycle.agree_limit(merchant_id=partner.shop.pk, deposit_fen=300, credit_limit_fen=200)
    partner_client.publish_rule(partner.shop)
    alice = factories.member("Alice", partner.shop)

    def may_issue() -> bool:
        sealing.seal_all()
        issuing_limits.review()
        return Merchant.objects.get(pk=partner.shop.pk).may_issue

    partner.post("/purchases", partner_client.purchase(alice, 9_900))
    assert may_issue()
    partner.post("/purchases", partner_client.purchase(alice, 100))
    # 100 points at 5 fen are all of the 3.00 and 2.00 yuan.
    assert not may_issue()
    refused = partner.post("/purchases", partner_client.purchase(alice, 100))
    assert (refused.status_code, refused.json()["code"]) == (422, "issuing_limit_reached")


@pytest.mark.usefixtures("committed_db")
def test_D10_an_exiting_merchants_points_are_earned_no_more_and_stay_valid_everywhere() -> None:
    stationer, garage = (
        PartnerClient(factories.merchant("stationer")),
        PartnerClient(factories.merchant("garage", category="automotive")),
    )
    partner_client.publish_rule(stationer.shop)
    alice = counter.rich_member(stationer.shop, garage.shop)
    assert stationer.post("/purchases", partner_client.purchase(alice, 10_000)).status_code == 201
    Merchant.objects.filter(pk=stationer.shop.pk).update(status=MerchantStatus.EXITING)
    assert stationer.post("/purchases", partner_client.purchase(alice, 10_000)).status_code >= 400
    for partner in (stationer, garage):
        assert counter.hold(partner, alice, 300, counter.authorisation_by_code(partner, alice, 300)).status_code == 201
    assert (Wallet.objects.get(member=alice).held, Wallet.objects.get(member=alice).balance) == (600, 0)


@pytest.mark.usefixtures("committed_db")
def test_D13_a_merchant_sees_a_member_who_joined_and_of_the_statement_its_own_entries() -> None:
    stationer, garage = (
        PartnerClient(factories.merchant("stationer")),
        PartnerClient(factories.merchant("garage", category="automotive")),
    )
    for partner in (stationer, garage):
        partner_client.publish_rule(partner.shop)
    alice = factories.member("Alice", stationer.shop)
    paths = [f"/members/{alice.public_id}{part}" for part in ("", "/wallets", "/statement")]
    assert [garage.get(path).status_code for path in paths] == [404] * 3
    assert garage.post("/purchases", partner_client.purchase(alice)).status_code == 404
    stationer.post("/purchases", partner_client.purchase(alice, 10_000))

    joined = garage.post("/member-codes/resolve", {"code": counter.shown(alice)})
    assert joined.status_code == 200
    garage.post("/purchases", partner_client.purchase(alice, 20_000))
    for partner, points in ((stationer, 100), (garage, 200)):
        shown = partner.get(paths[2]).json()["results"]
        assert [entry["points"] for entry in shown] == [points]
        assert "balance_after" not in shown[0]


@pytest.mark.usefixtures("committed_db")
def test_D13_points_are_spent_with_a_code_of_60_seconds_for_this_merchant_act_and_maximum_once() -> None:
    stationer, garage = (
        PartnerClient(factories.merchant("stationer")),
        PartnerClient(factories.merchant("garage", category="automotive")),
    )
    alice = counter.rich_member(stationer.shop, garage.shop)
    late = {"code": counter.shown(alice, spend=100, at=timezone.now() - timedelta(seconds=61)), "act": "hold"}
    assert stationer.post("/member-codes/resolve", late | {"max_points": 100}).status_code >= 400

    authorisation = counter.authorisation_by_code(stationer, alice, 100)
    assert counter.hold(garage, alice, 100, authorisation).status_code == 403
    assert counter.hold(stationer, alice, 101, authorisation).status_code == 403
    assert counter.hold(stationer, alice, 100, authorisation).status_code == 201
    assert counter.hold(stationer, alice, 1, authorisation).status_code == 403
    assert counter.hold(stationer, alice, 1, str(uuid4())).status_code == 403
    assert Wallet.objects.get(member=alice).held == 100
