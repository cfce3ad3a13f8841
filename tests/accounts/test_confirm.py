"""A fresh proof before everything is carried away or closed."""

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.utils import timezone

from accounts import limits, queries
from accounts.models import User
from accounts.operations import cards
from notifications.sms import last_in_sandbox
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, signed_in, some_number

pytestmark = pytest.mark.django_db
WORDS = "correct horse battery"


def later(device: Client, *, minutes: int) -> Client:
    """As if that much time had gone by since the person last proved who they are."""
    session = device.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 60 * minutes
    session.save()
    # The number's own pace is not what is asked here.
    limits.forget()
    return device


def test_ten_minutes_after_signing_in_the_export_asks_again() -> None:
    device = signed_in(browser(), some_number())
    assert later(device, minutes=9).post("/me/data/export").status_code == 200
    assert later(device, minutes=1).post("/me/data/export")["Location"] == "/me/confirm?next=%2Fme%2Fdata"


def test_closing_asks_again_and_a_post_without_proof_closes_nothing() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    assert device.get("/me/close")["Location"] == "/me/confirm?next=%2Fme%2Fclose"
    assert device.post("/me/close", {"is_sure": "1"}).status_code == 302
    assert queries.open_closure(User.objects.with_phone(phone).get()) is None


def test_a_code_to_the_present_number_opens_it_for_ten_minutes() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    assert device.post("/me/confirm", {"send": "1", "next": "/me/close"}).status_code == 200
    wrong = device.post("/me/confirm", {"code": "000000", "next": "/me/close"})
    assert 'role="alert"' in wrong.content.decode()
    right = device.post("/me/confirm", {"code": code_sent_to(phone), "next": "/me/close"})
    assert right["Location"] == "/me/close"
    assert device.get("/me/close").status_code == 200
    assert later(device, minutes=10).get("/me/close").status_code == 302


def test_the_password_opens_it_too_and_a_wrong_one_does_not() -> None:
    phone = some_number()
    User.objects.create_user(phone=phone, password=WORDS)
    device = browser()
    device.post("/sign-in/password", {"login": phone, "password": WORDS})
    later(device, minutes=10)
    device.post("/me/confirm", {"password": "wrong"})
    assert device.post("/me/data/export").status_code == 302
    device.post("/me/confirm", {"password": WORDS})
    assert device.post("/me/data/export").status_code == 200


def test_it_leads_to_no_other_site() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    device.post("/me/confirm", {"send": "1"})
    answer = device.post("/me/confirm", {"code": code_sent_to(phone), "next": "https://evil.example/"})
    assert answer["Location"] == "/me/data"


def test_a_code_of_one_member_confirms_no_other() -> None:
    alice, bob = some_number(), some_number()
    one, other = later(signed_in(browser(), alice), minutes=10), later(signed_in(browser(), bob), minutes=10)
    one.post("/me/confirm", {"send": "1"})
    other.post("/me/confirm", {"send": "1"})
    other.post("/me/confirm", {"code": code_sent_to(alice)})
    assert other.post("/me/data/export").status_code == 302


def test_who_finds_an_open_device_makes_no_password_of_their_own() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    told = {"password1": WORDS, "password2": WORDS}
    assert device.get("/me/password/set")["Location"] == "/me/confirm?next=%2Fme%2Fpassword%2Fset"
    assert device.post("/me/password/set", told).status_code == 302
    assert not User.objects.with_phone(phone).get().has_usable_password()
    device.post("/me/confirm", {"send": "1", "next": "/me/password/set"})
    device.post("/me/confirm", {"code": code_sent_to(phone), "next": "/me/password/set"})
    device.post("/me/password/set", told)
    assert User.objects.with_phone(phone).get().check_password(WORDS)


def test_nor_sets_up_a_second_factor_that_would_lock_the_owner_out() -> None:
    device = signed_in(browser(), some_number())
    assert device.get("/sign-in/second-factor/totp/activate/").status_code == 200
    for answer in (device.get, device.post):
        later(device, minutes=10)
        assert answer("/sign-in/second-factor/totp/activate/")["Location"].startswith("/me/confirm")


def test_nor_gives_a_member_who_has_only_a_card_a_number_of_their_own() -> None:
    alice, number = factories.person(name="Alice"), some_number()
    card = cards.issue(member=alice, moment=timezone.now(), pin="274951")
    device = browser()
    device.post("/sign-in/card", {"number": card.number, "pin": "274951"})
    assert device.get("/me/phone").status_code == 200
    later(device, minutes=10)
    assert device.post("/me/phone", {"send": "1", "phone": number})["Location"].startswith("/me/confirm")
    assert last_in_sandbox(number) is None
