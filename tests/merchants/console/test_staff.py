"""Staff in the console: Alice owns the Stationer, Bob is invited, Charlie owns the Garage."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.models import Merchant, Staff, StaffInvitation, StaffRole
from tests import factories
from tests.merchants import counter
from tests.points.console.staff import read, staff

# Committed, because row-level security of a request holds until its transaction ends, which would be the test's.
pytestmark = pytest.mark.usefixtures("committed_db")
INVITE = "/console/merchants/staff/invite/"


@pytest.fixture
def stationer() -> Merchant:
    return factories.merchant("stationer")


@pytest.fixture
def alice(stationer: Merchant) -> Client:
    return staff("alice", "owner", stationer)


def browser_of(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def invited(client: Client, shop: Merchant, role: str, **data: Any) -> str:
    answer = client.post(INVITE, {"merchant": shop.pk, "role": role} | data)
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r'class="hm-secret">([^<]+)<', answer.content.decode())
    assert found, answer.content.decode()
    return found[1]


def place_of(person: User, shop: Merchant) -> Staff:
    return Staff.objects.get(user=person, merchant=shop)


def act(client: Client, place: Staff, verb: str, **data: Any) -> Any:
    return client.post(f"/console/merchants/staff/{place.pk}/{verb}/", data)


def test_an_owner_invites_and_the_holder_of_the_code_gets_the_role(stationer: Merchant, alice: Client) -> None:
    store = factories.store(stationer, code="1", name="西湖店")
    code = invited(alice, stationer, "cashier", stores=[store.pk])
    assert code not in read(alice, "merchants_staffinvitation_changelist")
    bob = factories.person()
    browser = browser_of(bob)
    assert browser.get("/console/").status_code == 302
    answer = browser.post("/me/work/accept", {"code": code.lower()}, follow=True)
    assert "You work for stationer now: cashier." in answer.content.decode()
    place = place_of(bob, stationer)
    assert (place.role, list(place.stores.all())) == (StaffRole.CASHIER, [store])
    assert read(browser, "index")


def test_an_invitation_for_a_number_is_accepted_by_its_owner(stationer: Merchant, alice: Client) -> None:
    bob = factories.person()
    bob.phone = counter.a_phone()
    bob.save()
    code = invited(alice, stationer, "manager", phone=bob.phone.removeprefix("+86"))
    other = browser_of(factories.person()).post("/me/work/accept", {"code": code})
    assert "is for another number" in other.content.decode()
    assert browser_of(bob).post("/me/work/accept", {"code": code}).status_code == 302


def test_a_withdrawn_code_is_void(stationer: Merchant, alice: Client) -> None:
    code = invited(alice, stationer, "manager")
    invitation = StaffInvitation.objects.get(merchant=stationer)
    withdraw = f"/console/merchants/staffinvitation/{invitation.pk}/withdraw/"
    assert alice.post(withdraw).status_code == 302
    assert "withdrawn" in read(alice, "merchants_staffinvitation_changelist")
    assert "unknown" in browser_of(factories.person()).post("/me/work/accept", {"code": code}).content.decode()


def test_a_manager_is_offered_no_role_above_a_cashier(stationer: Merchant, alice: Client) -> None:
    bob = staff("bob", "manager", stationer)
    offered = set(re.findall(r'<option value="(\w+)"', bob.get(INVITE).content.decode()))
    assert offered & set(StaffRole) == {"cashier", "read_only"}
    assert not StaffInvitation.objects.filter(merchant=stationer).exists()
    bob.post(INVITE, {"merchant": stationer.pk, "role": "owner"})
    assert not StaffInvitation.objects.filter(merchant=stationer).exists()


@pytest.mark.parametrize("role", ["cashier", "finance", "read_only"])
def test_others_invite_nobody(stationer: Merchant, role: str) -> None:
    answer = staff("bob", role, stationer).post(INVITE, {"merchant": stationer.pk, "role": "read_only"})
    assert answer.status_code == 403
    assert not StaffInvitation.objects.filter(merchant=stationer).exists()


def test_an_owner_of_another_shop_cannot_invite_or_end_staff_here(stationer: Merchant, alice: Client) -> None:
    charlie = staff("charlie", "owner", factories.merchant("garage"))
    assert "hm-secret" not in charlie.post(INVITE, {"merchant": stationer.pk, "role": "owner"}).content.decode()
    mine = Staff.objects.get(merchant=stationer)
    assert act(charlie, mine, "end").status_code in (403, 404)
    assert Staff.objects.get(pk=mine.pk).is_active


def test_changes_of_role_and_ends_of_jobs_hold_from_the_next_request_on(stationer: Merchant, alice: Client) -> None:
    bob = staff("bob", "cashier", stationer)
    place = Staff.objects.get(merchant=stationer, role="cashier")
    assert act(alice, place, "place", role="read_only").status_code == 302
    assert bob.get(reverse("admin:merchants_staff_changelist")).status_code == 200
    assert act(alice, place, "end").status_code == 302
    assert bob.get(reverse("admin:merchants_staff_changelist")).status_code in (302, 403)


@pytest.mark.parametrize(("verb", "data"), [("end", {}), ("place", {"role": "manager"})])
def test_the_last_owner_stays_with_an_explanation(
    stationer: Merchant, alice: Client, verb: str, data: dict[str, str]
) -> None:
    place = Staff.objects.get(merchant=stationer)
    answer = act(alice, place, verb, **data)
    assert "never without an owner" in answer.content.decode()
    place.refresh_from_db()
    assert (place.role, place.is_active) == ("owner", True)


def test_a_manager_of_one_store_invites_for_that_store_only(stationer: Merchant) -> None:
    mine, other = (factories.store(stationer, code=name, name=name) for name in ("mine", "other"))
    bob = staff("bob", "manager", stationer)
    Staff.objects.get(merchant=stationer).stores.set([mine])
    assert "other" not in read(bob, "merchants_store_changelist")
    assert bob.get(reverse("admin:merchants_store_add")).status_code == 403
    for stores in ([], [other.pk], [mine.pk, other.pk]):
        assert (
            "hm-secret"
            not in bob.post(INVITE, {"merchant": stationer.pk, "role": "cashier", "stores": stores}).content.decode()
        )
    assert invited(bob, stationer, "cashier", stores=[mine.pk])
