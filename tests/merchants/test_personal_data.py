"""Export, timeline and erasure of merchants' data: Alice is a member of the Stationer and worked for it once."""

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
def partner() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer", name="文具店", name_en="Stationer"))


def exported(person: User) -> dict[str, list[dict[str, object]]]:
    archive = zipfile.ZipFile(BytesIO(data_subjects.export_everything(person, timezone.now())))
    data: dict[str, list[dict[str, object]]] = json.loads(archive.read("data.json"))
    return data


def test_export_and_timeline_include_authorisations_membership_steps_and_jobs(partner: PartnerClient) -> None:
    alice, owner = counter.rich_member(partner.shop), factories.person()
    partner.shop.staff.create(user=owner, role=StaffRole.OWNER)
    code = staff.invite(merchant_id=partner.shop.pk, by=owner, role=StaffRole.CASHIER, moment=timezone.now())
    staff.accept(person=alice, code=code, moment=timezone.now())
    memberships.leave(merchant_id=partner.shop.pk, member_id=alice.pk, moment=timezone.now())
    counter.hold(partner, alice, 7, counter.authorisation_by_code(partner, alice, 9), reference="bill-9")
    data = exported(alice)
    assert [step["step"] for step in data["steps_of_memberships"]] == ["left", "consented"]
    (authorisation,) = data["spend_authorisations"]
    assert (authorisation["act"], authorisation["max_points"], authorisation["reference"]) == ("hold", 9, "bill-9")
    assert data["work"] == [{"merchant": "文具店", "role": "cashier", "is_active": True}]
    with translation.override("en"):
        about = {one.what: one.about for one in data_subjects.timeline(alice)}["authorised a spend"]
    assert about == "Stationer · setting points aside · ≤ 9 · bill-9"


def test_after_an_erasure_not_even_a_guess_of_the_number_is_confirmed(partner: PartnerClient) -> None:
    phone, owner = counter.a_phone(), factories.person()
    registered = partner.post("/members", {"phone": phone}, key="k").json()
    alice = User.objects.get(public_id=registered["id"])
    partner.shop.staff.create(user=owner, role=StaffRole.OWNER)
    invite = {"merchant_id": partner.shop.pk, "by": owner, "role": StaffRole.CASHIER, "phone": phone}
    code = staff.invite(**invite, moment=timezone.now())
    staff.accept(person=alice, code=code, moment=timezone.now())
    staff.invite(**invite, moment=timezone.now())
    privacy.erase(person=User.objects.get(pk=alice.pk), moment=timezone.now())
    assert bytes(Registration.objects.get(merchant=partner.shop).request_digest) == b""
    invitations = StaffInvitation.objects.filter(merchant=partner.shop)
    assert list(invitations.values_list("accepted_by", "phone_index")) == [(alice.pk, None)]
    again = partner.post("/members", {"phone": phone}, key="k")
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
