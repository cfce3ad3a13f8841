"""The door, through the real pages."""

import pytest

from accounts.models import User
from tests.accounts.conftest import browser, code_sent_to, some_number

pytestmark = pytest.mark.django_db


def test_a_number_typed_without_country_code_gets_a_six_digit_code_and_an_account() -> None:
    alice = browser()
    phone = some_number()
    asked = alice.post("/sign-in/", {"phone": phone.removeprefix("+86"), "has_agreed": "on"})
    assert asked.status_code == 302
    assert asked["Location"] == "/sign-in/code"
    answered = alice.post("/sign-in/code", {"code": code_sent_to(phone)})
    assert answered["Location"] == "/me/profile"
    person = User.objects.with_phone(phone).get()
    assert person.phone == phone
    assert alice.get("/me/").status_code == 200
