"""The pages in a real browser, as wide as a phone and as a desktop, in Chinese and in English: nothing overflows, no
console errors, all fields are labelled."""

import secrets
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache

from accounts.models import User
from merchants.models import Merchant
from points.models import EarningRule
from points.operations import adjustments
from points.types import Purse
from tests import factories
from tests.points import cast

pytestmark = pytest.mark.usefixtures("committed_db")

PASSWORD = secrets.token_urlsafe(12)
# Runs in the page and must return an empty list.
FAULTS = """() => {
  const faults = [];
  const shown = element => element.checkVisibility({visibilityProperty: true});
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('wider than the screen');
  if (!document.documentElement.lang) faults.push('no language');
  if (!document.title.trim()) faults.push('no title');
  if (document.querySelectorAll('main h1').length > 1) faults.push('two main headings');
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (shown(field) && !field.labels?.length && !field.ariaLabel && !field.getAttribute('aria-labelledby')
        && !field.placeholder) faults.push('no label: ' + field.name);
  for (const image of document.querySelectorAll('img'))
    if (!image.hasAttribute('alt')) faults.push('no alternative: ' + image.src);
  for (const link of document.querySelectorAll('main a, main button'))
    if (shown(link) && !link.textContent.trim() && !link.ariaLabel && !link.title)
      faults.push('unnamed: ' + link.outerHTML);
  const seen = new Set();
  for (const element of document.querySelectorAll('main [id]'))
    seen.has(element.id) ? faults.push('twice: ' + element.id) : seen.add(element.id);
  return faults;
}"""


@pytest.fixture(params=["page", "phone_page"])
def screen(request: pytest.FixtureRequest, locale: str) -> Iterator[Any]:
    """A browser of either width and language; an error in its console fails the test."""
    # All of them sign in from one address, and the cache counts attempts per address.
    cache.clear()
    page = request.getfixturevalue(request.param)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def faults(page: Any) -> list[str]:
    # After a click the page may still be loading.
    page.wait_for_load_state()
    return page.evaluate(FAULTS)


def localised(page: Any, zh: str, en: str) -> str:
    """The text in the page's language."""
    return {"zh-hans": zh, "en": en}[page.locator("html").get_attribute("lang")]


def sign_in(page: Any, person: User, next_path: str) -> None:
    page.goto(f"/sign-in/password?next={next_path}")
    fill_in(page, person.username, PASSWORD)
    # The path alone, because the sign-in URL contains it too.
    page.wait_for_url(lambda url: urlsplit(url).path == next_path)


def fill_in(page: Any, name: str, password: str) -> None:
    page.get_by_label(localised(page, "手机号或登录名", "Mobile number or sign-in name")).fill(name)
    page.get_by_label(localised(page, "密码", "Password"), exact=True).fill(password)
    page.locator("main button").first.click()


def person(**fields: Any) -> User:
    return User.objects.create_user(f"alice-{uuid.uuid4().hex[:8]}", PASSWORD, **fields)


def stationer_with(someone: User, role: str) -> Merchant:
    stationer = factories.merchant("stationer")
    factories.staff(stationer, someone, role)
    return stationer


def test_the_first_page_and_its_four_links(screen: Any) -> None:
    screen.goto("/")
    assert faults(screen) == []
    assert screen.locator(".start").count() == 4
    other = localised(screen, "en", "zh-hans")
    screen.get_by_role("button", name={"zh-hans": "中文", "en": "English"}[other]).click()
    screen.locator(f"html[lang={other}]").wait_for()
    assert faults(screen) == []
    screen.get_by_role("link", name=localised(screen, "证明", "Proofs")).first.click()
    assert faults(screen) == []


def test_the_sign_in_page_shows_errors(screen: Any) -> None:
    screen.goto("/sign-in/password")
    assert faults(screen) == []
    fill_in(screen, "nobody", "wrong all the same")
    screen.get_by_role("alert").first.wait_for()
    assert faults(screen) == []


def test_a_member_reads_the_balance_an_entry_and_the_notifications(screen: Any) -> None:
    alice, stationer = person(), factories.merchant("stationer", name="晨光里文具", name_en="Morning Light Stationery")
    factories.join(stationer, alice)
    cast.buy(stationer, alice, cast.award(1000, note={"fen": 100000, "rate": "1/100"}))
    sign_in(screen, alice, "/me/points")
    assert faults(screen) == []
    assert screen.locator(".balance .big").inner_text() == "1,000"
    assert "50.00" in screen.locator(".balance .worth").inner_text()
    screen.locator(".entry h3 a").first.click()
    assert faults(screen) == []
    assert localised(screen, "晨光里文具", "Morning Light Stationery") in screen.locator("main").inner_text()
    screen.goto("/me/notifications")
    assert faults(screen) == []


def test_an_owner_sees_the_overview_and_publishes_a_rule(screen: Any) -> None:
    alice = person(is_staff=True)
    stationer = stationer_with(alice, "owner")
    rule = EarningRule.objects.create(merchant=stationer, code="rate", name="消费1元积1分")
    sign_in(screen, alice, "/console/")
    assert faults(screen) == []
    screen.goto(f"/console/points/earningrule/{rule.pk}/publish/")
    assert faults(screen) == []
    assert not screen.locator("#id_threshold_yuan").is_visible()
    screen.locator("button[name=preview]").click()
    screen.get_by_text("199.99").first.wait_for()
    assert localised(screen, "199 积分", "199 points") in screen.locator("section[aria-live]").inner_text()
    screen.locator("#id_points").fill("30")
    screen.locator("button[name=publish]").click()
    screen.get_by_role("alert").first.wait_for()
    assert faults(screen) == []
    screen.locator("#id_points").fill("2")
    screen.locator("button[name=publish]").click()
    screen.wait_for_url("**/change/")
    assert faults(screen) == []
    assert rule.versions.get().definition == {"kind": "rate", "points": 2, "per_fen": 100}


@pytest.mark.parametrize("path", ["points/act/", "merchants/membership/", "points/adjustment/add/"])
def test_the_console_s_lists_and_forms(screen: Any, path: str) -> None:
    alice = person(is_staff=True)
    stationer = stationer_with(alice, "owner")
    cast.buy(stationer, factories.member("Bob", stationer), cast.award(50))
    adjustments.propose(
        merchant_id=stationer.pk, member_id=alice.pk, purse=Purse.BASE, points=5, reason="x", proposed_by_id=alice.pk
    )
    sign_in(screen, alice, f"/console/{path}")
    assert faults(screen) == []
