"""Members without a smartphone: a card and a PIN."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import codes, operations
from accounts.models import Card, User
from tests.accounts.conftest import browser, some_address

pytestmark = pytest.mark.django_db
PIN = "274951"


def visitor() -> operations.Visitor:
    return operations.Visitor(some_address())


def card(pin: str = PIN) -> Card:
    """Alice has no phone; her card is all there is."""
    return operations.issue_card(member=User.objects.create(name="Alice"), moment=timezone.now(), pin=pin)


def test_a_card_has_a_checked_number_and_a_hashed_pin() -> None:
    issued = card()
    assert codes.is_card_number(issued.number)
    assert PIN not in issued.pin_hash


def test_a_member_signs_in_with_card_and_pin_and_sees_the_barcode() -> None:
    issued = card()
    device = browser()
    grouped = " ".join(issued.number[at : at + 4] for at in range(0, 16, 4))
    device.post("/sign-in/card", {"number": grouped, "pin": PIN})
    page = device.get("/me/").content.decode()
    assert issued.number in page
    assert "<svg" in page


def test_an_unknown_card_and_a_wrong_pin_are_told_the_same() -> None:
    number = card().number
    told = []
    for tried in (number, codes.draw_card_number()):
        with pytest.raises(operations.WrongCardOrPin) as refusal:
            operations.open_with_card(number=tried, pin="111999", visitor=visitor())
        told.append(str(refusal.value))
    assert told[0] == told[1]


def test_five_wrong_pins_close_the_card_until_it_gets_a_new_one() -> None:
    issued = card()
    for _ in range(5):
        with pytest.raises(operations.WrongCardOrPin):
            operations.open_with_card(number=issued.number, pin="111999", visitor=visitor())
    with pytest.raises(operations.WrongCardOrPin):
        operations.open_with_card(number=issued.number, pin=PIN, visitor=visitor())
    operations.set_pin(card=issued, pin="830562")
    assert operations.open_with_card(number=issued.number, pin="830562", visitor=visitor()) == issued.member


def test_a_right_pin_forgets_the_wrong_ones() -> None:
    issued = card()
    for pin in ["111999"] * 4 + [PIN] + ["111999"] * 4:
        try:
            operations.open_with_card(number=issued.number, pin=pin, visitor=visitor())
        except operations.WrongCardOrPin:
            assert pin != PIN
    assert operations.open_with_card(number=issued.number, pin=PIN, visitor=visitor()) == issued.member


def test_a_new_card_blocks_the_old_one() -> None:
    old = card()
    new = operations.issue_card(member=old.member, moment=timezone.now(), pin=PIN)
    with pytest.raises(operations.WrongCardOrPin):
        operations.open_with_card(number=old.number, pin=PIN, visitor=visitor())
    assert operations.open_with_card(number=new.number, pin=PIN, visitor=visitor()) == old.member
    with pytest.raises(IntegrityError, match="a_member_has_one_open_card"), transaction.atomic():
        Card.objects.create(member=old.member, number=codes.draw_card_number())


def test_a_card_without_a_pin_is_scanned_and_opens_nothing() -> None:
    issued = card(pin="")
    with pytest.raises(operations.WrongCardOrPin):
        operations.open_with_card(number=issued.number, pin="", visitor=visitor())


@pytest.mark.parametrize("pin", ["123456", "12345", "1234567", "abcdef", "２７４９５１"])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(operations.WeakPin):
        card(pin)


def test_thirty_tries_a_minute_from_one_address_are_enough() -> None:
    mallory = visitor()
    for _ in range(30):
        with pytest.raises(operations.WrongCardOrPin):
            operations.open_with_card(number=codes.draw_card_number(), pin=PIN, visitor=mallory)
    with pytest.raises(operations.TooManyAnswers):
        operations.open_with_card(number=codes.draw_card_number(), pin=PIN, visitor=mallory)
