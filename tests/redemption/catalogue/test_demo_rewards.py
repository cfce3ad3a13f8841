"""The demo's rewards are those of the project's brief at its prices, and all of them are published."""

import pytest
from django.utils import timezone

from hongmi.seed import rewards, shop_list
from hongmi.seed.demo_state import DemoState
from redemption import queries
from redemption.models import Reward, Slot
from tests import factories

pytestmark = pytest.mark.django_db

# title: points, cash in fen, value in fen
OF_THE_BRIEF = {
    "笔记本套装": (500, 0, 2_500),
    "高级钢笔": (1_000, 0, 5_000),
    "定制办公文具100份(印公司标志)": (2_000, 0, 30_000),
    "基础保养一次": (5_000, 0, 50_000),
    "汽车轮胎一条": (10_000, 0, 100_000),
    "汽车空调清洗": (5_000, 0, 60_000),  # 6000 outside the anniversary
    "车险满减券1000元": (20_000, 0, 100_000),
    "恒温电热水壶": (300, 990, 9_900),
    "往返机票(经济舱)": (12_000, 0, 120_000),
}


@pytest.fixture
def state() -> DemoState:
    shops = {one.code: factories.merchant(one.code.lower(), category=one.category) for one in shop_list.MERCHANTS}
    for code, shop in shops.items():
        factories.store(shop, code="1", name=code)
    return DemoState(timezone.now(), shops, {})


def test_everything_is_on_sale_at_the_prices_of_the_brief(state: DemoState) -> None:
    rewards.publish_rewards(state)
    views = {
        view.reward.title: view
        for view in queries.views(queries.mall(), moment=timezone.now())
        if view.reward.merchant in state.merchants.values()
    }
    assert len(views) == len(rewards.REWARDS)
    for title, price in OF_THE_BRIEF.items():
        quote = views[title].quote
        assert (quote.points, quote.cash_fen, quote.face_value_fen) == price, title
    assert views["汽车空调清洗"].quote.occasion == "店庆"


def test_a_second_start_changes_nothing(state: DemoState) -> None:
    rewards.publish_rewards(state)
    before = (Reward.objects.count(), Slot.objects.count())
    rewards.publish_rewards(state)
    assert (Reward.objects.count(), Slot.objects.count()) == before
