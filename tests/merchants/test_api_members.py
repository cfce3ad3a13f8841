"""Registering members through the partner API: Alice is new, Bob is known at the Garage."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from merchants.models import Membership, Registration
from tests import factories
from tests.partner_client import PartnerClient
from tests.points import cast

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def till() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


def a_phone() -> str:
    return f"138{uuid.uuid4().int % 10**8:08}"


def a_ref() -> str:
    return f"ref-{uuid.uuid4().hex[:12]}"


def test_a_new_member_is_registered_by_the_shops_own_number(till: PartnerClient) -> None:
    ref = a_ref()
    answer = till.post("/members", {"member_ref": ref})
    assert (answer.status_code, set(answer.json())) == (201, {"id"})
    seen = till.get(f"/members/{answer.json()['id']}")
    assert seen.status_code == 200
    assert seen.json() == {
        "id": answer.json()["id"],
        "member_ref": ref,
        "joined_at": seen.json()["joined_at"],
        "merged_into": None,
    }


def test_what_was_told_of_a_new_member_is_kept(till: PartnerClient) -> None:
    friend = till.post("/members", {"member_ref": a_ref()}).json()["id"]
    phone = a_phone()
    told = {"phone": phone, "name": "阿丽", "birthday": "2000-02-29", "referrer": friend}
    alice = User.objects.get(public_id=till.post("/members", told).json()["id"])
    assert (alice.phone, alice.name, str(alice.birthday)) == (f"+86{phone}", "阿丽", "2000-02-29")
    membership = Membership.objects.get(member=alice)
    assert membership.referrer_id == User.objects.get(public_id=friend).pk


def test_a_child_is_not_shown_before_a_guardian_agrees(till: PartnerClient) -> None:
    born_on = timezone.localdate() - timedelta(days=365 * 10)
    answer = till.post("/members", {"member_ref": "child", "birthday": born_on.isoformat()})
    assert answer.status_code == 201
    assert till.get(f"/members/{answer.json()['id']}").status_code == 404
    assert Membership.objects.get(member__public_id=answer.json()["id"]).consented_at is None


def test_an_existing_member_answers_with_the_id_alone_and_is_not_changed(till: PartnerClient) -> None:
    ref = a_ref()
    first = till.post("/members", {"member_ref": ref, "name": "阿丽"})
    again = till.post("/members", {"member_ref": ref, "name": "别人", "birthday": "1990-01-01"})
    assert (again.status_code, again.json()) == (200, first.json())
    alice = User.objects.get(public_id=first.json()["id"])
    assert (alice.name, alice.birthday) == ("阿丽", None)


def test_a_person_known_elsewhere_joins_and_nothing_of_them_is_told(till: PartnerClient, garage: PartnerClient) -> None:
    phone = a_phone()
    bob = garage.post("/members", {"phone": phone, "name": "阿宝"}).json()["id"]
    assert till.get(f"/members/{bob}").status_code == 404
    answer = till.post("/members", {"phone": f"+86 {phone}", "member_ref": a_ref()})
    assert (answer.status_code, answer.json()) == (200, {"id": bob})
    assert "name" not in till.get(f"/members/{bob}").json()


@pytest.mark.parametrize("written", ["138 0013 {}", "+86138 0013{}", "1380013{}", "+861380013{}"])
def test_a_number_is_the_same_however_it_is_typed(till: PartnerClient, written: str) -> None:
    last = f"{uuid.uuid4().int % 10_000:04}"
    known = till.post("/members", {"phone": f"1380013{last}"}).json()["id"]
    assert till.post("/members", {"phone": written.format(last)}).json()["id"] == known


def test_the_shops_number_is_added_to_who_was_known_by_telephone(till: PartnerClient) -> None:
    phone, ref = a_phone(), a_ref()
    alice = till.post("/members", {"phone": phone}).json()["id"]
    assert till.post("/members", {"phone": phone, "member_ref": ref}).json()["id"] == alice
    assert till.post("/members", {"member_ref": ref}).json()["id"] == alice


def test_number_and_telephone_of_two_people_are_refused(till: PartnerClient) -> None:
    ref, phone = a_ref(), a_phone()
    till.post("/members", {"member_ref": ref})
    till.post("/members", {"phone": phone})
    answer = till.post("/members", {"member_ref": ref, "phone": phone})
    assert (answer.status_code, answer.json()["code"]) == (422, "member_ref_taken")


def test_the_same_number_at_two_shops_is_two_people(till: PartnerClient, garage: PartnerClient) -> None:
    ref = a_ref()
    ids = {each.post("/members", {"member_ref": ref}).json()["id"] for each in (till, garage)}
    assert len(ids) == 2


def test_who_left_comes_back_only_by_themselves(till: PartnerClient) -> None:
    ref, phone = a_ref(), a_phone()
    alice = till.post("/members", {"member_ref": ref, "phone": phone}).json()["id"]
    Membership.objects.filter(member__public_id=alice).update(left_at=datetime.now(UTC))
    for told in ({"member_ref": ref}, {"phone": phone}):
        answer = till.post("/members", told)
        assert (answer.status_code, answer.json()["code"]) == (422, "member_has_left")


def test_a_referrer_is_a_member_here(till: PartnerClient, garage: PartnerClient) -> None:
    stranger = garage.post("/members", {"member_ref": a_ref()}).json()["id"]
    before = User.objects.count()
    answer = till.post("/members", {"member_ref": a_ref(), "referrer": stranger})
    assert (answer.status_code, answer.json()["code"]) == (422, "referrer_not_found")
    assert User.objects.count() == before


def test_the_same_key_and_body_get_the_first_answer_again(till: PartnerClient) -> None:
    asked = {"member_ref": a_ref(), "phone": a_phone()}
    first = till.post("/members", asked, key="k")
    again = till.post("/members", asked, key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")


def test_the_same_key_with_another_body_is_refused(till: PartnerClient, garage: PartnerClient) -> None:
    till.post("/members", {"member_ref": a_ref()}, key="k")
    answer = till.post("/members", {"member_ref": a_ref()}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert garage.post("/members", {"member_ref": a_ref()}, key="k").status_code == 201


def test_a_key_remembers_nothing_that_can_be_read(till: PartnerClient) -> None:
    phone = a_phone()
    till.post("/members", {"phone": phone}, key="k")
    kept = Registration.objects.filter(merchant=till.shop).values().get()
    assert phone not in str(kept)


def test_a_member_merged_into_another_says_which(till: PartnerClient) -> None:
    old, new = (User.objects.get(public_id=till.post("/members", {"member_ref": a_ref()}).json()["id"]) for _ in "ab")
    cast.merge(old, new)
    assert till.get(f"/members/{old.public_id}").json()["merged_into"] == str(new.public_id)
    for refused in (till.get(f"/members/{old.public_id}/wallets"), till.get(f"/members/{old.public_id}/statement")):
        assert (refused.status_code, refused.json()["code"]) == (410, "member_merged")
        assert refused.json()["merged_into"] == str(new.public_id)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "阿丽"},
        {"member_ref": None},
        {"member_ref": ""},
        {"member_ref": " x"},
        {"member_ref": "x" * 65},
        {"phone": "12345"},
        {"phone": "010-12345678"},
        {"phone": 13800138000},
        {"phone": "138001380\x0000"},
        {"member_ref": "x", "birthday": "2199-01-01"},
        {"member_ref": "x", "birthday": "2001-02-29"},
        {"member_ref": "x", "name": "\u202eabc"},
        {"member_ref": "x", "referrer": "1"},
        {"member_ref": "x", "mobile": "13800138000"},
    ],
)
def test_a_malformed_registration_is_refused(till: PartnerClient, body: Any) -> None:
    before = User.objects.count()
    answer = till.post("/members", body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid", "json_invalid")
    assert User.objects.count() == before


def test_registering_and_looking_up_need_their_scopes(till: PartnerClient) -> None:
    narrow = PartnerClient(till.shop, scopes=("wallets:read",))
    for answer in (narrow.post("/members", {"member_ref": "x"}), narrow.get(f"/members/{uuid.uuid4()}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_eight_tills_that_register_one_telephone_at_once_find_one_person(
    till: PartnerClient, garage: PartnerClient
) -> None:
    phone, answers = a_phone(), []

    def register(at: PartnerClient) -> None:
        answers.append(at.post("/members", {"phone": phone}))
        connection.close()

    threads = [threading.Thread(target=register, args=(at,)) for at in [till, garage] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
