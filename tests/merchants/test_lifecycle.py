"""Status of a merchant (SPEC D10): a row allows each change, which is recorded with actor and reason."""

import uuid
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from merchants.errors import NothingCovers, StepRefused
from merchants.models import Merchant, MerchantStatus, MerchantStep
from merchants.operations import lifecycle
from tests import factories, partner_client
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")
LIFE = (MerchantStatus.LICENSED, MerchantStatus.CONTRACTED, MerchantStatus.LIVE)


@pytest.fixture
def operator() -> User:
    return factories.person()


@pytest.fixture
def applicant(operator: User) -> Merchant:
    code = f"NEW-{uuid.uuid4().hex[:8]}"
    return lifecycle.apply_for_contract(code=code, name="新店", category="retail", owner_id=operator.pk)


def step(shop: Merchant, to: MerchantStatus, operator: User) -> None:
    lifecycle.take_step(merchant_id=shop.pk, to=to, reason=f"to {to}", actor_id=operator.pk, moment=timezone.now())


def test_a_merchant_goes_live_step_by_step_and_each_step_is_recorded(applicant: Merchant, operator: User) -> None:
    lifecycle.agree_limit(merchant_id=applicant.pk, deposit_fen=1_000_000, credit_limit_fen=0)
    for to in LIFE:
        step(applicant, to, operator)
    applicant.refresh_from_db()
    assert applicant.status == MerchantStatus.LIVE
    steps = MerchantStep.objects.filter(merchant=applicant).order_by("pk")
    assert list(steps.values_list("to_status", "reason", "actor_id")) == [
        ("applied", "", None),
        *((to, f"to {to}", operator.pk) for to in LIFE),
    ]


def test_it_refuses_to_skip_the_licence(applicant: Merchant, operator: User) -> None:
    with pytest.raises(StepRefused):
        step(applicant, MerchantStatus.LIVE, operator)


def test_it_refuses_to_go_live_without_deposit_or_credit(applicant: Merchant, operator: User) -> None:
    for to in LIFE[:2]:
        step(applicant, to, operator)
    with pytest.raises(NothingCovers):
        step(applicant, MerchantStatus.LIVE, operator)


def test_a_closed_merchant_stays_closed(operator: User) -> None:
    shop = factories.merchant(status="closed")
    for to in set(MerchantStatus) - {MerchantStatus.CLOSED}:
        with pytest.raises(StepRefused):
            step(shop, to, operator)


def test_a_raw_update_takes_no_other_way_and_leaves_a_row(app_cursor: psycopg.Cursor) -> None:
    shop = factories.merchant()
    with pytest.raises(psycopg.Error, match="does not go from live to applied"):
        app_cursor.execute("UPDATE merchants_merchant SET status = 'applied' WHERE id = %s", [shop.pk])
    app_cursor.execute("UPDATE merchants_merchant SET status = 'exiting' WHERE id = %s", [shop.pk])
    assert MerchantStep.objects.filter(merchant=shop, to_status="exiting").exists()


@pytest.mark.parametrize("table", ["merchants_merchantstep", "merchants_transition"])
def test_nobody_writes_the_steps_by_hand(app_cursor: psycopg.Cursor, table: str) -> None:
    for verb in (f"DELETE FROM {table}", f"UPDATE {table} SET to_status = 'live'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_cursor.execute(verb)  # type: ignore[call-overload]


def test_published_terms_cannot_be_changed(app_cursor: psycopg.Cursor) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_cursor.execute("UPDATE merchants_terms SET text = ''")


def test_a_suspended_merchant_is_refused_on_its_next_request(operator: User) -> None:
    partner = PartnerClient(factories.merchant())
    alice = factories.member("Alice", partner.shop)
    assert partner.get(f"/members/{alice.public_id}").status_code == 200  # its token is cached now
    step(partner.shop, MerchantStatus.SUSPENDED, operator)
    answers: list[Any] = [
        partner.get(f"/members/{alice.public_id}"),
        partner.post("/purchases", partner_client.purchase(alice)),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "merchant_not_active")] * 2
    step(partner.shop, MerchantStatus.LIVE, operator)
    assert partner.get(f"/members/{alice.public_id}").status_code == 200
