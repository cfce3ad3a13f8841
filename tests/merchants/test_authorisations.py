"""Authorisations to spend: for one to member, merchant, act and maximum, used once, and soon (SPEC D13)."""

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
def partner() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


@pytest.fixture
def alice(partner: PartnerClient, garage: PartnerClient) -> User:
    return counter.rich_member(partner.shop, garage.shop)


@pytest.fixture
def bob(partner: PartnerClient) -> User:
    return counter.rich_member(partner.shop)


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def requested_by_sms(partner: PartnerClient, member: User, points: int) -> str:
    body = {"member_id": str(member.public_id), "act": "hold", "max_points": points}
    answer = partner.post("/authorisations", body)
    assert (answer.status_code, answer.json()["is_confirmed"]) == (201, False)
    return str(answer.json()["id"])


def test_points_are_held_with_a_code_and_captured(partner: PartnerClient, alice: User) -> None:
    held = hold(partner, alice, 200, counter.authorisation_by_code(partner, alice, 200), reference="bill-1")
    assert held.status_code == 201
    assert (held.json()["points"], held.json()["purse"], held.json()["reference"]) == (200, "base", "bill-1")
    assert (Wallet.objects.get(member=alice).balance, Wallet.objects.get(member=alice).held) == (300, 200)
    ended = partner.post(f"/holds/{held.json()['id']}/capture", {"points": 150})
    assert (ended.status_code, ended.json()["captured"], ended.json()["released"]) == (201, 150, 50)
    assert Wallet.objects.get(member=alice).balance == 350


def test_a_hold_is_released_once(partner: PartnerClient, alice: User) -> None:
    held = hold(partner, alice, 200, counter.authorisation_by_code(partner, alice, 200)).json()["id"]
    ended = partner.post(f"/holds/{held}/release", {}, key="r")
    assert (ended.status_code, ended.json()["released"]) == (201, 200)
    assert partner.post(f"/holds/{held}/release", {}, key="r").content == ended.content
    assert refusal(partner.post(f"/holds/{held}/capture", {})) == (422, "hold_ended")
    assert Wallet.objects.get(member=alice).balance == 500


def test_a_hold_of_another_merchant_is_not_found(partner: PartnerClient, garage: PartnerClient, alice: User) -> None:
    held = hold(partner, alice, 200, counter.authorisation_by_code(partner, alice, 200)).json()["id"]
    for end in ("capture", "release"):
        assert refusal(garage.post(f"/holds/{held}/{end}", {})) == (404, "act_not_found")


def test_no_points_are_held_without_an_authorisation(partner: PartnerClient, alice: User) -> None:
    assert refusal(hold(partner, alice, 1, str(uuid.uuid4()))) == (403, "authorisation_refused")
    body = {"member_id": str(alice.public_id), "purse": "base", "points": 1, "reference": "r"}
    assert partner.post("/holds", body).status_code == 400


def test_an_authorisation_is_used_once(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 100)
    assert hold(partner, alice, 50, authorisation).status_code == 201
    answer = hold(partner, alice, 50, authorisation)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "used" in answer.json()["detail"]


def test_a_client_that_lost_the_answer_gets_the_same_hold_again(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 100)
    first = hold(partner, alice, 100, authorisation, reference="bill-2", key="k")
    again = hold(partner, alice, 100, authorisation, reference="bill-2", key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Wallet.objects.get(member=alice).held == 100
    other = hold(partner, alice, 99, authorisation, reference="bill-2", key="k")
    assert other.status_code == 422


@pytest.mark.parametrize(("points", "act", "why"), [(101, "hold", "more_than_allowed"), (100, "order", "another_act")])
def test_an_authorisation_for_less_or_for_another_act_is_refused(
    partner: PartnerClient, alice: User, points: int, act: str, why: str
) -> None:
    answer = hold(partner, alice, points, counter.authorisation_by_code(partner, alice, 100, act=act))
    assert refusal(answer) == (403, "authorisation_refused")
    assert why in answer.json()["detail"]


def test_an_authorisation_of_another_member_is_refused(partner: PartnerClient, alice: User, bob: User) -> None:
    answer = hold(partner, bob, 10, counter.authorisation_by_code(partner, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")


def test_an_authorisation_for_one_merchant_is_void_at_another(
    partner: PartnerClient, garage: PartnerClient, alice: User
) -> None:
    answer = hold(garage, alice, 10, counter.authorisation_by_code(partner, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")
    assert "unknown" in answer.json()["detail"]


def test_an_expired_authorisation_is_refused(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 100)
    past = timezone.now() - authorisations.LIFETIME
    Authorisation.objects.filter(pk=authorisation).update(given_at=past, expires_at=timezone.now())
    answer = hold(partner, alice, 10, authorisation)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "late" in answer.json()["detail"]


def test_an_authorisation_stays_unused_when_the_points_do_not_suffice(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 600)
    before = Act.objects.count()
    assert refusal(hold(partner, alice, 501, authorisation)) == (422, "insufficient_points")
    assert Act.objects.count() == before
    assert hold(partner, alice, 500, authorisation).status_code == 201


def test_the_ledger_stores_the_authorisation_of_a_hold(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 10)
    held = hold(partner, alice, 10, authorisation).json()["id"]
    assert Act.objects.get(pk=held).breakdown["authorisation"] == authorisation


def test_an_authorisation_is_confirmed_by_the_code_of_an_sms(partner: PartnerClient, alice: User) -> None:
    authorisation = requested_by_sms(partner, alice, 100)
    assert refusal(hold(partner, alice, 10, authorisation)) == (403, "authorisation_refused")
    answer = partner.post(f"/authorisations/{authorisation}/confirm", {"code": counter.code_in_sms(alice)})
    assert (answer.status_code, answer.json()["is_confirmed"]) == (200, True)
    assert hold(partner, alice, 100, authorisation).status_code == 201


def test_the_sms_names_merchant_and_maximum(partner: PartnerClient, alice: User) -> None:
    requested_by_sms(partner, alice, 123)
    text = last_in_sandbox(str(alice.phone)) or ""
    assert partner.shop.name in text
    assert "123" in text


def test_three_wrong_codes_end_it(partner: PartnerClient, alice: User) -> None:
    authorisation = requested_by_sms(partner, alice, 100)
    right = counter.code_in_sms(alice)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    answers = [refusal(partner.post(f"/authorisations/{authorisation}/confirm", {"code": wrong})) for _ in range(3)]
    assert answers == [(422, "wrong_code"), (422, "wrong_code"), (422, "code_ended")]
    assert refusal(partner.post(f"/authorisations/{authorisation}/confirm", {"code": right})) == (422, "code_ended")


def test_a_late_code_confirms_nothing(partner: PartnerClient, alice: User) -> None:
    authorisation = requested_by_sms(partner, alice, 100)
    past = timezone.now() - authorisations.CODE_LIFETIME - timedelta(seconds=1)
    Authorisation.objects.filter(pk=authorisation).update(given_at=past)
    answer = partner.post(f"/authorisations/{authorisation}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (422, "code_ended")


def test_another_merchant_confirms_nothing(partner: PartnerClient, garage: PartnerClient, alice: User) -> None:
    authorisation = requested_by_sms(partner, alice, 100)
    answer = garage.post(f"/authorisations/{authorisation}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (403, "authorisation_refused")


def test_only_members_with_a_phone_get_a_request(partner: PartnerClient, alice: User) -> None:
    member_elsewhere = counter.rich_member(factories.merchant("pets"))
    without_phone = factories.member("Alice", partner.shop)
    codes = []
    for member in (member_elsewhere, without_phone):
        body = {"member_id": str(member.public_id), "act": "hold", "max_points": 1}
        codes.append(refusal(partner.post("/authorisations", body)))
    assert codes == [(404, "member_not_found"), (422, "member_has_no_phone")]


def test_a_repeated_request_with_the_same_key_sends_no_second_sms(partner: PartnerClient, alice: User) -> None:
    body = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    first = partner.post("/authorisations", body, key="k")
    sent = counter.code_in_sms(alice)
    again = partner.post("/authorisations", body, key="k")
    assert again.content == first.content
    assert counter.code_in_sms(alice) == sent
    assert refusal(partner.post("/authorisations", body | {"max_points": 6}, key="k")) == (422, "key_reused")


class Broken:
    """A provider that accepts no SMS."""

    def send(self, sms: object) -> None:
        raise SmsNotSent


def test_an_unsent_sms_leaves_no_authorisation(partner: PartnerClient, alice: User, settings: Any) -> None:
    body, driver = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}, settings.SMS_DRIVER
    settings.SMS_DRIVER = f"{__name__}.Broken"
    assert refusal(partner.post("/authorisations", body, key="k")) == (503, "sms_not_sent")
    settings.SMS_DRIVER = driver
    again = partner.post("/authorisations", body, key="k")
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    authorisation = again.json()["id"]
    code = {"code": counter.code_in_sms(alice)}
    assert partner.post(f"/authorisations/{authorisation}/confirm", code).status_code == 200


def test_eight_concurrent_requests_with_one_key_send_one_sms(
    partner: PartnerClient, alice: User, settings: Any
) -> None:
    # The number's own pace is not what is body here.
    settings.SPENDING_CODE_RATES = {"number": ["100/minute"], "merchant": ["100/minute"]}
    body = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    before = SandboxSms.objects.count()
    answers = together(*[lambda: partner.post("/authorisations", body, key="k")] * 8)
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    assert SandboxSms.objects.count() == before + 1


def test_a_number_nobody_signed_in_with_for_half_a_year_spends_nothing_by_sms(
    partner: PartnerClient, garage: PartnerClient, alice: User
) -> None:
    long_ago = timezone.now() - timedelta(days=181)
    body = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    authorisation = requested_by_sms(partner, alice, 5)
    User.objects.filter(pk=alice.pk).update(created_at=long_ago, last_login=None)
    assert refusal(partner.post("/authorisations", body)) == (422, "member_number_unproven")
    # A confirmed SMS proves the number, at every merchant.
    partner.post(f"/authorisations/{authorisation}/confirm", {"code": counter.code_in_sms(alice)})
    assert partner.post("/authorisations", body).status_code == 201
    assert garage.post("/authorisations", body).status_code == 201
    Authorisation.objects.filter(pk=authorisation).update(confirmed_at=long_ago)
    assert refusal(partner.post("/authorisations", body)) == (422, "member_number_unproven")
    # A code on the member's screen needs no number.
    assert hold(partner, alice, 5, counter.authorisation_by_code(partner, alice, 5)).status_code == 201


def test_a_child_without_a_guardian_gets_no_request(partner: PartnerClient, alice: User) -> None:
    alice.birthday = timezone.localdate() - timedelta(days=365 * 10)
    alice.save()
    body = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    assert refusal(partner.post("/authorisations", body)) == (404, "member_not_found")


def test_leaving_a_merchant_voids_unused_authorisations(partner: PartnerClient, alice: User) -> None:
    authorisation = counter.authorisation_by_code(partner, alice, 10)
    memberships.leave(merchant_id=partner.shop.pk, member_id=alice.pk, moment=timezone.now())
    counter.authorisation_by_code(partner, alice, 1)
    answer = hold(partner, alice, 10, authorisation)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "late" in answer.json()["detail"]


def test_the_sms_names_the_merchant_in_the_members_language(partner: PartnerClient, alice: User) -> None:
    Merchant.objects.filter(pk=partner.shop.pk).update(name="文具店", name_en="Morning Stationer")
    User.objects.filter(pk=alice.pk).update(language="en")
    requested_by_sms(partner, alice, 123)
    assert "Morning Stationer" in (last_in_sandbox(str(alice.phone)) or "")
