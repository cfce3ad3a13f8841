"""A fresh proof of identity before an export, a closure, or new credentials."""

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
PASSWORD = "correct horse battery"


def later(device: Client, *, minutes: int) -> Client:
    """The device, as if the last proof of identity were older by `minutes`."""
    session = device.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 60 * minutes
    session.save()
    # Reset, because these tests are not about the limits.
    limits.forget()
    return device


def test_ten_minutes_after_a_sign_in_the_export_needs_a_new_proof() -> None:
    device = signed_in(browser(), some_number())
    assert later(device, minutes=9).post("/me/data/export").status_code == 200
    assert later(device, minutes=1).post("/me/data/export")["Location"] == "/me/confirm?next=%2Fme%2Fdata"


def test_closing_needs_a_new_proof_and_a_post_without_it_closes_nothing() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    assert device.get("/me/close")["Location"] == "/me/confirm?next=%2Fme%2Fclose"
    assert device.post("/me/close", {"is_sure": "1"}).status_code == 302
    assert queries.open_closure(User.objects.with_phone(phone).get()) is None


def test_a_code_to_the_present_number_is_a_proof_for_ten_minutes() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    assert device.post("/me/confirm", {"send": "1", "next": "/me/close"}).status_code == 200
    wrong = device.post("/me/confirm", {"code": "000000", "next": "/me/close"})
    assert 'role="alert"' in wrong.content.decode()
    right = device.post("/me/confirm", {"code": code_sent_to(phone), "next": "/me/close"})
    assert right["Location"] == "/me/close"
    assert device.get("/me/close").status_code == 200
    assert later(device, minutes=10).get("/me/close").status_code == 302


def test_the_right_password_is_a_proof_too() -> None:
    phone = some_number()
    User.objects.create_user(phone=phone, password=PASSWORD)
    device = browser()
    device.post("/sign-in/password", {"login": phone, "password": PASSWORD})
    later(device, minutes=10)
    device.post("/me/confirm", {"password": "wrong"})
    assert device.post("/me/data/export").status_code == 302
    device.post("/me/confirm", {"password": PASSWORD})
    assert device.post("/me/data/export").status_code == 200


def test_it_never_redirects_to_another_site() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    device.post("/me/confirm", {"send": "1"})
    answer = device.post("/me/confirm", {"code": code_sent_to(phone), "next": "https://evil.example/"})
    assert answer["Location"] == "/me/data"


def test_a_code_of_one_member_is_no_proof_for_another() -> None:
    alice, bob = some_number(), some_number()
    one, other = later(signed_in(browser(), alice), minutes=10), later(signed_in(browser(), bob), minutes=10)
    one.post("/me/confirm", {"send": "1"})
    other.post("/me/confirm", {"send": "1"})
    other.post("/me/confirm", {"code": code_sent_to(alice)})
    assert other.post("/me/data/export").status_code == 302


def test_a_finder_of_an_open_device_cannot_set_a_password() -> None:
    phone = some_number()
    device = later(signed_in(browser(), phone), minutes=10)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    assert device.get("/me/password/set")["Location"] == "/me/confirm?next=%2Fme%2Fpassword%2Fset"
    assert device.post("/me/password/set", form).status_code == 302
    assert not User.objects.with_phone(phone).get().has_usable_password()
    device.post("/me/confirm", {"send": "1", "next": "/me/password/set"})
    device.post("/me/confirm", {"code": code_sent_to(phone), "next": "/me/password/set"})
    device.post("/me/password/set", form)
    assert User.objects.with_phone(phone).get().check_password(PASSWORD)


def test_a_finder_of_an_open_device_cannot_set_up_a_second_factor() -> None:
    device = signed_in(browser(), some_number())
    assert device.get("/sign-in/second-factor/totp/activate/").status_code == 200
    for answer in (device.get, device.post):
        later(device, minutes=10)
        assert answer("/sign-in/second-factor/totp/activate/")["Location"].startswith("/me/confirm")


def test_a_finder_of_an_open_device_cannot_set_a_number_for_a_card_holder() -> None:
    alice, number = factories.person(name="Alice"), some_number()
    card = cards.issue(member=alice, moment=timezone.now(), pin="274951")
    device = browser()
    device.post("/sign-in/card", {"number": card.number, "pin": "274951"})
    assert device.get("/me/phone").status_code == 200
    later(device, minutes=10)
    assert device.post("/me/phone", {"send": "1", "phone": number})["Location"].startswith("/me/confirm")
    assert last_in_sandbox(number) is None
