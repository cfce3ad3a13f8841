"""Leave to spend: bound to member, merchant, act and maximum, used once, and soon (SPEC D13)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import limits
from accounts.models import User
from merchants import authorisations
from merchants.models import Authorisation, Merchant
from merchants.operations import memberships
from notifications.models import SandboxSms
from notifications.sms import SmsNotSent, last_in_sandbox
from points.models import Act, Wallet
from tests import factories
from tests.concurrency.racing import together
from tests.merchants import counter
from tests.merchants.counter import hold
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


@pytest.fixture
def till() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


@pytest.fixture
def alice(till: PartnerClient, garage: PartnerClient) -> User:
    return counter.rich_member(till.shop, garage.shop)


@pytest.fixture
def bob(till: PartnerClient) -> User:
    return counter.rich_member(till.shop)


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def asked_by_sms(till: PartnerClient, who: User, points: int) -> str:
    asked = {"member_id": str(who.public_id), "act": "hold", "max_points": points}
    answer = till.post("/authorisations", asked)
    assert (answer.status_code, answer.json()["is_confirmed"]) == (201, False)
    return str(answer.json()["id"])


def test_points_are_held_with_a_code_and_captured(till: PartnerClient, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200), reference="bill-1")
    assert held.status_code == 201
    assert (held.json()["points"], held.json()["purse"], held.json()["reference"]) == (200, "base", "bill-1")
    assert (Wallet.objects.get(member=alice).balance, Wallet.objects.get(member=alice).held) == (300, 200)
    ended = till.post(f"/holds/{held.json()['id']}/capture", {"points": 150})
    assert (ended.status_code, ended.json()["captured"], ended.json()["released"]) == (201, 150, 50)
    assert Wallet.objects.get(member=alice).balance == 350


def test_a_hold_is_released_once(till: PartnerClient, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200)).json()["id"]
    ended = till.post(f"/holds/{held}/release", {}, key="r")
    assert (ended.status_code, ended.json()["released"]) == (201, 200)
    assert till.post(f"/holds/{held}/release", {}, key="r").content == ended.content
    assert refusal(till.post(f"/holds/{held}/capture", {})) == (422, "hold_ended")
    assert Wallet.objects.get(member=alice).balance == 500


def test_a_hold_of_another_merchant_is_not_there(till: PartnerClient, garage: PartnerClient, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200)).json()["id"]
    for end in ("capture", "release"):
        assert refusal(garage.post(f"/holds/{held}/{end}", {})) == (404, "act_not_found")


def test_no_points_are_held_without_leave(till: PartnerClient, alice: User) -> None:
    assert refusal(hold(till, alice, 1, str(uuid.uuid4()))) == (403, "authorisation_refused")
    body = {"member_id": str(alice.public_id), "purse": "base", "points": 1, "reference": "r"}
    assert till.post("/holds", body).status_code == 400


def test_leave_is_used_once(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    assert hold(till, alice, 50, leave).status_code == 201
    answer = hold(till, alice, 50, leave)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "used" in answer.json()["detail"]


def test_a_till_that_lost_the_answer_gets_the_same_hold_again(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    first = hold(till, alice, 100, leave, reference="bill-2", key="k")
    again = hold(till, alice, 100, leave, reference="bill-2", key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Wallet.objects.get(member=alice).held == 100
    other = hold(till, alice, 99, leave, reference="bill-2", key="k")
    assert other.status_code == 422


@pytest.mark.parametrize(("points", "act", "why"), [(101, "hold", "more_than_allowed"), (100, "order", "another_act")])
def test_leave_for_less_or_for_another_act_is_refused(
    till: PartnerClient, alice: User, points: int, act: str, why: str
) -> None:
    answer = hold(till, alice, points, counter.leave_by_code(till, alice, 100, act=act))
    assert refusal(answer) == (403, "authorisation_refused")
    assert why in answer.json()["detail"]


def test_leave_of_another_member_is_refused(till: PartnerClient, alice: User, bob: User) -> None:
    answer = hold(till, bob, 10, counter.leave_by_code(till, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")


def test_leave_for_one_merchant_serves_no_other(till: PartnerClient, garage: PartnerClient, alice: User) -> None:
    answer = hold(garage, alice, 10, counter.leave_by_code(till, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")
    assert "unknown" in answer.json()["detail"]


def test_late_leave_is_refused(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    past = timezone.now() - authorisations.LIFETIME
    Authorisation.objects.filter(pk=leave).update(given_at=past, expires_at=timezone.now())
    answer = hold(till, alice, 10, leave)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "late" in answer.json()["detail"]


def test_leave_is_whole_again_when_the_points_do_not_suffice(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 600)
    before = Act.objects.count()
    assert refusal(hold(till, alice, 501, leave)) == (422, "insufficient_points")
    assert Act.objects.count() == before
    assert hold(till, alice, 500, leave).status_code == 201


def test_the_books_keep_which_leave_it_was(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 10)
    held = hold(till, alice, 10, leave).json()["id"]
    assert Act.objects.get(pk=held).breakdown["authorisation"] == leave


def test_leave_is_given_by_the_code_of_an_sms(till: PartnerClient, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    assert refusal(hold(till, alice, 10, leave)) == (403, "authorisation_refused")
    answer = till.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert (answer.status_code, answer.json()["is_confirmed"]) == (200, True)
    assert hold(till, alice, 100, leave).status_code == 201


def test_the_sms_names_merchant_and_maximum(till: PartnerClient, alice: User) -> None:
    asked_by_sms(till, alice, 123)
    text = last_in_sandbox(str(alice.phone)) or ""
    assert till.shop.name in text
    assert "123" in text


def test_three_wrong_codes_end_it(till: PartnerClient, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    right = counter.code_in_sms(alice)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    answers = [refusal(till.post(f"/authorisations/{leave}/confirm", {"code": wrong})) for _ in range(3)]
    assert answers == [(422, "wrong_code"), (422, "wrong_code"), (422, "code_ended")]
    assert refusal(till.post(f"/authorisations/{leave}/confirm", {"code": right})) == (422, "code_ended")


def test_a_late_code_confirms_nothing(till: PartnerClient, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    past = timezone.now() - authorisations.CODE_LIFETIME - timedelta(seconds=1)
    Authorisation.objects.filter(pk=leave).update(given_at=past)
    answer = till.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (422, "code_ended")


def test_another_merchant_confirms_nothing(till: PartnerClient, garage: PartnerClient, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    answer = garage.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (403, "authorisation_refused")


def test_leave_is_asked_only_of_members_with_a_telephone(till: PartnerClient, alice: User) -> None:
    stranger = counter.rich_member(factories.merchant("pets"))
    silent = factories.member("Alice", till.shop)
    codes = []
    for who in (stranger, silent):
        asked = {"member_id": str(who.public_id), "act": "hold", "max_points": 1}
        codes.append(refusal(till.post("/authorisations", asked)))
    assert codes == [(404, "member_not_found"), (422, "member_has_no_phone")]


def test_asking_again_with_the_same_key_sends_no_second_sms(till: PartnerClient, alice: User) -> None:
    asked = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    first = till.post("/authorisations", asked, key="k")
    sent = counter.code_in_sms(alice)
    again = till.post("/authorisations", asked, key="k")
    assert again.content == first.content
    assert counter.code_in_sms(alice) == sent
    assert refusal(till.post("/authorisations", asked | {"max_points": 6}, key="k")) == (422, "key_reused")


class Broken:
    """A provider that takes nothing."""

    def send(self, sms: object) -> None:
        raise SmsNotSent


def test_an_sms_that_did_not_leave_leaves_nothing_behind(till: PartnerClient, alice: User, settings: Any) -> None:
    asked, driver = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}, settings.SMS_DRIVER
    settings.SMS_DRIVER = f"{__name__}.Broken"
    assert refusal(till.post("/authorisations", asked, key="k")) == (503, "sms_not_sent")
    settings.SMS_DRIVER = driver
    again = till.post("/authorisations", asked, key="k")
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    leave = again.json()["id"]
    code = {"code": counter.code_in_sms(alice)}
    assert till.post(f"/authorisations/{leave}/confirm", code).status_code == 200


def test_asking_eight_times_at_once_with_one_key_sends_one_sms(till: PartnerClient, alice: User, settings: Any) -> None:
    # The number's own pace is not what is asked here.
    settings.SPENDING_CODE_RATES = {"number": ["100/minute"], "merchant": ["100/minute"]}
    asked = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    before = SandboxSms.objects.count()
    answers = together(*[lambda: till.post("/authorisations", asked, key="k")] * 8)
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    assert SandboxSms.objects.count() == before + 1


def test_a_number_nobody_signed_in_with_for_half_a_year_spends_nothing_by_sms(till: PartnerClient, alice: User) -> None:
    long_ago = timezone.now() - timedelta(days=181)
    asked = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    leave = asked_by_sms(till, alice, 5)
    User.objects.filter(pk=alice.pk).update(created_at=long_ago, last_login=None)
    assert refusal(till.post("/authorisations", asked)) == (422, "member_number_unproven")
    # Who answered such an SMS meanwhile has the number.
    till.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert till.post("/authorisations", asked).status_code == 201
    Authorisation.objects.filter(pk=leave).update(confirmed_at=long_ago)
    assert refusal(till.post("/authorisations", asked)) == (422, "member_number_unproven")
    # The code on their own screen is another proof.
    assert hold(till, alice, 5, counter.leave_by_code(till, alice, 5)).status_code == 201


def test_a_child_without_a_guardian_is_asked_for_nothing(till: PartnerClient, alice: User) -> None:
    alice.birthday = timezone.localdate() - timedelta(days=365 * 10)
    alice.save()
    asked = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    assert refusal(till.post("/authorisations", asked)) == (404, "member_not_found")


def test_who_leaves_takes_back_the_leave_that_was_not_used(till: PartnerClient, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 10)
    memberships.leave(merchant_id=till.shop.pk, member_id=alice.pk, moment=timezone.now())
    counter.leave_by_code(till, alice, 1)
    answer = hold(till, alice, 10, leave)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "late" in answer.json()["detail"]


def test_the_sms_names_the_merchant_in_the_members_language(till: PartnerClient, alice: User) -> None:
    Merchant.objects.filter(pk=till.shop.pk).update(name="文具店", name_en="Morning Stationer")
    User.objects.filter(pk=alice.pk).update(language="en")
    asked_by_sms(till, alice, 123)
    assert "Morning Stationer" in (last_in_sandbox(str(alice.phone)) or "")
