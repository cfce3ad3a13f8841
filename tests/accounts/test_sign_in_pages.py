"""Sign-in through the real pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Challenge, Consent, PastPhone, User
from accounts.operations import profile, sign_in
from accounts.operations.profile import OldNumberUnproven
from accounts.operations.sign_in import CodeEnded, Visitor
from notifications.models import SandboxSms
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, signed_in, some_address, some_number

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(days=181)


def request_code(client: Client, phone: str) -> Any:
    return client.post("/sign-in/", {"phone": phone, "has_agreed": "on"})


def test_a_number_typed_without_country_code_gets_a_six_digit_code_and_an_account() -> None:
    alice, phone = browser(), some_number()
    requested = alice.post("/sign-in/", {"phone": phone.removeprefix("+86"), "has_agreed": "on"})
    assert requested["Location"] == "/sign-in/code"
    answered = alice.post("/sign-in/code", {"code": code_sent_to(phone)})
    assert answered["Location"] == "/me/profile"
    person = User.objects.with_phone(phone).get()
    assert person.phone == phone
    assert Consent.objects.get(person=person).purpose == "programme"
    assert alice.get("/me/").status_code == 200


def test_it_requires_agreement_first() -> None:
    phone = some_number()
    assert browser().post("/sign-in/", {"phone": phone}).status_code == 200
    assert not SandboxSms.objects.exists()


def test_a_second_sign_in_opens_the_same_account_and_redirects_to_the_wanted_page() -> None:
    phone = some_number()
    person = factories.person(phone=phone)
    alice = browser()
    alice.post("/sign-in/", {"phone": phone, "has_agreed": "on", "next": "/me/family"})
    answered = alice.post("/sign-in/code", {"code": code_sent_to(phone)})
    assert answered["Location"] == "/me/family"
    assert int(alice.session["_auth_user_id"]) == person.pk


def test_it_never_redirects_to_another_site() -> None:
    phone = some_number()
    factories.person(phone=phone)
    alice = browser()
    alice.post("/sign-in/?next=//evil.example/", {"phone": phone, "has_agreed": "on", "next": "https://evil.example/"})
    answered = alice.post("/sign-in/code", {"code": code_sent_to(phone)})
    assert "evil" not in answered["Location"]


def test_the_page_shows_the_number_masked() -> None:
    alice, phone = browser(), some_number()
    request_code(alice, phone)
    page = alice.get("/sign-in/code").content.decode()
    assert phone[3:6] + "****" + phone[-4:] in page
    assert phone[3:] not in page


def test_three_wrong_codes_end_the_code_even_for_the_right_one() -> None:
    alice, phone = browser(), some_number()
    request_code(alice, phone)
    code = code_sent_to(phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(3):
        assert alice.post("/sign-in/code", {"code": wrong}).status_code == 200
    assert alice.post("/sign-in/code", {"code": code}).status_code == 200
    assert "_auth_user_id" not in alice.session


def test_a_code_signs_in_once() -> None:
    alice, phone = browser(), some_number()
    signed_in(alice, phone)
    challenge = Challenge.objects.get()
    with pytest.raises(CodeEnded):
        sign_in.verify_code(
            challenge_id=challenge.pk,
            purpose="sign_in",
            code=code_sent_to(phone),
            visitor=Visitor("203.0.113.1"),
            moment=timezone.now(),
        )


def test_a_code_is_void_after_five_minutes_and_for_any_other_purpose() -> None:
    phone, visitor, now = some_number(), Visitor("203.0.113.1"), timezone.now()
    sent = sign_in.send_code(phone=phone, purpose="sign_in", visitor=visitor, moment=now)
    right = {"challenge_id": sent, "code": code_sent_to(phone), "visitor": visitor}
    with pytest.raises(CodeEnded):
        sign_in.verify_code(**right, purpose="new_phone", moment=now)
    with pytest.raises(CodeEnded):
        sign_in.verify_code(**right, purpose="sign_in", moment=now + timedelta(minutes=5))
    assert sign_in.verify_code(**right, purpose="sign_in", moment=now) == phone


def test_a_code_works_only_in_the_browser_that_requested_it() -> None:
    alice, mallory, phone = browser(), browser(), some_number()
    request_code(alice, phone)
    assert mallory.post("/sign-in/code", {"code": code_sent_to(phone)})["Location"] == "/sign-in/"


def test_members_behind_one_proxy_have_limits_of_their_own(settings: Any) -> None:
    settings.SIGN_IN_CODE_RATES = {**settings.SIGN_IN_CODE_RATES, "address": ["1/hour"]}
    settings.TRUSTED_PROXIES = 1
    alice, bob = some_address(), some_address()
    forwarded = [alice, bob, f"198.51.100.1, {alice}"]
    answers = [request_code(Client(headers={"x-forwarded-for": one}), some_number()) for one in forwarded]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    settings.TRUSTED_PROXIES = 0
    mallory = some_address()
    forged = [Client(REMOTE_ADDR=mallory, headers={"x-forwarded-for": one}) for one in (alice, some_address())]
    assert [request_code(one, some_number()).status_code for one in forged] == [302, 429]


def test_a_session_stores_the_address_of_the_visitor_and_not_of_the_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    address, phone = some_address(), some_number()
    factories.person(phone=phone)
    signed_in(Client(headers={"x-forwarded-for": f"198.51.100.1, {address}"}), phone)
    assert UserSession.objects.get(user=User.objects.with_phone(phone).get()).ip == address


def test_a_number_gets_one_code_a_minute() -> None:
    phone = some_number()
    assert request_code(browser(), phone).status_code == 302
    refused = request_code(browser(), phone)
    assert refused.status_code == 429
    assert SandboxSms.objects.count() == 1


def test_an_address_gets_twenty_codes_a_minute() -> None:
    mallory = browser()
    answers = [request_code(mallory, some_number()).status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]


# --- known and unknown numbers ---


def journey_of_a_visitor(phone: str) -> tuple[list[bytes], list[int]]:
    """Bytes and number of statements of every answer to a visitor who does not have the phone."""
    device, answers, statements = browser(), [], []
    for path, body in [
        ("/sign-in/", {"phone": phone, "has_agreed": "on"}),
        ("/sign-in/code", {"code": "000000"}),
        ("/sign-in/", {"phone": phone, "has_agreed": "on"}),
        ("/sign-in/password", {"login": phone, "password": "a wrong password"}),
    ]:
        with CaptureQueriesContext(connection) as queries:
            answer = device.post(path, body)
        page = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)
        page = re.sub(rb'nonce="[^"]+"', b"", page).replace(phone.encode(), b"").replace(phone[3:].encode(), b"")
        # The policy's parts come in any order.
        answer["Content-Security-Policy"] = str(sorted(answer["Content-Security-Policy"].split("; ")))
        headers = sorted(
            (name, value) for name, value in answer.items() if name.lower() not in ("x-request-id", "expires")
        )
        answers.append(b"%d %r %s" % (answer.status_code, headers, page))
        statements.append(len(queries))
    return answers, statements


def test_known_and_unknown_numbers_are_answered_with_the_same_bytes_and_the_same_work(monkeypatch) -> None:
    hashed: list[str] = []
    from django.contrib.auth import hashers

    hasher = hashers.get_hasher().__class__
    encode = hasher.encode
    # Counts real hashes; nothing of ours is replaced.
    monkeypatch.setattr(hasher, "encode", lambda self, *args: hashed.append("") or encode(self, *args))
    known, unknown, without_password = some_number(), some_number(), some_number()
    User.objects.create_user(phone=known, password="correct horse battery")
    User.objects.create_user(phone=without_password)
    seen = []
    for phone in (known, unknown, without_password):
        hashed.clear()
        seen.append((*journey_of_a_visitor(phone), len(hashed)))
    assert seen[0][2] > 0
    masks = [phone[3:6] + "****" + phone[-4:] for phone in (known, unknown, without_password)]
    pages = [[answer.replace(mask.encode(), b"") for answer in one[0]] for one, mask in zip(seen, masks, strict=True)]
    assert pages[0] == pages[1] == pages[2]
    assert seen[0][1:] == seen[1][1:] == seen[2][1:]


# --- recycled numbers ---


def dormant(phone: str, **fields: object) -> User:
    person: User = User.objects.create_user(phone=phone, **fields)
    User.objects.filter(pk=person.pk).update(last_login=timezone.now() - LONG_AGO)
    return person


def test_after_180_days_a_code_alone_does_not_sign_in() -> None:
    phone = some_number()
    dormant(phone, name="Alice")
    bob = browser()
    request_code(bob, phone)
    assert bob.post("/sign-in/code", {"code": code_sent_to(phone)})["Location"] == "/sign-in/dormant"
    assert "_auth_user_id" not in bob.session
    assert "Alice" not in bob.get("/sign-in/dormant").content.decode()


def test_the_new_owner_of_a_number_starts_a_new_account_and_the_old_one_loses_only_the_number() -> None:
    phone = some_number()
    alice = dormant(phone, name="Alice", password="correct horse battery")
    bob = browser()
    request_code(bob, phone)
    bob.post("/sign-in/code", {"code": code_sent_to(phone)})
    assert bob.post("/sign-in/dormant")["Location"] == "/me/profile"
    alice = User.objects.get(pk=alice.pk)
    assert (alice.phone, alice.name, alice.is_active) == (None, "Alice", True)
    assert User.objects.with_phone(phone).get() != alice
    assert PastPhone.objects.filter(person=alice).exists()


def test_a_new_account_for_a_recycled_number_needs_a_proof() -> None:
    phone = some_number()
    alice = dormant(phone)
    mallory = browser()
    request_code(mallory, phone)
    assert mallory.post("/sign-in/dormant")["Location"] == "/sign-in/"
    assert User.objects.get(pk=alice.pk).phone == phone


def test_the_old_owner_comes_back_with_the_password() -> None:
    phone = some_number()
    alice = dormant(phone, password="correct horse battery")
    device = browser()
    device.post("/sign-in/password", {"login": phone[3:], "password": "correct horse battery"})
    assert int(device.session["_auth_user_id"]) == alice.pk


def test_179_days_are_not_180() -> None:
    phone = some_number()
    person = factories.person(phone=phone)
    User.objects.filter(pk=person.pk).update(last_login=timezone.now() - timedelta(days=179, hours=23))
    assert int(signed_in(browser(), phone).session["_auth_user_id"]) == person.pk


# --- sessions, passwords, numbers ---


def test_a_member_sees_two_devices_and_signs_the_other_out() -> None:
    phone = some_number()
    here = signed_in(browser(), phone)
    there = browser()
    person = User.objects.with_phone(phone).get()
    person.set_password("correct horse battery")
    person.save()
    for device in (here, there):
        device.post("/sign-in/password", {"login": phone, "password": "correct horse battery"})
    assert there.get("/me/").status_code == 200
    assert here.get("/me/devices").status_code in (200, 302)
    here.post("/me/devices")
    assert there.get("/me/").status_code == 302


def test_a_member_sets_a_password_and_signs_in_with_it() -> None:
    phone = some_number()
    alice = signed_in(browser(), phone)
    form = {"password1": "correct horse battery", "password2": "correct horse battery"}
    assert alice.post("/me/password/set", form).status_code == 302
    other = browser()
    other.post("/sign-in/password", {"login": phone, "password": "correct horse battery"})
    assert other.get("/me/").status_code == 200


def test_a_password_sign_in_leaves_no_number_in_the_session() -> None:
    phone = some_number()
    User.objects.create_user(phone=phone, password="correct horse battery")
    alice = browser()
    alice.post("/sign-in/password", {"login": phone, "password": "correct horse battery"})
    assert phone[3:] not in repr(dict(alice.session.items()))


def change(device: Client, new: str) -> object:
    device.post("/me/phone", {"phone": new, "send": "1"})
    return device.post("/me/phone", {"code": code_sent_to(new)})


def test_a_number_is_changed_by_a_code_to_the_old_and_a_code_to_the_new(monkeypatch) -> None:
    old, new = some_number(), some_number()
    alice = signed_in(browser(), old)
    person = User.objects.with_phone(old).get()
    alice.post("/me/phone", {"phone": new, "send": "1"})
    # Because the old number must be proven first.
    assert SandboxSms.objects.count() == 1
    from accounts import limits

    limits.forget()
    alice.post("/me/phone", {"send": "1"})
    alice.post("/me/phone", {"code": code_sent_to(old)})
    assert change(alice, new)["Location"] == "/me/"
    assert User.objects.get(pk=person.pk).phone == new
    assert not User.objects.with_phone(old).exists()


def test_a_number_is_changed_by_the_password_and_a_code_to_the_new() -> None:
    old, new = some_number(), some_number()
    person = User.objects.create_user(phone=old, password="correct horse battery")
    alice = browser()
    alice.post("/sign-in/password", {"login": old, "password": "correct horse battery"})
    refused = alice.post("/me/phone", {"password": "wrong"})
    assert refused.status_code == 200
    alice.post("/me/phone", {"password": "correct horse battery"})
    change(alice, new)
    assert User.objects.get(pk=person.pk).phone == new


def test_a_number_of_an_active_account_cannot_be_taken() -> None:
    old, taken = some_number(), some_number()
    bob = factories.person(phone=taken)
    User.objects.create_user(phone=old, password="correct horse battery")
    alice = browser()
    alice.post("/sign-in/password", {"login": old, "password": "correct horse battery"})
    alice.post("/me/phone", {"password": "correct horse battery"})
    assert change(alice, taken).status_code == 200
    assert User.objects.with_phone(taken).get() == bob


def test_a_change_without_any_proof_is_refused() -> None:
    old, new = some_number(), some_number()
    alice = factories.person(phone=old)
    visitor, now = Visitor("203.0.113.1"), timezone.now()
    sent = sign_in.send_code(phone=new, purpose="new_phone", visitor=visitor, moment=now)
    sign_in.verify_code(challenge_id=sent, purpose="new_phone", code=code_sent_to(new), visitor=visitor, moment=now)
    with pytest.raises(OldNumberUnproven):
        profile.change_phone(person=alice, new_phone=sent, moment=now)


def test_a_changed_number_ends_every_other_session_and_not_this_one() -> None:
    old, new = some_number(), some_number()
    User.objects.create_user(phone=old, password="correct horse battery")
    here, there = browser(), browser()
    for device in (here, there):
        device.post("/sign-in/password", {"login": old, "password": "correct horse battery"})
    here.post("/me/phone", {"password": "correct horse battery"})
    change(here, new)
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302


def test_a_password_typed_a_quarter_of_an_hour_ago_is_no_proof() -> None:
    old, new = some_number(), some_number()
    person = User.objects.create_user(phone=old, password="correct horse battery")
    alice = browser()
    alice.post("/sign-in/password", {"login": old, "password": "correct horse battery"})
    alice.post("/me/phone", {"password": "correct horse battery"})
    session = alice.session
    session["change_phone"]["password_proven_at"] -= 15 * 60
    session.save()
    assert 'role="alert"' in change(alice, new).content.decode()
    assert User.objects.get(pk=person.pk).phone == old
