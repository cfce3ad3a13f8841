"""The member code and the terms in a real browser: the content security policy refuses nothing."""

from typing import Any

import pytest
from django.utils import timezone

from merchants.models import Membership
from merchants.operations import memberships
from tests import factories
from tests.browser.test_pages import faults, localised, person, screen, sign_in

pytestmark = pytest.mark.usefixtures("committed_db")
__all__ = ["screen"]  # a fixture, used by its name


def test_the_code_fills_the_screen_and_allows_the_entered_points(screen: Any) -> None:
    sign_in(screen, person(), "/me/code")
    assert faults(screen) == []
    drawn = screen.locator(".membercode svg").bounding_box()
    assert 200 < drawn["width"] < 300
    assert drawn["width"] == pytest.approx(drawn["height"])
    screen.get_by_label(localised(screen, "商户可使用的积分", "Points the shop may use")).fill("100")
    screen.locator("main form button").first.click()
    assert "100" in screen.locator(".membercode").inner_text()


def test_terms_are_shown_where_the_member_agrees_to_them(screen: Any) -> None:
    alice, shop = person(), factories.merchant("stationer")
    memberships.publish_terms(merchant_id=shop.pk, text="消费1元积1分。\n\n可随时退出。", moment=timezone.now())
    factories.join(shop, alice, consented_at=None)
    sign_in(screen, alice, "/me/merchants")
    assert faults(screen) == []
    waiting = screen.locator("article.membership")
    waiting.locator("summary").click()
    assert "可随时退出" in waiting.inner_text()
    waiting.locator("button.main").click()
    assert Membership.objects.open().filter(member=alice, terms__version=1).exists()
