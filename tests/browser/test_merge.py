"""The merge page of support in a real browser, as wide as a phone and as a desktop, in Chinese and in English."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from accounts.models import MemberMerge, PlatformRole
from tests import factories
from tests.browser.test_pages import faults, localised, person, screen, sign_in
from tests.points import cast

pytestmark = pytest.mark.usefixtures("committed_db")
__all__ = ["screen"]


def test_support_looks_at_both_accounts_before_proposing(screen: Any) -> None:
    bob = person(is_staff=True, platform_role=PlatformRole.SUPPORT)
    shop = factories.merchant("stationer")
    alice, old = factories.member("爱丽丝", shop), factories.member("爱丽丝", shop)
    for member, points in ((alice, 1200), (old, 345)):
        cast.buy(shop, member, cast.award(points))
    sign_in(screen, bob, f"/console/accounts/user/{old.pk}/change/")
    screen.goto(re.search(rf'href="([^"]*/{old.pk}/merge_member/)"', screen.content())[1])
    assert faults(screen) == []
    screen.get_by_label(localised(screen, "保留的账户", "The account that stays")).fill(str(alice.public_id))
    screen.get_by_label(localised(screen, "原因", "Reason")).fill("两次登记")
    screen.get_by_role("button", name=localised(screen, "查看两个账户", "Look at both")).click()
    screen.get_by_text("1,545").wait_for()
    assert faults(screen) == []
    save_picture(screen, "merge")
    screen.get_by_role("button", name=localised(screen, "提出合并", "Propose the merge")).click()
    screen.get_by_text(localised(screen, "合并等待第二人批准", "A merge waits for a second person")).wait_for()
    assert faults(screen) == []
    save_picture(screen, "person")
    assert MemberMerge.objects.filter(duplicate=old, survivor=alice, approved_at=None).exists()


def save_picture(screen: Any, name: str) -> None:
    """Saves a screenshot if HONGMI_PICTURES names a folder."""
    if folder := os.environ.get("HONGMI_PICTURES"):
        file = f"{name}-{screen.viewport_size['width']}-{localised(screen, 'zh', 'en')}.png"
        screen.screenshot(path=Path(folder) / file, full_page=True)
