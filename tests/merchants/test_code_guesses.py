"""A partner that guesses member codes and card numbers is stopped; right codes are never limited."""

from typing import Any

import pytest

from accounts import limits
from accounts.codes import draw_card_number
from accounts.models import User
from accounts.operations import cards
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")
RESOLVE = "/member-codes/resolve"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


@pytest.fixture
def partner() -> PartnerClient:
    return PartnerClient(factories.merchant("stationer"))


def guess(partner: PartnerClient, times: int) -> list[int]:
    return [partner.post(RESOLVE, {"code": draw_card_number()}).status_code for _ in range(times)]


def test_a_thousand_guesses_stop_at_the_hundredth(partner: PartnerClient) -> None:
    answers = guess(partner, 1000)
    assert answers == [404] * 100 + [429] * 900


def test_a_limited_client_gets_a_wait_and_no_answer_even_for_a_right_code(
    partner: PartnerClient, settings: object
) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["3/10 minutes"], "merchant": ["500/hour"]}  # type: ignore[attr-defined]
    alice = factories.person()
    guess(partner, 3)
    answer = partner.post(RESOLVE, {"code": counter.shown(alice)})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_wrong_codes")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 600


def test_another_key_of_the_merchant_does_not_get_round_it(partner: PartnerClient, settings: object) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["3/10 minutes"], "merchant": ["5/hour"]}  # type: ignore[attr-defined]
    second, garage = PartnerClient(partner.shop), PartnerClient(factories.merchant("garage"))
    assert guess(partner, 4) == [404] * 3 + [429]
    assert guess(second, 3) == [404] * 2 + [429]
    assert guess(garage, 1) == [404]


def test_right_codes_never_count(partner: PartnerClient, settings: object) -> None:
    settings.MEMBER_CODE_GUESS_RATES = {"credential": ["1/10 minutes"], "merchant": ["1/hour"]}  # type: ignore[attr-defined]
    alice = factories.member("Alice", partner.shop)
    card = cards.issue(member=alice, moment=partner_client.OPENING)
    for code in (counter.shown(alice), card.number, counter.shown(alice), card.number):
        assert partner.post(RESOLVE, {"code": code}).status_code == 200


def test_wrong_codes_of_an_sms_are_counted_over_all_members_and_a_right_one_is_not(
    partner: PartnerClient, settings: Any
) -> None:
    settings.SPENDING_CODE_GUESS_RATES = {"credential": ["100/hour"], "merchant": ["4/hour", "500/day"]}

    def confirm_path(member: User) -> str:
        body = {"member_id": str(member.public_id), "act": "hold", "max_points": 5}
        return f"/authorisations/{partner.post('/authorisations', body).json()['id']}/confirm"

    alice, bob, charlie = (counter.rich_member(partner.shop) for _ in range(3))
    for member in (alice, bob):
        at, right = confirm_path(member), counter.code_in_sms(member)
        wrong = {"code": f"{(int(right) + 1) % 10**6:06}"}
        assert [partner.post(at, wrong).json()["code"] for _ in range(2)] == ["wrong_code"] * 2
        if member == alice:
            assert partner.post(at, {"code": right}).status_code == 200
    answer = partner.post(confirm_path(charlie), {"code": counter.code_in_sms(charlie)})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_wrong_codes")
