"""Joining and leaving a merchant (SPEC D13): consents, and the merchant's view with and without them."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from merchants.errors import MerchantClosed, NotAMember
from merchants.models import JoinedBy, Membership, MembershipStep
from merchants.operations import memberships
from points.models import Act
from points.operations import imports
from points.purchase_file import Entry
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def partner() -> PartnerClient:
    partner = PartnerClient(factories.merchant("stationer"))
    partner_client.publish_rule(partner.shop)
    return partner


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


def now() -> datetime:
    return timezone.now()


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def imported(partner: PartnerClient) -> User:
    """Alice, whose purchase the Stationer imported under its own number."""
    ref = uuid.uuid4().hex
    entry = Entry(line=2, reference=ref, member_ref=ref, occurred_at=now(), amount_fen=5_000)
    prepared = imports.prepare(merchant_id=partner.shop.pk, entries=[entry], moment=now())
    (result,) = imports.book(prepared)
    assert (result.status, result.points) == ("booked", 50)
    return Membership.objects.get(merchant=partner.shop, member_ref=ref).member


def paths_of(alice: User) -> list[str]:
    return [f"/members/{alice.public_id}{part}" for part in ("", "/wallets", "/statement")]


def test_an_imported_member_is_not_shown_before_they_consent(partner: PartnerClient) -> None:
    alice = imported(partner)
    assert [partner.get(path).status_code for path in paths_of(alice)] == [404] * 3
    terms = memberships.publish_terms(merchant_id=partner.shop.pk, text="会员章程", moment=now())
    page = browser_of(alice).get("/me/merchants").content.decode()
    assert partner.shop.name in page
    assert "会员章程" in page
    browser_of(alice).post("/me/merchants/join", {"merchant": partner.shop.code, "version": 1})
    assert [partner.get(path).status_code for path in paths_of(alice)] == [200] * 3
    membership = Membership.objects.get(member=alice)
    assert (membership.terms, membership.joined_by) == (terms, JoinedBy.OWN_WISH)


def test_a_pending_membership_is_shown_after_sign_in(partner: PartnerClient) -> None:
    alice = imported(partner)
    assert browser_of(alice).get("/me/welcome").headers["Location"] == "/me/merchants"
    memberships.leave(merchant_id=partner.shop.pk, member_id=alice.pk, moment=now())
    assert browser_of(alice).get("/me/welcome").headers["Location"] == "/"


def test_while_consent_is_missing_purchases_are_booked_all_the_same(partner: PartnerClient) -> None:
    alice = imported(partner)
    assert partner.post("/purchases", partner_client.purchase(alice)).status_code == 201


def test_a_phone_number_reveals_nobody_to_a_shop(partner: PartnerClient, garage: PartnerClient) -> None:
    alice = counter.rich_member(garage.shop)
    assert partner.post("/members", {"phone": alice.phone}).json() == {"id": str(alice.public_id)}
    assert [partner.get(path).status_code for path in paths_of(alice)] == [404] * 3
    partner.post("/member-codes/resolve", {"code": counter.shown(alice)})
    assert [partner.get(path).status_code for path in paths_of(alice)] == [200] * 3


def test_a_customer_nobody_knew_is_the_shops_own_member_at_once(partner: PartnerClient) -> None:
    answer = partner.post("/members", {"member_ref": uuid.uuid4().hex})
    assert partner.get(f"/members/{answer.json()['id']}").status_code == 200
    membership = Membership.objects.get(member__public_id=answer.json()["id"])
    assert (membership.joined_by, membership.consented_at is not None) == (JoinedBy.REGISTERED, True)


def test_a_past_member_is_not_found_from_the_next_request_on(partner: PartnerClient) -> None:
    alice = counter.rich_member(partner.shop)
    browser_of(alice).post("/me/merchants/leave", {"merchant": partner.shop.code})
    assert [partner.get(path).status_code for path in paths_of(alice)] == [404] * 3
    before = Act.objects.count()
    assert partner.post("/purchases", partner_client.purchase(alice)).status_code == 404
    assert Act.objects.count() == before
    assert MembershipStep.objects.filter(membership__member=alice, kind="left").exists()


def test_a_member_who_joins_again_agrees_to_the_current_terms(partner: PartnerClient) -> None:
    alice = factories.person()
    first = memberships.publish_terms(merchant_id=partner.shop.pk, text="一", moment=now())
    memberships.join(merchant_id=partner.shop.pk, member_id=alice.pk, moment=now())
    second = memberships.publish_terms(merchant_id=partner.shop.pk, text="二", moment=now())
    memberships.leave(merchant_id=partner.shop.pk, member_id=alice.pk, moment=now())
    memberships.join(merchant_id=partner.shop.pk, member_id=alice.pk, moment=now())
    steps = MembershipStep.objects.filter(membership__member=alice).order_by("pk").values_list("kind", "terms_id")
    assert list(steps) == [("consented", first.pk), ("left", None), ("consented", second.pk)]
    assert (first.version, second.version) == (1, 2)


def test_nobody_agrees_to_terms_that_were_not_on_the_page(partner: PartnerClient) -> None:
    person = factories.person()
    alice = browser_of(person)
    # A pending membership, because the page lists at most a hundred other merchants.
    factories.join(partner.shop, person, consented_at=None)
    memberships.publish_terms(merchant_id=partner.shop.pk, text="消费1元积1分", text_en="A point a yuan", moment=now())
    shown = alice.get("/me/merchants", headers={"accept-language": "en"}).content.decode()
    assert "A point a yuan" in shown
    memberships.publish_terms(merchant_id=partner.shop.pk, text="消费2元积1分", moment=now())
    page = alice.post("/me/merchants/join", {"merchant": partner.shop.code, "version": 1}, follow=True).content.decode()
    assert "消费2元积1分" in page
    assert not Membership.objects.open().filter(merchant=partner.shop).exists()
    alice.post("/me/merchants/join", {"merchant": partner.shop.code, "version": 2})
    assert Membership.objects.open().get(merchant=partner.shop).terms.version == 2


@pytest.mark.parametrize("status", ["suspended", "exiting", "applied", "closed"])
def test_nobody_joins_a_merchant_that_is_not_live(status: str) -> None:
    shop = factories.merchant(status=status)
    with pytest.raises(MerchantClosed):
        memberships.join(merchant_id=shop.pk, member_id=factories.person().pk, moment=now())


def test_leaving_without_a_membership_is_refused(partner: PartnerClient) -> None:
    with pytest.raises(NotAMember):
        memberships.leave(merchant_id=partner.shop.pk, member_id=factories.person().pk, moment=now())


def test_a_statement_shows_a_merchant_its_own_entries_only(partner: PartnerClient, garage: PartnerClient) -> None:
    alice = counter.rich_member(partner.shop, garage.shop)
    partner_client.publish_rule(garage.shop)
    garage.post("/purchases", partner_client.purchase(alice))
    shown: list[Any] = partner.get(f"/members/{alice.public_id}/statement").json()["results"]
    assert [entry["kind"] for entry in shown] == ["opening"]
