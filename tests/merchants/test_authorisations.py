"""Leave to spend: bound to member, merchant, act and maximum, used once, and soon (SPEC D13)."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import limits
from accounts.models import User
from merchants import authorisations
from merchants.models import Authorisation
from points.models import Act, Wallet
from tests import till as tills
from tests.merchants import counter
from tests.merchants.counter import hold
from tests.till import Till

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


@pytest.fixture
def till() -> Till:
    return Till(tills.merchant("stationer"))


@pytest.fixture
def garage() -> Till:
    return Till(tills.merchant("garage", category="automotive"))


@pytest.fixture
def alice(till: Till, garage: Till) -> User:
    return counter.rich_member(till.shop, garage.shop)


@pytest.fixture
def bob(till: Till) -> User:
    return counter.rich_member(till.shop)


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def asked_by_sms(till: Till, who: User, points: int) -> str:
    asked = {"member_id": str(who.public_id), "act": "hold", "max_points": points}
    answer = till.post("/authorisations", asked)
    assert (answer.status_code, answer.json()["is_confirmed"]) == (201, False)
    return str(answer.json()["id"])


def test_points_are_held_with_a_code_and_captured(till: Till, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200), reference="bill-1")
    assert held.status_code == 201
    assert (held.json()["points"], held.json()["purse"], held.json()["reference"]) == (200, "base", "bill-1")
    assert (Wallet.objects.get(member=alice).balance, Wallet.objects.get(member=alice).held) == (300, 200)
    ended = till.post(f"/holds/{held.json()['id']}/capture", {"points": 150})
    assert (ended.status_code, ended.json()["captured"], ended.json()["released"]) == (201, 150, 50)
    assert Wallet.objects.get(member=alice).balance == 350


def test_a_hold_is_released_once(till: Till, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200)).json()["id"]
    ended = till.post(f"/holds/{held}/release", {}, key="r")
    assert (ended.status_code, ended.json()["released"]) == (201, 200)
    assert till.post(f"/holds/{held}/release", {}, key="r").content == ended.content
    assert refusal(till.post(f"/holds/{held}/capture", {})) == (422, "hold_ended")
    assert Wallet.objects.get(member=alice).balance == 500


def test_a_hold_of_another_merchant_is_not_there(till: Till, garage: Till, alice: User) -> None:
    held = hold(till, alice, 200, counter.leave_by_code(till, alice, 200)).json()["id"]
    for end in ("capture", "release"):
        assert refusal(garage.post(f"/holds/{held}/{end}", {})) == (404, "act_not_found")


def test_no_points_are_held_without_leave(till: Till, alice: User) -> None:
    assert refusal(hold(till, alice, 1, str(uuid.uuid4()))) == (403, "authorisation_refused")
    body = {"member_id": str(alice.public_id), "purse": "base", "points": 1, "reference": "r"}
    assert till.post("/holds", body).status_code == 400


def test_leave_is_used_once(till: Till, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    assert hold(till, alice, 50, leave).status_code == 201
    answer = hold(till, alice, 50, leave)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "used" in answer.json()["detail"]


def test_a_till_that_lost_the_answer_gets_the_same_hold_again(till: Till, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    first = hold(till, alice, 100, leave, reference="bill-2", key="k")
    again = hold(till, alice, 100, leave, reference="bill-2", key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Wallet.objects.get(member=alice).held == 100
    other = hold(till, alice, 99, leave, reference="bill-2", key="k")
    assert other.status_code == 422


@pytest.mark.parametrize(("points", "act", "why"), [(101, "hold", "more_than_allowed"), (100, "order", "another_act")])
def test_leave_for_less_or_for_another_act_is_refused(till: Till, alice: User, points: int, act: str, why: str) -> None:
    answer = hold(till, alice, points, counter.leave_by_code(till, alice, 100, act=act))
    assert refusal(answer) == (403, "authorisation_refused")
    assert why in answer.json()["detail"]


def test_leave_of_another_member_is_refused(till: Till, alice: User, bob: User) -> None:
    answer = hold(till, bob, 10, counter.leave_by_code(till, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")


def test_leave_for_one_merchant_serves_no_other(till: Till, garage: Till, alice: User) -> None:
    answer = hold(garage, alice, 10, counter.leave_by_code(till, alice, 100))
    assert refusal(answer) == (403, "authorisation_refused")
    assert "unknown" in answer.json()["detail"]


def test_late_leave_is_refused(till: Till, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 100)
    past = timezone.now() - authorisations.LIFETIME
    Authorisation.objects.filter(pk=leave).update(given_at=past, expires_at=timezone.now())
    answer = hold(till, alice, 10, leave)
    assert refusal(answer) == (403, "authorisation_refused")
    assert "late" in answer.json()["detail"]


def test_leave_is_whole_again_when_the_points_do_not_suffice(till: Till, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 600)
    before = Act.objects.count()
    assert refusal(hold(till, alice, 501, leave)) == (422, "insufficient_points")
    assert Act.objects.count() == before
    assert hold(till, alice, 500, leave).status_code == 201


def test_the_books_keep_which_leave_it_was(till: Till, alice: User) -> None:
    leave = counter.leave_by_code(till, alice, 10)
    held = hold(till, alice, 10, leave).json()["id"]
    assert Act.objects.get(pk=held).breakdown["authorisation"] == leave


def test_leave_is_given_by_the_code_of_an_sms(till: Till, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    assert refusal(hold(till, alice, 10, leave)) == (403, "authorisation_refused")
    answer = till.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert (answer.status_code, answer.json()["is_confirmed"]) == (200, True)
    assert hold(till, alice, 100, leave).status_code == 201


def test_the_sms_names_merchant_and_maximum(till: Till, alice: User) -> None:
    from notifications import sms

    asked_by_sms(till, alice, 123)
    text = sms.last_in_sandbox(str(alice.phone)) or ""
    assert till.shop.name in text
    assert "123" in text


def test_three_wrong_codes_end_it(till: Till, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    right = counter.code_in_sms(alice)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    answers = [refusal(till.post(f"/authorisations/{leave}/confirm", {"code": wrong})) for _ in range(3)]
    assert answers == [(422, "wrong_code"), (422, "wrong_code"), (422, "code_ended")]
    assert refusal(till.post(f"/authorisations/{leave}/confirm", {"code": right})) == (422, "code_ended")


def test_a_late_code_confirms_nothing(till: Till, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    past = timezone.now() - authorisations.CODE_LIFETIME - timedelta(seconds=1)
    Authorisation.objects.filter(pk=leave).update(given_at=past)
    answer = till.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (422, "code_ended")


def test_another_merchant_confirms_nothing(till: Till, garage: Till, alice: User) -> None:
    leave = asked_by_sms(till, alice, 100)
    answer = garage.post(f"/authorisations/{leave}/confirm", {"code": counter.code_in_sms(alice)})
    assert refusal(answer) == (403, "authorisation_refused")


def test_leave_is_asked_only_of_members_with_a_telephone(till: Till, alice: User) -> None:
    stranger = counter.rich_member(tills.merchant("pets"))
    silent = tills.member(till.shop)
    codes = []
    for who in (stranger, silent):
        asked = {"member_id": str(who.public_id), "act": "hold", "max_points": 1}
        codes.append(refusal(till.post("/authorisations", asked)))
    assert codes == [(404, "member_not_found"), (422, "member_has_no_phone")]


def test_asking_again_with_the_same_key_sends_no_second_sms(till: Till, alice: User) -> None:
    asked = {"member_id": str(alice.public_id), "act": "hold", "max_points": 5}
    first = till.post("/authorisations", asked, key="k")
    sent = counter.code_in_sms(alice)
    again = till.post("/authorisations", asked, key="k")
    assert again.content == first.content
    assert counter.code_in_sms(alice) == sent
    assert refusal(till.post("/authorisations", asked | {"max_points": 6}, key="k")) == (422, "key_reused")
