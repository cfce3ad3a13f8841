"""Birthday gifts: once a year, for members of a merchant with a rule for them (SPEC R09)."""

import os
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from accounts.models import Guardianship, User
from accounts.operations import profile
from merchants.models import Membership, Merchant
from points import queries, tasks
from points.models import Act, EarningRule, Lot, Once
from points.operations import birthdays, earning_rules
from points.statement import explanations
from points.types import ActKind
from tests import factories

# Committed, because a refusal ends the transaction it happens in.
pytestmark = pytest.mark.usefixtures("committed_db")

SHANGHAI = timezone(timedelta(hours=8))
OPENING = datetime(2026, 1, 1, tzinfo=SHANGHAI)
CAKE = {
    "kind": "birthday",
    "points": 88,
    "whose": "pet",
    "earmark": "cake",
    "valid_days": 30,
    "expiry_notice": "30 days",
}
GIFT = {"kind": "birthday", "points": 66}


def shop_with(definition: dict[str, Any], **fields: Any) -> Merchant:
    shop = factories.merchant(**fields)
    rule = EarningRule.objects.create(merchant=shop, code="birthday", name="Birthday")
    earning_rules.publish(rule=rule, definition=definition, starts_at=OPENING)
    return shop


def morning(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 15, tzinfo=SHANGHAI)


def member(name: str, *shops: Merchant) -> User:
    person = factories.member(name, *shops)
    Membership.objects.filter(member=person).update(joined_at=OPENING)
    return person


def with_pet(owner: User, born_on: date) -> User:
    profile.add_pet(owner=owner, name="Bean", birthday=born_on, moment=morning(2026, 1, 2))
    return owner


def born(name: str, born_on: date, *shops: Merchant) -> User:
    person = member(name, *shops)
    person.birthday = born_on
    person.save()
    return person


def gifts(who: User) -> list[int]:
    return list(Lot.objects.filter(member=who).order_by("id").values_list("granted", flat=True))


def test_R09_a_pets_gift_comes_on_its_day_once_and_is_only_for_the_cake() -> None:
    alice = with_pet(member("Alice", shop_with(CAKE)), date(2023, 9, 12))
    birthdays.grant(moment=morning(2026, 9, 11))
    assert gifts(alice) == []
    for hour in range(3):
        birthdays.grant(moment=morning(2026, 9, 12) + timedelta(hours=hour))
    birthdays.grant(moment=morning(2026, 9, 13))
    lot = Lot.objects.get(member=alice)
    assert (lot.granted, lot.earmark, lot.expires_at) == (88, "cake", datetime(2026, 10, 13, tzinfo=SHANGHAI))
    wallet = queries.wallets(member_id=alice.pk, moment=morning(2026, 9, 13))[0]
    assert (wallet.available, wallet.earmarked) == (0, 88)
    birthdays.grant(moment=morning(2027, 9, 12))
    assert gifts(alice) == [88, 88]


def test_R09_a_birthday_on_29_february_counts_in_a_common_year_too() -> None:
    shop = shop_with(CAKE)
    alice, bob = (with_pet(member(name, shop), date(2020, 2, 29)) for name in ("Alice", "Bob"))
    birthdays.grant(moment=morning(2027, 2, 28))
    assert (gifts(alice), gifts(bob)) == ([88], [88])
    birthdays.grant(moment=morning(2028, 2, 28))
    assert gifts(alice) == [88]
    birthdays.grant(moment=morning(2028, 2, 29))
    assert gifts(alice) == [88, 88]


def test_each_pet_has_its_own_gift_and_the_owner_none_of_a_pets_rule() -> None:
    day = date(1990, 5, 4)
    alice = with_pet(with_pet(born("Alice", day, shop_with(CAKE)), date(2020, 5, 4)), date(2022, 5, 4))
    birthdays.grant(moment=morning(2026, 5, 4))
    assert gifts(alice) == [88, 88]


def test_a_member_gets_it_from_each_shop_joined_and_from_no_other() -> None:
    stationer, garage = shop_with(GIFT), shop_with(GIFT)
    day = date(1990, 5, 4)
    alice, bob = born("Alice", day, stationer, garage), born("Bob", day, stationer)
    charlie = born("Charlie", day)
    Membership.objects.filter(merchant=stationer, member=bob).update(left_at=OPENING)
    birthdays.grant(moment=morning(2026, 5, 4))
    assert (gifts(alice), gifts(bob), gifts(charlie)) == ([66, 66], [], [])
    act = Act.objects.filter(member=alice, kind=ActKind.AWARD)[0]
    with translation.override("zh-hans"):
        assert explanations.sentences(act, explanations.names_of_rules([act])) == ["Birthday：2026 年生日，66 积分。"]


def test_an_outage_of_a_day_skips_nobody() -> None:
    alice = born("Alice", date(1990, 12, 31), shop_with(GIFT))
    birthdays.grant(moment=morning(2027, 1, 1))
    [once_key] = Once.objects.filter(member_id=alice.pk).values_list("once_key", flat=True)
    assert ":2026" in once_key
    birthdays.grant(moment=morning(2027, 1, 2))
    assert gifts(alice) == [66]


def test_a_member_who_joins_after_the_day_waits_for_the_next_year() -> None:
    alice = born("Alice", date(1990, 5, 4), shop_with(GIFT))
    Membership.objects.filter(member=alice).update(joined_at=morning(2026, 5, 5))
    birthdays.grant(moment=morning(2026, 5, 5))
    assert gifts(alice) == []
    birthdays.grant(moment=morning(2027, 5, 4))
    assert gifts(alice) == [66]


def test_a_child_gets_it_once_the_guardian_has_agreed() -> None:
    child = born("Charlie", date(2015, 5, 4), shop_with(GIFT))
    birthdays.grant(moment=morning(2026, 5, 4))
    assert gifts(child) == []
    Guardianship.objects.create(
        child=child, guardian=factories.member("Alice"), token_hash=os.urandom(32), requested_at=OPENING,
        expires_at=OPENING, agreed_at=morning(2026, 5, 4),
    )  # fmt: skip
    birthdays.grant(moment=morning(2026, 5, 5))
    assert gifts(child) == [66]


@pytest.mark.parametrize("state", [{"status": "suspended"}, {"may_issue": False}])
def test_a_shop_that_may_not_issue_holds_up_nobody_and_gives_it_when_it_may(state: dict[str, Any]) -> None:
    stationer, garage = shop_with(GIFT), shop_with(GIFT)
    alice = born("Alice", date(1990, 5, 4), stationer, garage)
    Merchant.objects.filter(pk=stationer.pk).update(**state)
    birthdays.grant(moment=morning(2026, 5, 4))
    assert gifts(alice) == [66]
    Merchant.objects.filter(pk=stationer.pk).update(status="live", may_issue=True)
    birthdays.grant(moment=morning(2026, 5, 4) + timedelta(hours=1))
    assert gifts(alice) == [66, 66]


def test_the_task_runs_every_hour_of_the_day() -> None:
    planned = settings.CELERY_BEAT_SCHEDULE["grant_birthdays"]
    assert planned["task"] == tasks.grant_birthdays.name
    assert planned["schedule"].hour == set(range(9, 21))
