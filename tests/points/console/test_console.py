"""The console: Alice owns the Stationer, Bob is its cashier, Charlie owns the Garage, Rita is the regulator."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.models import Membership, Merchant, PartnerCredential
from points.models import Adjustment, EarningRule, Lot
from tests import factories
from tests.points import cast
from tests.points.console.staff import read, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def stationer() -> Merchant:
    return factories.merchant("stationer")


@pytest.fixture
def garage() -> Merchant:
    return factories.merchant("garage", category="automotive")


def rule(merchant: Merchant) -> EarningRule:
    return EarningRule.objects.create(merchant=merchant, code="rate", name="消费1元积1分")


RATE = {"kind": "rate", "points": "1", "per_yuan": "1", "purse": "base", "rounding": "floor", "round_per": "order"}
ENTERED = RATE | {"stacking": "add", "starts_at": "2026-11-22T12:00", "sample_yuan": "199.99", "cap_window": "day"}
ENTERED |= {"budget_window": "day"}


def publish(client: Client, rule: EarningRule, *, button: str = "publish", **fields: str) -> Any:
    path = reverse("admin:points_earningrule_publish", args=[rule.pk])
    return client.post(path, {k: v for k, v in (ENTERED | fields).items() if v} | {button: "1"})


def test_a_person_without_a_role_is_refused(stationer: Merchant) -> None:
    member = factories.member("Alice", stationer)
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/console/", follow=True).status_code == 403


def test_a_visitor_is_redirected_to_the_sign_in_of_hongmi() -> None:
    answer = Client().get("/console/points/act/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/sign-in/password?next=%2Fconsole%2Fpoints%2Fact%2F")


def test_a_cashier_sees_no_totals_and_no_keys(stationer: Merchant) -> None:
    bob = staff("bob", "cashier", stationer)
    assert "Opening" not in read(bob, "index")
    for page in ("points_lot", "merchants_partnercredential", "points_adjustment", "points_treehead"):
        assert bob.get(reverse(f"admin:{page}_changelist")).status_code == 403
    assert publish(bob, rule(stationer)).status_code == 403


def test_the_regulator_sees_every_shop_and_changes_nothing(stationer: Merchant, garage: Merchant) -> None:
    for shop in (stationer, garage):
        cast.buy(shop, factories.member("Member", shop), cast.award(10), reference=f"receipt-{shop.name}")
    rita = staff("rita", "regulator")
    text = read(rita, "points_act_changelist")
    assert "receipt-stationer" in text
    assert "receipt-garage" in text
    for page in ("points_adjustment_add", "points_earningrule_add", "merchants_store_add"):
        assert rita.get(reverse(f"admin:{page}")).status_code == 403
    assert publish(rita, rule(stationer)).status_code == 403


@pytest.mark.parametrize("page", ["points_act", "points_lot", "points_hold", "points_treehead", "points_auditrun"])
def test_not_even_a_superuser_adds_to_the_ledger_in_the_console(page: str) -> None:
    root = User.objects.create_superuser("root", "long enough to be one")
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse(f"admin:{page}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{page}_add")).status_code == 403


def test_an_act_shows_its_rows_but_no_shared_balance_to_a_shop(stationer: Merchant, garage: Merchant) -> None:
    alice = factories.member("Alice", stationer, garage)
    cast.buy(garage, alice, cast.award(7000))
    act = cast.buy(stationer, alice, cast.award(100)).act_id
    owner, rita = staff("owner", "owner", stationer), staff("rita", "regulator")
    assert "7,100" in read(rita, "points_act_change", act)
    mine = read(owner, "points_act_change", act)
    assert "issuance · stationer" in mine
    assert f"member · {str(alice.public_id)[:8]}" in mine
    assert "7,100" not in mine


def test_a_shop_reads_a_shortened_name_and_none_before_consent(stationer: Merchant) -> None:
    waiting = factories.member("陈等等", stationer)
    Membership.objects.filter(member=waiting).update(consented_at=None)
    known = factories.member("林晓雨", stationer, phone="+8613800138000")
    owner = staff("owner", "owner", stationer)
    listed = read(owner, "merchants_membership_changelist")
    assert "林**" in listed
    assert "陈" not in listed
    page = read(owner, "merchants_membership_change", Membership.objects.get(member=known).pk)
    assert "晓雨" not in page
    assert "13800138000" not in page


def test_a_rule_is_published_as_a_new_version(stationer: Merchant) -> None:
    one = rule(stationer)
    owner = staff("owner", "owner", stationer)
    assert publish(owner, one).status_code == 302
    assert publish(owner, one, points="2").status_code == 302
    assert [version.definition for version in one.versions.order_by("version")] == [
        {"kind": "rate", "points": 1, "per_fen": 100},
        {"kind": "rate", "points": 2, "per_fen": 100},
    ]
    assert "v2" in read(owner, "points_earningrule_change", one.pk)


def test_a_preview_states_the_points_of_a_purchase_and_publishes_nothing(stationer: Merchant) -> None:
    one = rule(stationer)
    page = publish(staff("owner", "owner", stationer), one, button="preview").content.decode()
    assert "A purchase of 199.99 yuan earns 199 points" in page
    assert not one.versions.exists()


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"points": "30"}, "points", "The points would be worth more than what is paid."),
        ({"valid_days": "5", "expiry_notice": "5 days"}, "valid_days", "Points earned by spending never expire."),
        ({"points": ""}, "points", "This must be a whole number from 1 to 1000000."),
        ({"hours": "noon"}, "hours", "two times of day"),
        ({"days_of_month": "8, x"}, "days_of_month", "This must be a whole number from 1 to 31."),
        ({"include_skus": "A, B", "exclude_skus": "B"}, "exclude_skus", "Both included and excluded: B."),
        ({"ends_at": "2026-11-01T00:00"}, "ends_at", "The rule must end after it starts."),
        ({"raw": '{"kind": "rate", "points": 1, "per_fen": 100, "ponts": 1}'}, "raw", "ponts: There is no such field."),
        ({"raw": "{" * 5000}, "raw", "This is not JSON."),
    ],
)
@pytest.mark.parametrize("button", ["publish", "preview"])
def test_a_problem_is_shown_at_its_field(
    stationer: Merchant, fields: dict[str, str], name: str, sentence: str, button: str
) -> None:
    one = rule(stationer)
    answer = publish(staff("owner", "owner", stationer), one, button=button, **fields)
    assert answer.status_code == 200
    field = re.split(rf'<div class="hm-field f-{name}\b', answer.content.decode())[1].split('<div class="hm-field')[0]
    assert sentence in field
    assert not one.versions.exists()


def test_a_bank_cannot_publish_a_gift(stationer: Merchant) -> None:
    bank = factories.merchant("bank", category="bank")
    answer = publish(staff("owner", "owner", bank), rule(bank), kind="sign_up", points="100")
    assert "never as a gift" in answer.content.decode()


def test_an_adjustment_takes_two_people(stationer: Merchant) -> None:
    member = factories.member("Member", stationer)
    Membership.objects.filter(member=member).update(member_ref="VIP-7")
    alice, bob = staff("alice", "owner", stationer), staff("bob", "manager", stationer)
    entered = {
        "merchant": stationer.pk,
        "member_number": "VIP-7",
        "purse": "base",
        "points": 25,
        "reason": "missed receipt",
    }
    assert alice.post(reverse("admin:points_adjustment_add"), entered).status_code == 302
    proposal = Adjustment.objects.get(member=member)
    for client in (alice, bob):
        assert proposal.act_id is None
        client.post(reverse("admin:points_adjustment_approve_one", args=[proposal.pk]))
        proposal.refresh_from_db()
    assert Lot.objects.get(act_id=proposal.act_id).granted == 25


def test_an_adjustment_of_another_shop_s_member_is_refused_at_its_field(stationer: Merchant, garage: Merchant) -> None:
    other = factories.member("Bob", garage)
    entered = {
        "merchant": stationer.pk,
        "member_number": str(other.public_id),
        "purse": "base",
        "points": 5,
        "reason": "x",
    }
    answer = staff("alice", "owner", stationer).post(reverse("admin:points_adjustment_add"), entered)
    assert "This merchant has no such member." in answer.content.decode()


def test_a_secret_is_shown_once_and_works_until_it_is_revoked(stationer: Merchant) -> None:
    owner = staff("owner", "owner", stationer)
    entered = {"merchant": stationer.pk, "name": "checkout", "scopes": ["purchases:write"]}
    answer = owner.post(reverse("admin:merchants_partnercredential_add"), entered)
    assert "no-store" in answer.headers["Cache-Control"]
    client_id, secret = re.findall(r'class="hm-secret">([^<]+)<', answer.content.decode())
    grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    assert Client().post("/oauth/token", grant).status_code == 200
    key = PartnerCredential.objects.get(client_id=client_id)
    assert secret not in read(owner, "merchants_partnercredential_change", key.pk)
    revoke = reverse("admin:merchants_partnercredential_revoke", args=[key.pk])
    owner.get(revoke)
    assert Client().post("/oauth/token", grant).status_code == 200
    owner.post(revoke)
    assert Client().post("/oauth/token", grant).status_code == 401
