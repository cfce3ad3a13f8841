"""Members in the console: search by a posted number, cards. Alice owns the Stationer, Bob is its cashier."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts import data_subjects
from accounts.models import Card, User
from merchants.models import Membership, Merchant
from tests import factories
from tests.merchants import counter
from tests.points.console.staff import staff

pytestmark = pytest.mark.usefixtures("committed_db")
FIND = "/console/merchants/membership/find/"


@pytest.fixture
def stationer() -> Merchant:
    return factories.merchant("stationer")


def issue(client: Client, member: User, shop: Merchant) -> Any:
    membership = Membership.objects.get(member=member, merchant=shop)
    return client.post(f"/console/merchants/membership/{membership.pk}/issue-card/")


def printed(page: str) -> tuple[str, str]:
    """Number and PIN on the page."""
    number = re.search(r'class="number">([\d ]+)<', page)
    pin = re.search(r'class="hm-secret">(\d{6})<', page)
    assert number, page
    return number[1].replace(" ", ""), pin[1] if pin else ""


def test_members_are_found_by_a_posted_number_and_not_by_a_url(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    member.phone = counter.a_phone()
    member.save()
    Membership.objects.filter(member=member).update(member_ref="VIP-7")
    outsider = factories.member("Alice", factories.merchant("garage"))
    bob = staff("bob", "cashier", stationer)
    phone = member.phone.removeprefix("+86")
    for typed, is_found in (("VIP-7", True), (phone, True), (str(member.public_id), True), (phone[:7], False)):
        page = bob.post(FIND, {"typed": typed})
        assert ("VIP-7</a>" in page.content.decode()) is is_found, typed
        assert "no-store" in page.headers["Cache-Control"]
    assert "No member found" in bob.post(FIND, {"typed": str(outsider.public_id)}).content.decode()
    listed = bob.get("/console/merchants/membership/", {"q": phone[:7]}).content.decode()
    assert 'name="q"' not in listed


def test_a_pending_member_is_found_only_by_the_shops_number(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    Membership.objects.filter(member=member).update(member_ref="VIP-8", consented_at=None)
    bob = staff("bob", "cashier", stationer)
    assert "VIP-8</a>" in bob.post(FIND, {"typed": "VIP-8"}).content.decode()
    assert "VIP-8</a>" not in bob.post(FIND, {"typed": str(member.public_id)}).content.decode()


def test_a_card_of_a_member_of_this_shop_alone_has_a_pin_that_signs_in(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    answer = issue(staff("bob", "cashier", stationer), member, stationer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<svg" in answer.content.decode()
    number, pin = printed(answer.content.decode())
    browser = Client()
    assert browser.post("/sign-in/card", {"number": number, "pin": pin}).status_code == 302
    assert browser.get("/me/points").status_code == 200
    assert pin not in str(Card.objects.values().get(number=number))


@pytest.mark.parametrize("known_by", ["telephone", "password", "another shop"])
def test_a_card_of_a_member_known_elsewhere_has_no_pin(stationer: Merchant, known_by: str) -> None:
    shops = [stationer, factories.merchant("garage")] if known_by == "another shop" else [stationer]
    member = factories.member("Alice", *shops)
    if known_by == "telephone":
        member.phone = counter.a_phone()
    if known_by == "password":
        member.set_password("long enough to be one")
    member.save()
    number, pin = printed(issue(staff("bob", "cashier", stationer), member, stationer).content.decode())
    assert (pin, Card.objects.get(number=number).pin_hash) == ("", "")


def test_a_card_that_signs_in_elsewhere_is_replaced_by_support_only(stationer: Merchant) -> None:
    garage = factories.merchant("garage")
    member = factories.member("Alice", stationer)
    bob = staff("bob", "cashier", stationer)
    number, _ = printed(issue(bob, member, stationer).content.decode())
    factories.join(garage, member)
    assert "our support replaces it" in issue(bob, member, stationer).content.decode()
    assert Card.objects.get(number=number).blocked_at is None


def test_a_lost_card_is_blocked_at_the_counter(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    bob = staff("bob", "cashier", stationer)
    first, _ = printed(issue(bob, member, stationer).content.decode())
    second, _ = printed(issue(bob, member, stationer).content.decode())
    assert Card.objects.get(number=first).blocked_at is not None
    membership = Membership.objects.get(member=member)
    assert bob.post(f"/console/merchants/membership/{membership.pk}/block-card/").status_code == 302
    assert Card.objects.get(number=second).blocked_at is not None


def test_the_timeline_names_shop_and_actor_of_an_issued_and_a_blocked_card(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    bob = staff("bob", "cashier", stationer)
    number, _ = printed(issue(bob, member, stationer).content.decode())
    membership = Membership.objects.get(member=member)
    bob.post(f"/console/merchants/membership/{membership.pk}/block-card/")
    with translation.override("en"):
        events = {one.what: one.about for one in data_subjects.timeline(member)}
    for event in ("got a card", "the card was blocked"):
        assert events[event].startswith(f"****{number[-4:]} · stationer · bob-"), events


@pytest.mark.parametrize("role", ["finance", "read_only"])
def test_roles_that_serve_no_members_cannot_issue_cards(stationer: Merchant, role: str) -> None:
    member = factories.member("Alice", stationer)
    assert issue(staff("x", role, stationer), member, stationer).status_code == 403
    assert not Card.objects.filter(member=member).exists()


def test_no_shop_issues_a_card_to_members_of_others_or_pending_ones(stationer: Merchant) -> None:
    garage = factories.merchant("garage")
    theirs, waiting = factories.member("Alice", garage), factories.member("Alice", stationer)
    Membership.objects.filter(member=waiting).update(consented_at=None)
    bob = staff("bob", "cashier", stationer)
    assert issue(bob, theirs, garage).status_code in (403, 404)
    assert issue(bob, waiting, stationer).status_code == 403
    assert not Card.objects.filter(member__in=[theirs, waiting]).exists()
