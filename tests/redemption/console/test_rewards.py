"""The console of the catalogue. Alice manages the Stationer; Bob manages the Garage, and the notebooks are not his."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from merchants.models import Merchant, StaffRole
from redemption.models import PriceRise, Reward, RewardPrice
from tests import factories
from tests.redemption import sample_rewards

pytestmark = pytest.mark.django_db
RETURNS = {"return_days": "7", "cash_return_days": "7", "return_terms": "商品完好,寄回运费由会员承担。"}


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant()


def signed_in(shop: Merchant, role: StaffRole = StaffRole.MANAGER) -> Client:
    person = factories.person(username=f"{role}-{shop.code}", is_staff=True)
    factories.staff(shop, person, role)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alice(shop: Merchant) -> Client:
    return signed_in(shop)


def price(**form: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {
        "points": "500",
        "cash_yuan": "",
        "face_value_yuan": "25",
        "face_value_basis": "charged",
        "face_value_on": today,
        "face_value_evidence": "小票 0031",
        "starts_at_0": "",
        "starts_at_1": "",
        "ends_at_0": "",
        "ends_at_1": "",
        "occasion": "",
    } | form


def test_a_manager_drafts_prices_and_publishes_a_reward(alice: Client, shop: Merchant) -> None:
    drafted = alice.post(
        reverse("admin:redemption_reward_add"),
        {
            "merchant": shop.pk,
            "sku": "BALLPOINT",
            "kind": "goods",
            "goods_category": "stationery/writing",
            "title": "高级钢笔",
            "terms": "到店自提。",
            "purse": "base",
            **RETURNS,
            "limit_window": "ever",
        },
    )
    assert drafted.status_code == 302, drafted.content.decode()
    ballpoint = Reward.objects.get(merchant=shop, sku="BALLPOINT")
    announced = alice.post(
        reverse("admin:redemption_reward_announce", args=[ballpoint.pk]), price(points="1000", face_value_yuan="50")
    )
    assert announced.status_code == 302, announced.content.decode()
    assert alice.post(reverse("admin:redemption_reward_publish", args=[ballpoint.pk])).status_code == 302
    ballpoint.refresh_from_db()
    assert ballpoint.status == "published"
    assert "1000" in alice.get(reverse("admin:redemption_reward_changelist")).content.decode()


def test_objections_to_publishing_are_shown_before_the_button(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.draft(shop, goods_category="tobacco")
    page = alice.get(reverse("admin:redemption_reward_publish", args=[reward.pk])).content.decode()
    assert "May not be given for points: tobacco" in page
    assert "Announce a price first." in page
    alice.post(reverse("admin:redemption_reward_publish", args=[reward.pk]))
    reward.refresh_from_db()
    assert reward.status == "draft"


def test_R37_a_price_below_the_guarantee_is_an_error_of_its_field(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.draft(shop)
    answer = alice.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), price(face_value_yuan="24.99"))
    assert answer.status_code == 200
    assert "needs a face value of 25 yuan" in answer.content.decode()
    assert not RewardPrice.objects.filter(reward=reward).exists()


def test_R35_a_dearer_price_is_announced_and_not_in_force(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    alice.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), price(points="600", face_value_yuan="30"))
    assert PriceRise.objects.get(reward=reward).points == 600
    assert RewardPrice.objects.filter(reward=reward).count() == 1


def test_a_promotion_is_a_price_with_an_end(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    end = timezone.localtime() + timedelta(days=10)
    form = price(points="400", occasion="开学季", ends_at_0=end.date().isoformat(), ends_at_1="00:00:00")
    assert alice.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), form).status_code == 302
    assert RewardPrice.objects.get(reward=reward, kind="window").occasion == "开学季"


def test_a_published_reward_cannot_be_edited_into_something_unlawful(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    form = {
        "goods_category": "tobacco",
        "title": reward.title,
        "terms": reward.terms,
        **RETURNS,
        "limit_window": "ever",
    }
    answer = alice.post(reverse("admin:redemption_reward_change", args=[reward.pk]), form)
    assert answer.status_code == 200
    assert "tobacco (" in answer.content.decode()
    reward.refresh_from_db()
    assert reward.goods_category == "stationery/notebooks"


def test_stock_is_set_and_a_reward_taken_off_the_shelf(alice: Client, shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    form = {
        "goods_category": reward.goods_category,
        "title": "笔记本礼盒",
        "terms": reward.terms,
        **RETURNS,
        "limit_window": "ever",
        "stock": "7",
    }
    assert alice.post(reverse("admin:redemption_reward_change", args=[reward.pk]), form).status_code == 302
    alice.post(reverse("admin:redemption_reward_delist", args=[reward.pk]))
    reward.refresh_from_db()
    assert (reward.title, reward.stock, reward.status) == ("笔记本礼盒", 7, "delisted")


def test_a_reward_is_offered_in_its_merchants_own_shops_only(alice: Client, shop: Merchant) -> None:
    own = factories.store(shop, code="1", name="文三路店")
    factories.store(factories.merchant("garage"), code="1", name="别家的店")
    reward = sample_rewards.on_sale(shop)
    shown = alice.get(reverse("admin:redemption_reward_change", args=[reward.pk])).content.decode()
    assert "文三路店" in shown
    assert "别家的店" not in shown
    form = {"goods_category": reward.goods_category, "title": reward.title, "terms": reward.terms}
    form |= RETURNS | {"limit_window": "ever", "stores": str(own.pk)}
    assert alice.post(reverse("admin:redemption_reward_change", args=[reward.pk]), form).status_code == 302
    assert list(reward.stores.all()) == [own]


@pytest.mark.parametrize("action", ["change", "publish", "announce", "delist"])
def test_bob_cannot_touch_the_stationers_rewards(shop: Merchant, action: str) -> None:
    reward = sample_rewards.draft(shop)
    bob = signed_in(factories.merchant("garage"))
    answer = bob.post(reverse(f"admin:redemption_reward_{action}", args=[reward.pk]), price())
    assert answer.status_code in (302, 403, 404)
    assert not RewardPrice.objects.filter(reward=reward).exists()
    assert reward.title not in bob.get(reverse("admin:redemption_reward_changelist")).content.decode()


def test_a_cashier_sees_the_shelf_and_changes_nothing(shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop)
    charlie = signed_in(shop, StaffRole.CASHIER)
    assert reward.title in charlie.get(reverse("admin:redemption_reward_changelist")).content.decode()
    assert charlie.post(reverse("admin:redemption_reward_announce", args=[reward.pk]), price()).status_code == 403
