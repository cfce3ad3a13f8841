"""Member codes: valid at the counter for one scan within a minute (SPEC D13)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.operations import cards
from merchants import member_codes, tasks
from merchants.models import Authorisation, JoinedBy, MemberCode, Membership, MembershipStep
from merchants.operations import memberships
from tests import factories
from tests.merchants import counter
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def partner() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


@pytest.fixture
def alice() -> User:
    return factories.person()


def test_showing_a_code_identifies_the_member_and_joins_the_merchant(partner: PartnerClient, alice: User) -> None:
    terms = memberships.publish_terms(merchant_id=partner.shop.pk, text="会员章程", moment=timezone.now())
    assert partner.get(f"/members/{alice.public_id}").status_code == 404
    answer = partner.post("/member-codes/resolve", {"code": counter.shown(alice)})
    assert answer.json() == {
        "member_id": str(alice.public_id),
        "member_ref": None,
        "has_joined": True,
        "authorisation": None,
    }
    assert partner.get(f"/members/{alice.public_id}").status_code == 200
    membership = Membership.objects.get(member=alice)
    assert (membership.terms, membership.joined_by) == (terms, JoinedBy.CODE)
    assert membership.consented_at is not None


def test_a_code_typed_in_groups_is_the_same_code(partner: PartnerClient, alice: User) -> None:
    digits = counter.shown(alice)
    typed = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
    assert partner.post("/member-codes/resolve", {"code": typed}).json()["member_id"] == str(alice.public_id)


def test_a_code_is_not_taken_twice(partner: PartnerClient, garage: PartnerClient, alice: User) -> None:
    code = {"code": counter.shown(alice)}
    assert partner.post("/member-codes/resolve", code).status_code == 200
    for again in (partner, garage):
        answer = again.post("/member-codes/resolve", code)
        assert (answer.status_code, answer.json()["code"]) == (404, "member_code_refused")
    assert not Membership.objects.filter(merchant=garage.shop, member=alice).exists()


def test_a_client_that_lost_the_answer_repeats_the_request_with_its_key(partner: PartnerClient, alice: User) -> None:
    body = {"code": counter.shown(alice, spend=50), "act": "hold", "max_points": 50}
    first = partner.post("/member-codes/resolve", body, key="k")
    again = partner.post("/member-codes/resolve", body, key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = partner.post("/member-codes/resolve", {"code": counter.shown(alice)}, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_a_code_is_over_after_a_minute(partner: PartnerClient, alice: User) -> None:
    late = timezone.now() - member_codes.LIFETIME
    assert partner.post("/member-codes/resolve", {"code": counter.shown(alice, at=late)}).status_code == 404
    fresh = late + timedelta(seconds=5)
    assert partner.post("/member-codes/resolve", {"code": counter.shown(alice, at=fresh)}).status_code == 200


def test_a_code_that_was_shown_to_collect_points_spends_none(partner: PartnerClient, alice: User) -> None:
    code = counter.shown(alice)
    answer = partner.post("/member-codes/resolve", {"code": code, "act": "hold", "max_points": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "member_code_spends_less")
    assert partner.post("/member-codes/resolve", {"code": code}).status_code == 200


def test_a_client_cannot_spend_more_than_the_member_allowed(partner: PartnerClient, alice: User) -> None:
    code = counter.shown(alice, spend=100)
    assert partner.post("/member-codes/resolve", {"code": code, "act": "hold", "max_points": 101}).status_code == 422
    answer = partner.post("/member-codes/resolve", {"code": code, "act": "hold", "max_points": 100})
    authorisation = answer.json()["authorisation"]
    assert (authorisation["act"], authorisation["max_points"], authorisation["is_confirmed"]) == ("hold", 100, True)


def test_a_past_member_is_a_member_again_by_showing_a_code(partner: PartnerClient, alice: User) -> None:
    partner.post("/member-codes/resolve", {"code": counter.shown(alice)})
    memberships.leave(merchant_id=partner.shop.pk, member_id=alice.pk, moment=timezone.now())
    assert partner.get(f"/members/{alice.public_id}").status_code == 404
    assert partner.post("/member-codes/resolve", {"code": counter.shown(alice)}).json()["has_joined"]
    steps = MembershipStep.objects.filter(membership__member=alice).order_by("pk")
    assert list(steps.values_list("kind", flat=True)) == ["consented", "left", "consented"]


def test_no_code_is_stored_in_clear(alice: User) -> None:
    digits = counter.shown(alice)
    assert digits not in str(MemberCode.objects.filter(member=alice).values().get())


def test_a_card_identifies_only_members(partner: PartnerClient, garage: PartnerClient, alice: User) -> None:

    card = cards.issue(member=alice, moment=timezone.now())
    partner.post("/member-codes/resolve", {"code": counter.shown(alice)})
    answer = partner.post("/member-codes/resolve", {"code": card.number})
    assert (answer.json()["member_id"], answer.json()["authorisation"]) == (str(alice.public_id), None)
    assert garage.post("/member-codes/resolve", {"code": card.number}).status_code == 404


def test_the_page_shows_a_code_that_works(partner: PartnerClient, alice: User) -> None:
    page = browser_of(alice).get("/me/code").content.decode()
    # A QR code of version 1 with its margin: 21 + 8 modules of 8; a Micro QR code, which few scanners read, has fewer.
    assert 'viewBox="0 0 232 232"' in page
    assert " style=" not in page
    assert partner.post("/member-codes/resolve", {"code": digits_on(page)}).json()["member_id"] == str(alice.public_id)


def test_only_the_button_sets_a_spend_limit_and_no_url_does(partner: PartnerClient, alice: User) -> None:
    browser, body = browser_of(alice), {"act": "hold", "max_points": 100}
    lured = digits_on(browser.get("/me/code", {"spend": "100"}).content.decode())
    assert partner.post("/member-codes/resolve", {"code": lured} | body).json()["code"] == "member_code_spends_less"
    pressed = browser.post("/me/code", {"spend": "100"}).content.decode()
    assert "spend=" not in pressed
    assert partner.post("/member-codes/resolve", {"code": digits_on(pressed)} | body).status_code == 200


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def digits_on(page: str) -> str:
    return page.split('class="digits">')[1].split("<")[0]


def test_the_nightly_job_deletes_old_codes_and_keeps_their_authorisations(partner: PartnerClient, alice: User) -> None:
    body = {"code": counter.shown(alice, spend=50), "act": "hold", "max_points": 50}
    authorisation = partner.post("/member-codes/resolve", body).json()["authorisation"]["id"]
    old = timezone.now() - member_codes.RETENTION - timedelta(minutes=5)
    counter.shown(alice, at=old)
    MemberCode.objects.filter(used_at__isnull=False, member=alice).update(expires_at=old)
    counter.shown(alice, at=timezone.now() + timedelta(seconds=1))
    tasks.purge_member_codes()
    assert MemberCode.objects.filter(member=alice).count() == 1
    assert Authorisation.objects.get(pk=authorisation).member_code is None
