"""A till that guesses at member codes and cards is stopped; one that brings right codes never is."""

from typing import Any

import pytest

from accounts import limits
from accounts.codes import draw_card_number
from accounts.models import User
from accounts.operations import cards
from tests import factories
from tests import partner_client as tills
from tests.merchants import counter
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")
RESOLVE = "/member-codes/resolve"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


@pytest.fixture
def till() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


def guess(till: PartnerClient, times: int) -> list[int]:
    return [till.post(RESOLVE, {"code": draw_card_number()}).status_code for _ in range(times)]


def test_a_thousand_guesses_stop_at_the_hundredth(till: PartnerClient) -> None:
    answers = guess(till, 1000)
    assert answers == [404] * 100 + [429] * 900


def test_who_is_stopped_is_told_how_long_and_gets_not_even_a_right_answer(
    till: PartnerClient, settings: object
) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["3/10 minutes"], "merchant": ["500/hour"]}  # type: ignore[attr-defined]
    alice = factories.person()
    guess(till, 3)
    answer = till.post(RESOLVE, {"code": counter.shown(alice)})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_wrong_codes")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 600


def test_another_key_of_the_merchant_does_not_get_round_it(till: PartnerClient, settings: object) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["3/10 minutes"], "merchant": ["5/hour"]}  # type: ignore[attr-defined]
    second, garage = PartnerClient(till.shop), PartnerClient(factories.merchant("garage"))
    assert guess(till, 4) == [404] * 3 + [429]
    assert guess(second, 3) == [404] * 2 + [429]
    assert guess(garage, 1) == [404]


def test_right_codes_never_count(till: PartnerClient, settings: object) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["1/10 minutes"], "merchant": ["1/hour"]}  # type: ignore[attr-defined]
    alice = factories.member("Alice", till.shop)
    card = cards.issue(member=alice, moment=tills.OPENING)
    for code in (counter.shown(alice), card.number, counter.shown(alice), card.number):
        assert till.post(RESOLVE, {"code": code}).status_code == 200


def test_wrong_codes_of_an_sms_are_counted_over_all_members_and_a_right_one_is_not(
    till: PartnerClient, settings: Any
) -> None:
    settings.SPENDING_CODE_GUESS_RATES = {"credential": ["100/hour"], "merchant": ["4/hour", "500/day"]}

    def leave_of(who: User) -> str:
        asked = {"member_id": str(who.public_id), "act": "hold", "max_points": 5}
        return f"/authorisations/{till.post('/authorisations', asked).json()['id']}/confirm"

    alice, bob, charlie = (counter.rich_member(till.shop) for _ in range(3))
    for who in (alice, bob):
        at, right = leave_of(who), counter.code_in_sms(who)
        wrong = {"code": f"{(int(right) + 1) % 10**6:06}"}
        assert [till.post(at, wrong).json()["code"] for _ in range(2)] == ["wrong_code"] * 2
        if who == alice:
            assert till.post(at, {"code": right}).status_code == 200
    answer = till.post(leave_of(charlie), {"code": counter.code_in_sms(charlie)})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_wrong_codes")
