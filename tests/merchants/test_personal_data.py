"""The merchants' part of export, timeline and erasure: Alice is a member of the Stationer and worked for it once."""

import json
import zipfile
from io import BytesIO

import pytest
from django.utils import timezone, translation

from accounts import data_subjects
from accounts.models import User
from accounts.operations import privacy
from merchants.models import Registration, StaffInvitation, StaffRole
from merchants.operations import memberships, staff
from tests import factories
from tests.merchants import counter
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def till() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer", name="文具店", name_en="Stationer"))


def exported(person: User) -> dict[str, list[dict[str, object]]]:
    archive = zipfile.ZipFile(BytesIO(data_subjects.export_everything(person, timezone.now())))
    told: dict[str, list[dict[str, object]]] = json.loads(archive.read("data.json"))
    return told


def test_export_and_story_tell_every_leave_step_and_place_of_work(till: PartnerClient) -> None:
    alice, owner = counter.rich_member(till.shop), factories.person()
    till.shop.staff.create(user=owner, role=StaffRole.OWNER)
    code = staff.invite(merchant_id=till.shop.pk, by=owner, role=StaffRole.CASHIER, moment=timezone.now())
    staff.accept(person=alice, code=code, moment=timezone.now())
    memberships.leave(merchant_id=till.shop.pk, member_id=alice.pk, moment=timezone.now())
    counter.hold(till, alice, 7, counter.leave_by_code(till, alice, 9), reference="bill-9")
    told = exported(alice)
    assert [step["step"] for step in told["steps_of_memberships"]] == ["left", "consented"]
    (leave,) = told["spend_authorisations"]
    assert (leave["act"], leave["max_points"], leave["reference"]) == ("hold", 9, "bill-9")
    assert told["work"] == [{"merchant": "文具店", "role": "cashier", "is_active": True}]
    with translation.override("en"):
        about = {one.what: one.about for one in data_subjects.timeline(alice)}["authorised a spend"]
    assert about == "Stationer · setting points aside · ≤ 9 · bill-9"


def test_after_an_erasure_not_even_a_guess_of_the_number_is_confirmed(till: PartnerClient) -> None:
    phone, owner = counter.a_phone(), factories.person()
    asked = till.post("/members", {"phone": phone}, key="k").json()
    alice = User.objects.get(public_id=asked["id"])
    till.shop.staff.create(user=owner, role=StaffRole.OWNER)
    invite = {"merchant_id": till.shop.pk, "by": owner, "role": StaffRole.CASHIER, "phone": phone}
    code = staff.invite(**invite, moment=timezone.now())
    staff.accept(person=alice, code=code, moment=timezone.now())
    staff.invite(**invite, moment=timezone.now())
    privacy.erase(person=User.objects.get(pk=alice.pk), moment=timezone.now())
    assert bytes(Registration.objects.get(merchant=till.shop).request_digest) == b""
    invitations = StaffInvitation.objects.filter(merchant=till.shop)
    assert list(invitations.values_list("accepted_by", "phone_index")) == [(alice.pk, None)]
    again = till.post("/members", {"phone": phone}, key="k")
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
