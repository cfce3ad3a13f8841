"""Status of a merchant in the console: Olga operates the platform, Alice owns the new shop."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from merchants.models import Merchant, MerchantStep, Staff, Terms
from tests import factories, partner_client
from tests.merchants import counter
from tests.partner_client import PartnerClient
from tests.points.console.staff import read, staff

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def olga() -> Client:
    return staff("olga", "operator")


def step(client: Client, shop: Merchant, to: str, reason: str = "checked") -> Any:
    return client.post(f"/console/merchants/merchant/{shop.pk}/step/", {"to": to, "reason": reason})


def status(shop: Merchant) -> str:
    return Merchant.objects.get(pk=shop.pk).status


def admitted(client: Client, owner: User) -> Merchant:
    code = f"NEW-{uuid.uuid4().hex[:8]}"
    form = {"code": code, "name": "新店", "category": "retail", "licence_number": "91330106MA2B", "name_en": ""}
    answer = client.post("/console/merchants/merchant/add/", form | {"owner_phone": str(owner.phone)})
    assert answer.status_code == 302, answer.content.decode()
    return Merchant.objects.get(code=code)


def person_with_phone() -> User:
    alice = factories.person()
    alice.phone = counter.a_phone()
    alice.save()
    return alice


def test_an_operator_admits_a_merchant_and_its_owner_can_use_the_console(olga: Client) -> None:
    alice = person_with_phone()
    shop = admitted(olga, alice)
    assert (shop.status, Staff.objects.get(merchant=shop).user_id) == ("applied", alice.pk)
    first = MerchantStep.objects.get(merchant=shop).actor
    assert first is not None
    assert first.platform_role == "operator"
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(User.objects.get(pk=alice.pk), backend="django.contrib.auth.backends.ModelBackend")
    assert "新店" in read(browser, "index")


def test_it_refuses_a_shop_with_an_unknown_owner(olga: Client) -> None:
    form = {"code": "NOBODY", "name": "新店", "category": "retail", "owner_phone": counter.a_phone()}
    answer = olga.post("/console/merchants/merchant/add/", form)
    assert "Nobody has signed in with this number." in answer.content.decode()


def test_each_step_is_taken_with_a_reason_that_the_shop_reads(olga: Client) -> None:
    alice = person_with_phone()
    shop = admitted(olga, alice)
    assert step(olga, shop, "licensed", "执照已核验").status_code == 302
    assert step(olga, shop, "contracted").status_code == 302
    assert "Nothing covers the points" in step(olga, shop, "live").content.decode()
    cover = f"/console/merchants/merchant/{shop.pk}/cover/"
    assert olga.post(cover, {"deposit_fen": "50000.00", "credit_limit_fen": "0"}).status_code == 302
    assert Merchant.objects.get(pk=shop.pk).deposit_fen == 5_000_000
    assert step(olga, shop, "live").status_code == 302
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(User.objects.get(pk=alice.pk), backend="django.contrib.auth.backends.ModelBackend")
    page = read(browser, "merchants_merchant_change", shop.pk)
    assert "执照已核验" in page
    # Without the name of the operator, which the shop must not see.
    assert "· the platform" in page
    assert "olga" not in page


def test_the_english_console_shows_a_shops_english_name(olga: Client) -> None:
    shop = factories.merchant("stationer", name="晨光里文具", name_en="Morning Stationer")
    store = {"merchant": shop.pk, "code": "1", "name": "西湖店", "division_code": ""}
    olga.post("/console/merchants/store/add/", store)
    # One shop's rows only, because a page of the list shows no more than a hundred.
    for page in (
        f"/console/merchants/store/?merchant__id__exact={shop.pk}",
        f"/console/merchants/merchant/?q={shop.code}",
    ):
        assert "Morning Stationer" in olga.get(page, headers={"accept-language": "en"}).content.decode()
        assert "晨光里文具" in olga.get(page, headers={"accept-language": "zh-hans"}).content.decode()


def test_only_the_allowed_steps_are_offered_and_taken(olga: Client) -> None:
    shop = factories.merchant()
    page = olga.get(f"/console/merchants/merchant/{shop.pk}/step/").content.decode()
    assert 'value="suspended"' in page
    assert 'value="applied"' not in page
    assert step(olga, shop, "applied").status_code == 200
    assert step(olga, shop, "suspended", reason="").status_code == 200
    assert status(shop) == "live"
    assert MerchantStep.objects.filter(merchant=shop).count() == 1


@pytest.mark.parametrize("role", ["support", "compliance", "regulator", "owner"])
def test_nobody_else_takes_a_step_or_agrees_a_cover(role: str) -> None:
    shop = factories.merchant()
    person = staff("x", role, shop if role == "owner" else None)
    for verb, form in (("step", {"to": "suspended", "reason": "x"}), ("cover", {"deposit_fen": "1"})):
        assert person.post(f"/console/merchants/merchant/{shop.pk}/{verb}/", form).status_code == 403
    assert status(shop) == "live"


def test_suspension_ends_access_of_staff_and_systems_at_their_next_request(olga: Client) -> None:
    partner = PartnerClient(factories.merchant("stationer"))
    bob, member = staff("bob", "manager", partner.shop), factories.member("Alice", partner.shop)
    store = {"merchant": partner.shop.pk, "code": "1", "name": "西湖店", "division_code": ""}
    assert bob.post("/console/merchants/store/add/", store).status_code == 302
    assert partner.get(f"/members/{member.public_id}").status_code == 200
    assert step(olga, partner.shop, "suspended", "投诉核查").status_code == 302
    assert bob.post("/console/merchants/store/add/", store | {"code": "2"}).status_code == 403
    assert bob.get("/console/merchants/membership/").status_code == 403
    assert "is suspended" in read(bob, "index")
    assert partner.post("/purchases", partner_client.purchase(member)).json()["code"] == "merchant_not_active"
    assert partner.shop.stores.count() == 1
    assert step(olga, partner.shop, "live", "核查完毕").status_code == 302
    assert bob.post("/console/merchants/store/add/", store | {"code": "2"}).status_code == 302


def test_an_owner_publishes_the_next_version_of_the_terms(olga: Client) -> None:
    shop, garage = factories.merchant("stationer"), factories.merchant("garage")
    alice, publish = staff("alice", "owner", shop), "/console/merchants/terms/publish/"
    assert alice.post(publish, {"merchant": shop.pk, "text": "消费1元积1分"}).status_code == 302
    assert "消费1元积1分" in alice.get(publish).content.decode()
    assert alice.post(publish, {"merchant": shop.pk, "text": "第二版", "text_en": "Second"}).status_code == 302
    assert list(Terms.objects.filter(merchant=shop).values_list("version", "text").order_by("version")) == [
        (1, "消费1元积1分"),
        (2, "第二版"),
    ]
    assert "v2" in read(alice, "merchants_terms_changelist")
    assert alice.post(publish, {"merchant": garage.pk, "text": "x"}).status_code == 200
    for role in ("manager", "cashier", "finance", "read_only"):
        assert staff("bob", role, shop).post(publish, {"merchant": shop.pk, "text": "x"}).status_code == 403
    assert not Terms.objects.filter(merchant=garage).exists()
