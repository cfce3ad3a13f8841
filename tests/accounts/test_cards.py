"""Members without a smartphone: a card and a PIN."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import codes, limits
from accounts.models import Card
from accounts.operations import cards
from accounts.operations.cards import PinNotGiven, WeakPin, WrongCardOrPin
from accounts.operations.sign_in import SignInPaused, TooManyAnswers, Visitor
from tests import factories
from tests.accounts.conftest import browser, some_address, some_number

pytestmark = pytest.mark.django_db
PIN = "274951"


def visitor() -> Visitor:
    return Visitor(some_address())


def card(pin: str = PIN) -> Card:
    """The card of Alice, who has no phone."""
    return cards.issue(member=factories.person(name="Alice"), moment=timezone.now(), pin=pin)


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


def test_an_unknown_card_and_a_wrong_pin_get_the_same_error() -> None:
    number = card().number
    errors = []
    for tried in (number, codes.draw_card_number()):
        with pytest.raises(WrongCardOrPin) as refusal:
            cards.sign_in(number=tried, pin="111999", visitor=visitor())
        errors.append(str(refusal.value))
    assert errors[0] == errors[1]


def test_five_wrong_pins_disable_the_card() -> None:
    issued = card()
    for _ in range(5):
        with pytest.raises(WrongCardOrPin):
            cards.sign_in(number=issued.number, pin="111999", visitor=visitor())
    with pytest.raises(WrongCardOrPin):
        cards.sign_in(number=issued.number, pin=PIN, visitor=visitor())


def test_a_right_pin_resets_the_count_of_wrong_ones() -> None:
    issued = card()
    for pin in ["111999"] * 4 + [PIN] + ["111999"] * 4:
        try:
            cards.sign_in(number=issued.number, pin=pin, visitor=visitor())
        except WrongCardOrPin:
            assert pin != PIN
    assert cards.sign_in(number=issued.number, pin=PIN, visitor=visitor()) == issued.member


def test_a_new_card_blocks_the_old_one() -> None:
    old = card()
    new = cards.issue(member=old.member, moment=timezone.now(), pin=PIN)
    with pytest.raises(WrongCardOrPin):
        cards.sign_in(number=old.number, pin=PIN, visitor=visitor())
    assert cards.sign_in(number=new.number, pin=PIN, visitor=visitor()) == old.member
    with pytest.raises(IntegrityError, match="a_member_has_one_open_card"), transaction.atomic():
        Card.objects.create(member=old.member, number=codes.draw_card_number())


def test_a_card_without_a_pin_signs_nobody_in() -> None:
    issued = card(pin="")
    with pytest.raises(WrongCardOrPin):
        cards.sign_in(number=issued.number, pin="", visitor=visitor())


@pytest.mark.parametrize("pin", ["123456", "12345", "1234567", "abcdef", "２７４９５１"])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(WeakPin):
        card(pin)


def test_during_a_pause_a_card_signs_in_only_on_a_known_device() -> None:
    issued = card()
    own = Visitor(some_address(), known_accounts=[issued.member.public_id])
    for _ in range(200):
        limits.count_failure()
    with pytest.raises(SignInPaused):
        cards.sign_in(number=issued.number, pin=PIN, visitor=visitor())
    with pytest.raises(SignInPaused):
        cards.sign_in(number=card().number, pin=PIN, visitor=own)
    assert cards.sign_in(number=issued.number, pin=PIN, visitor=own) == issued.member


def test_after_a_false_alarm_the_operator_ends_the_pause() -> None:
    issued = card()
    for _ in range(200):
        limits.count_failure()
    call_command("reset_sign_in_limits")
    assert cards.sign_in(number=issued.number, pin=PIN, visitor=visitor()) == issued.member


@pytest.mark.parametrize("way_in", ["telephone", "password", "place of work"])
def test_support_issues_no_pin_to_members_with_another_sign_in(way_in: str) -> None:
    alice, bob = factories.person(name="Alice"), factories.person(name="Bob", is_staff=True)
    if way_in == "telephone":
        alice.phone = some_number()
    if way_in == "password":
        alice.set_password("long enough to be one")
    alice.is_staff = way_in == "place of work"
    alice.save()
    with pytest.raises(PinNotGiven):
        cards.issue_at_counter(member=alice, by=bob, moment=timezone.now(), pin=PIN)
    assert cards.issue_at_counter(member=alice, by=bob, moment=timezone.now()).pin_hash == ""


def test_thirty_tries_a_minute_from_one_address_are_enough() -> None:
    mallory = visitor()
    for _ in range(30):
        with pytest.raises(WrongCardOrPin):
            cards.sign_in(number=codes.draw_card_number(), pin=PIN, visitor=mallory)
    with pytest.raises(TooManyAnswers):
        cards.sign_in(number=codes.draw_card_number(), pin=PIN, visitor=mallory)
