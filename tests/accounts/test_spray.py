"""Guessing codes: a few tries at each of many numbers, from many addresses."""

import itertools
import os
import random
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts import limits
from accounts.models import Challenge, ChallengePurpose
from accounts.operations import privacy, sign_in
from accounts.operations.sign_in import SignInPaused, SignInRefused, Visitor
from notifications.models import Outbox
from tests import factories
from tests.accounts.conftest import browser, code_sent_to, some_address, some_number

BUDGET = 200


def guess(phone: str, moment: datetime) -> list[str]:
    """Three guesses at a fresh code; what each was answered."""
    visitor = Visitor(some_address())
    try:
        challenge = sign_in.send_code(phone=phone, purpose=ChallengePurpose.SIGN_IN, visitor=visitor, moment=moment)
    except SignInRefused as refusal:
        return [refusal.code] * 3
    answers = []
    for _ in range(3):
        try:
            sign_in.verify_code(
                challenge_id=challenge,
                purpose=ChallengePurpose.SIGN_IN,
                code=f"{random.randrange(10**6):06d}",
                visitor=visitor,
                moment=moment,
            )
            answers.append("opened")
        except SignInRefused as refusal:
            answers.append(refusal.code)
    return answers


def spray(guesses: int) -> dict[str, int]:
    moment = timezone.now()
    answered = itertools.chain.from_iterable(guess(some_number(), moment) for _ in range(guesses // 3 + 1))
    counted: dict[str, int] = {}
    for answer in itertools.islice(answered, guesses):
        counted[answer] = counted.get(answer, 0) + 1
    return counted


@pytest.mark.django_db
def test_sprayed_guesses_open_nothing_and_trip_the_budget() -> None:
    counted = spray(1_000)
    assert counted.get("opened", 0) == 0
    assert counted["wrong_code"] + counted["code_ended"] == BUDGET
    assert counted["sign_in_paused"] == 1_000 - BUDGET
    assert Outbox.objects.filter(topic="accounts.codes_guessed_at").count() == 1


@pytest.mark.campaign
@pytest.mark.django_db
def test_spray_of_100_000_guesses() -> None:
    guesses = int(os.environ.get("HONGMI_GUESSES", "100000"))
    counted = spray(guesses)
    assert counted.get("opened", 0) == 0
    assert counted["sign_in_paused"] > guesses - 2_001
    assert Outbox.objects.filter(topic="accounts.codes_guessed_at").exists()


@pytest.mark.django_db
def test_without_the_budget_a_lucky_guess_would_open() -> None:
    """The control: one who guesses right, before the budget is spent, is let in."""
    phone, moment = some_number(), timezone.now()
    visitor = Visitor(some_address())
    challenge = sign_in.send_code(phone=phone, purpose=ChallengePurpose.SIGN_IN, visitor=visitor, moment=moment)
    proven = sign_in.verify_code(
        challenge_id=challenge,
        purpose=ChallengePurpose.SIGN_IN,
        code=code_sent_to(phone),
        visitor=visitor,
        moment=moment,
    )
    assert proven == phone


@pytest.mark.django_db
def test_while_guessed_at_a_known_device_signs_in_and_a_strange_one_waits() -> None:
    phone = some_number()
    factories.person(phone=phone)
    own, strange = browser(), browser()
    own.post("/sign-in/", {"phone": phone, "has_agreed": "on"})
    own.post("/sign-in/code", {"code": code_sent_to(phone)})
    own.post("/sign-in/out")
    limits.forget()
    for _ in range(BUDGET):
        limits.count_failure()
    assert strange.post("/sign-in/", {"phone": phone, "has_agreed": "on"}).status_code == 429
    assert own.post("/sign-in/", {"phone": some_number(), "has_agreed": "on"}).status_code == 429
    assert own.post("/sign-in/", {"phone": phone, "has_agreed": "on"}).status_code == 302
    assert own.post("/sign-in/code", {"code": code_sent_to(phone)}).status_code == 302
    assert own.get("/me/").status_code == 200


@pytest.mark.django_db
def test_codes_that_were_sent_before_are_not_guessed_any_more_once_the_budget_is_spent() -> None:
    phone, moment = some_number(), timezone.now()
    visitor = Visitor(some_address())
    challenge = sign_in.send_code(phone=phone, purpose=ChallengePurpose.SIGN_IN, visitor=visitor, moment=moment)
    for _ in range(BUDGET):
        limits.count_failure()
    with pytest.raises(SignInPaused):
        sign_in.verify_code(
            challenge_id=challenge,
            purpose=ChallengePurpose.SIGN_IN,
            code=code_sent_to(phone),
            visitor=visitor,
            moment=moment,
        )


@pytest.mark.django_db
def test_a_pause_is_told_the_same_of_known_and_unknown_numbers() -> None:
    known = some_number()
    factories.person(phone=known)
    for _ in range(BUDGET):
        limits.count_failure()
    for phone in (known, some_number()):
        with pytest.raises(SignInPaused):
            sign_in.send_code(
                phone=phone,
                purpose=ChallengePurpose.SIGN_IN,
                visitor=Visitor(some_address()),
                moment=timezone.now(),
            )


@pytest.mark.django_db
def test_ten_codes_a_day_are_enough_for_one_number(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    # A minute and an hour are not waited for; the day's limit is the one asked here.
    settings.SIGN_IN_CODE_RATES = {"number": ["10/day"], "address": ["1000/hour"]}  # type: ignore[attr-defined]
    phone = some_number()
    answers = [guess(phone, timezone.now())[0] for _ in range(11)]
    assert answers.count("too_many_codes") == 1
    assert answers[-1] == "too_many_codes"


@pytest.mark.django_db
def test_old_codes_are_purged() -> None:
    now = timezone.now()
    guess(some_number(), now)
    privacy.purge(moment=now + timedelta(hours=23))
    assert Challenge.objects.exists()
    privacy.purge(moment=now + timedelta(days=2))
    assert not Challenge.objects.exists()
