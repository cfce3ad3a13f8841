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
def partner() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


@pytest.fixture
def garage() -> PartnerClient:
    return PartnerClient(factories.merchant("garage", category="automotive"))


def a_phone() -> str:
    return f"138{uuid.uuid4().int % 10**8:08}"


def a_ref() -> str:
    return f"ref-{uuid.uuid4().hex[:12]}"


def test_a_new_member_is_registered_by_the_shops_own_number(partner: PartnerClient) -> None:
    ref = a_ref()
    answer = partner.post("/members", {"member_ref": ref})
    assert (answer.status_code, set(answer.json())) == (201, {"id"})
    seen = partner.get(f"/members/{answer.json()['id']}")
    assert seen.status_code == 200
    assert seen.json() == {
        "id": answer.json()["id"],
        "member_ref": ref,
        "joined_at": seen.json()["joined_at"],
        "merged_into": None,
    }


def test_name_and_birthday_of_a_new_member_are_stored(partner: PartnerClient) -> None:
    friend = partner.post("/members", {"member_ref": a_ref()}).json()["id"]
    phone = a_phone()
    body = {"phone": phone, "name": "阿丽", "birthday": "2000-02-29", "referrer": friend}
    alice = User.objects.get(public_id=partner.post("/members", body).json()["id"])
    assert (alice.phone, alice.name, str(alice.birthday)) == (f"+86{phone}", "阿丽", "2000-02-29")
    membership = Membership.objects.get(member=alice)
    assert membership.referrer_id == User.objects.get(public_id=friend).pk


def test_a_child_is_not_shown_before_a_guardian_agrees(partner: PartnerClient) -> None:
    born_on = timezone.localdate() - timedelta(days=365 * 10)
    answer = partner.post("/members", {"member_ref": "child", "birthday": born_on.isoformat()})
    assert answer.status_code == 201
    assert partner.get(f"/members/{answer.json()['id']}").status_code == 404
    assert Membership.objects.get(member__public_id=answer.json()["id"]).consented_at is None


def test_an_existing_member_answers_with_the_id_alone_and_is_not_changed(partner: PartnerClient) -> None:
    ref = a_ref()
    first = partner.post("/members", {"member_ref": ref, "name": "阿丽"})
    again = partner.post("/members", {"member_ref": ref, "name": "别人", "birthday": "1990-01-01"})
    assert (again.status_code, again.json()) == (200, first.json())
    alice = User.objects.get(public_id=first.json()["id"])
    assert (alice.name, alice.birthday) == ("阿丽", None)


def test_a_person_known_elsewhere_is_registered_without_being_revealed(
    partner: PartnerClient, garage: PartnerClient
) -> None:
    phone = a_phone()
    bob = garage.post("/members", {"phone": phone, "name": "阿宝"}).json()["id"]
    assert partner.get(f"/members/{bob}").status_code == 404
    answer = partner.post("/members", {"phone": f"+86 {phone}", "member_ref": a_ref()})
    assert (answer.status_code, answer.json()) == (200, {"id": bob})
    assert "name" not in partner.get(f"/members/{bob}").json()


@pytest.mark.parametrize("written", ["138 0013 {}", "+86138 0013{}", "1380013{}", "+861380013{}"])
def test_a_number_is_the_same_however_it_is_typed(partner: PartnerClient, written: str) -> None:
    last = f"{uuid.uuid4().int % 10_000:04}"
    known = partner.post("/members", {"phone": f"1380013{last}"}).json()["id"]
    assert partner.post("/members", {"phone": written.format(last)}).json()["id"] == known


def test_the_shops_number_is_added_to_a_person_known_by_phone(partner: PartnerClient) -> None:
    phone, ref = a_phone(), a_ref()
    alice = partner.post("/members", {"phone": phone}).json()["id"]
    assert partner.post("/members", {"phone": phone, "member_ref": ref}).json()["id"] == alice
    assert partner.post("/members", {"member_ref": ref}).json()["id"] == alice


def test_number_and_telephone_of_two_people_are_refused(partner: PartnerClient) -> None:
    ref, phone = a_ref(), a_phone()
    partner.post("/members", {"member_ref": ref})
    partner.post("/members", {"phone": phone})
    answer = partner.post("/members", {"member_ref": ref, "phone": phone})
    assert (answer.status_code, answer.json()["code"]) == (422, "member_ref_taken")


def test_the_same_number_at_two_shops_is_two_people(partner: PartnerClient, garage: PartnerClient) -> None:
    ref = a_ref()
    ids = {each.post("/members", {"member_ref": ref}).json()["id"] for each in (partner, garage)}
    assert len(ids) == 2


def test_only_a_past_member_themself_can_join_again(partner: PartnerClient) -> None:
    ref, phone = a_ref(), a_phone()
    alice = partner.post("/members", {"member_ref": ref, "phone": phone}).json()["id"]
    Membership.objects.filter(member__public_id=alice).update(left_at=datetime.now(UTC))
    for body in ({"member_ref": ref}, {"phone": phone}):
        answer = partner.post("/members", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "member_has_left")


def test_a_referrer_is_a_member_here(partner: PartnerClient, garage: PartnerClient) -> None:
    outsider = garage.post("/members", {"member_ref": a_ref()}).json()["id"]
    before = User.objects.count()
    answer = partner.post("/members", {"member_ref": a_ref(), "referrer": outsider})
    assert (answer.status_code, answer.json()["code"]) == (422, "referrer_not_found")
    assert User.objects.count() == before


def test_the_same_key_and_body_get_the_first_answer_again(partner: PartnerClient) -> None:
    body = {"member_ref": a_ref(), "phone": a_phone()}
    first = partner.post("/members", body, key="k")
    again = partner.post("/members", body, key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")


def test_the_same_key_with_another_body_is_refused(partner: PartnerClient, garage: PartnerClient) -> None:
    partner.post("/members", {"member_ref": a_ref()}, key="k")
    answer = partner.post("/members", {"member_ref": a_ref()}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert garage.post("/members", {"member_ref": a_ref()}, key="k").status_code == 201


def test_a_registration_stores_no_phone_in_clear(partner: PartnerClient) -> None:
    phone = a_phone()
    partner.post("/members", {"phone": phone}, key="k")
    stored = Registration.objects.filter(merchant=partner.shop).values().get()
    assert phone not in str(stored)


def test_a_merged_member_has_the_id_of_the_survivor(partner: PartnerClient) -> None:
    old, new = (
        User.objects.get(public_id=partner.post("/members", {"member_ref": a_ref()}).json()["id"]) for _ in "ab"
    )
    cast.merge(old, new)
    assert partner.get(f"/members/{old.public_id}").json()["merged_into"] == str(new.public_id)
    for refused in (
        partner.get(f"/members/{old.public_id}/wallets"),
        partner.get(f"/members/{old.public_id}/statement"),
    ):
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
def test_a_malformed_registration_is_refused(partner: PartnerClient, body: Any) -> None:
    before = User.objects.count()
    answer = partner.post("/members", body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid", "json_invalid")
    assert User.objects.count() == before


def test_registering_and_looking_up_need_their_scopes(partner: PartnerClient) -> None:
    narrow = PartnerClient(partner.shop, scopes=("wallets:read",))
    for answer in (narrow.post("/members", {"member_ref": "x"}), narrow.get(f"/members/{uuid.uuid4()}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_eight_clients_that_register_one_phone_at_once_find_one_person(
    partner: PartnerClient, garage: PartnerClient
) -> None:
    phone, answers = a_phone(), []

    def register(at: PartnerClient) -> None:
        answers.append(at.post("/members", {"phone": phone}))
        connection.close()

    threads = [threading.Thread(target=register, args=(at,)) for at in [partner, garage] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
