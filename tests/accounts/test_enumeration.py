"""Whether sign-in reveals that a number has an account. The suite asserts identical bytes and identical work
(test_sign_in_pages); this campaign measures and reports the time of each step on this machine, without asserting it."""

import os
import statistics
import time
from collections.abc import Callable

import pytest
from django.test import Client

from accounts import limits
from accounts.models import User
from tests.accounts.conftest import browser, code_sent_to, some_number

PASSWORD = "correct horse battery"


def request_code(device: Client, phone: str) -> None:
    assert device.post("/sign-in/", {"phone": phone, "has_agreed": "on"}).status_code == 302


def give_wrong_code(device: Client, phone: str) -> None:
    wrong = "000000" if code_sent_to(phone) != "000000" else "111111"
    assert device.post("/sign-in/code", {"code": wrong}).status_code == 200


def try_a_password(device: Client, phone: str) -> None:
    assert device.post("/sign-in/password", {"login": phone, "password": "a wrong password"}).status_code == 200


STEPS: list[Callable[[Client, str], None]] = [request_code, give_wrong_code, try_a_password]


def measured(phones: list[str]) -> dict[str, float]:
    """Milliseconds by step and number, keyed by the step's name and the number's position in the list."""
    took = {}
    for place, phone in enumerate(phones):
        device = browser()
        limits.forget()
        for step in STEPS:
            started = time.perf_counter()
            step(device, phone)
            took[f"{step.__name__}:{place}"] = (time.perf_counter() - started) * 1000
    return took


def separation(known: list[float], unknown: list[float]) -> float:
    """The chance that the known number is the slower one of two measurements; 0.5 reveals nothing.

    The area under the ROC curve, by Mann and Whitney's U (1947).
    """
    wins = sum((one > other) + (one == other) / 2 for one in known for other in unknown)
    return wins / (len(known) * len(unknown))


@pytest.mark.django_db
def test_each_step_can_be_measured_for_known_and_unknown_numbers() -> None:
    known = some_number()
    User.objects.create_user(phone=known, password=PASSWORD)
    assert len(measured([known, some_number()])) == 2 * len(STEPS)
    assert separation([3, 4], [1, 2]) == 1
    assert separation([1, 2], [1, 2]) == 0.5


@pytest.mark.campaign
@pytest.mark.django_db
def test_enumeration_by_time(settings: object) -> None:
    """Rounds of a known and an unknown number in alternating order, so that changes of load hit both alike."""
    rounds = int(os.environ.get("HONGMI_ROUNDS", "400"))
    # The hash of production, because a cheap one would hide whether both paths hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # type: ignore[attr-defined]
    taken: dict[str, list[float]] = {}
    for number in range(rounds):
        known = some_number()
        User.objects.create_user(phone=known, password=PASSWORD)
        pair = [known, some_number()] if number % 2 else [some_number(), known]
        kinds = ("known", "unknown") if number % 2 else ("unknown", "known")
        for name, milliseconds in measured(pair).items():
            step, place = name.split(":")
            taken.setdefault(f"{step} {kinds[int(place)]}", []).append(milliseconds)
    report(taken, rounds)


def report(taken: dict[str, list[float]], rounds: int) -> None:
    print(f"\n{rounds} numbers of each kind, milliseconds")
    print(f"{'step':<18} {'number':<8} {'p5':>8} {'median':>8} {'p95':>8}   separable by one try (0.5 = not at all)")
    for step in STEPS:
        separable = separation(taken[f"{step.__name__} known"], taken[f"{step.__name__} unknown"])
        for kind in ("known", "unknown"):
            cuts = statistics.quantiles(taken[f"{step.__name__} {kind}"], n=20)
            suffix = f"   {separable:.3f}" if kind == "known" else ""
            print(f"{step.__name__:<18} {kind:<8} {cuts[0]:>8.2f} {cuts[9]:>8.2f} {cuts[18]:>8.2f}{suffix}")
