"""The merchants' part of export, story and erasure: Alice is a member of the Stationer and worked for it once."""

import json
import zipfile
from io import BytesIO

import pytest
from django.utils import timezone, translation

from accounts import operations as people
from accounts import personal_data
from accounts.models import User
from merchants import operations
from merchants.models import Registration, StaffInvitation, StaffRole
from tests import till as tills
from tests.merchants import counter
from tests.till import Till

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def till() -> Till:
    return Till(tills.merchant("stationer", name="文具店", name_en="Stationer"))


def exported(person: User) -> dict[str, list[dict[str, object]]]:
    archive = zipfile.ZipFile(BytesIO(personal_data.export_everything(person, timezone.now())))
    told: dict[str, list[dict[str, object]]] = json.loads(archive.read("data.json"))
    return told


def test_export_and_story_tell_every_leave_step_and_place_of_work(till: Till) -> None:
    alice, owner = counter.rich_member(till.shop), tills.member()
    till.shop.staff.create(user=owner, role=StaffRole.OWNER)
    code = operations.invite_staff(merchant_id=till.shop.pk, by=owner, role=StaffRole.CASHIER, moment=timezone.now())
    operations.accept_place(person=alice, code=code, moment=timezone.now())
    operations.leave(merchant_id=till.shop.pk, member_id=alice.pk, moment=timezone.now())
    counter.hold(till, alice, 7, counter.leave_by_code(till, alice, 9), reference="bill-9")
    told = exported(alice)
    assert [step["step"] for step in told["steps_of_memberships"]] == ["left", "consented"]
    (leave,) = told["leaves_to_spend"]
    assert (leave["act"], leave["max_points"], leave["reference"]) == ("hold", 9, "bill-9")
    assert told["work"] == [{"merchant": "文具店", "role": "cashier", "is_active": True}]
    with translation.override("en"):
        about = {one.what: one.about for one in personal_data.story(alice)}["gave leave to spend"]
    assert about == "Stationer · setting points aside · ≤ 9 · bill-9"


def test_after_an_erasure_not_even_a_guess_of_the_number_is_confirmed(till: Till) -> None:
    phone, owner = counter.a_phone(), tills.member()
    asked = till.post("/members", {"phone": phone}, key="k").json()
    alice = User.objects.get(public_id=asked["id"])
    till.shop.staff.create(user=owner, role=StaffRole.OWNER)
    invite = {"merchant_id": till.shop.pk, "by": owner, "role": StaffRole.CASHIER, "phone": phone}
    code = operations.invite_staff(**invite, moment=timezone.now())
    operations.accept_place(person=alice, code=code, moment=timezone.now())
    operations.invite_staff(**invite, moment=timezone.now())
    people.erase(person=User.objects.get(pk=alice.pk), moment=timezone.now())
    assert bytes(Registration.objects.get(merchant=till.shop).request_digest) == b""
    invitations = StaffInvitation.objects.filter(merchant=till.shop)
    assert list(invitations.values_list("accepted_by", "phone_index")) == [(alice.pk, None)]
    again = till.post("/members", {"phone": phone}, key="k")
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
