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
    """Guess a fresh code three times; returns the error codes, or `signed_in` for a right guess."""
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
            answers.append("signed_in")
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
def test_sprayed_guesses_sign_nobody_in_and_spend_the_budget() -> None:
    counted = spray(1_000)
    assert counted.get("signed_in", 0) == 0
    assert counted["wrong_code"] + counted["code_ended"] == BUDGET
    assert counted["sign_in_paused"] == 1_000 - BUDGET
    assert Outbox.objects.filter(topic="accounts.codes_guessed_at").count() == 1


@pytest.mark.campaign
@pytest.mark.django_db
def test_spray_of_100_000_guesses() -> None:
    guesses = int(os.environ.get("HONGMI_GUESSES", "100000"))
    counted = spray(guesses)
    assert counted.get("signed_in", 0) == 0
    assert counted["sign_in_paused"] > guesses - 2_001
    assert Outbox.objects.filter(topic="accounts.codes_guessed_at").exists()


@pytest.mark.django_db
def test_control_a_right_guess_before_the_budget_is_spent_signs_in() -> None:
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
def test_during_a_pause_only_a_known_device_signs_in() -> None:
    phone = some_number()
    factories.person(phone=phone)
    own, unknown = browser(), browser()
    own.post("/sign-in/", {"phone": phone, "has_agreed": "on"})
    own.post("/sign-in/code", {"code": code_sent_to(phone)})
    own.post("/sign-in/out")
    limits.forget()
    for _ in range(BUDGET):
        limits.count_failure()
    assert unknown.post("/sign-in/", {"phone": phone, "has_agreed": "on"}).status_code == 429
    assert own.post("/sign-in/", {"phone": some_number(), "has_agreed": "on"}).status_code == 429
    assert own.post("/sign-in/", {"phone": phone, "has_agreed": "on"}).status_code == 302
    assert own.post("/sign-in/code", {"code": code_sent_to(phone)}).status_code == 302
    assert own.get("/me/").status_code == 200


@pytest.mark.django_db
def test_codes_sent_before_a_pause_cannot_be_guessed_during_it() -> None:
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
def test_a_pause_has_the_same_answer_for_known_and_unknown_numbers() -> None:
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
    # Only the limit per day, because the test cannot wait for those per minute and hour.
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
