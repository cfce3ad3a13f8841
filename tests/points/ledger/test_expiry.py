"""The sweep books the effects of time: holds lapse and lots expire although nobody touches the wallet."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from merchants.models import Merchant
from points import tasks
from points.ledger import functions
from points.models import Act, Lot
from points.operations import expiry
from points.types import ActKind
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

pytestmark = pytest.mark.usefixtures("own_db")


def kinds_of(who: User) -> list[int]:
    return list(Act.objects.filter(member=who).order_by("id").values_list("kind", flat=True))


def with_what_ends(shop: Merchant, name: str) -> User:
    who = factories.member(name, shop)
    cast.buy(shop, who, cast.bonus(40, expires_at=NOON + DAY), cast.award(60))
    cast.hold(shop, who, 50, lasts=timedelta(hours=1))
    return who


def test_a_hold_lapses_and_a_lot_expires_each_at_its_own_moment() -> None:
    alice = with_what_ends(factories.merchant(), "Alice")
    assert expiry.sweep(moment=NOON + timedelta(minutes=59)) == 0
    assert expiry.sweep(moment=NOON + 2 * DAY) == 2
    assert kinds_of(alice) == [ActKind.PURCHASE, ActKind.HOLD, ActKind.LAPSE, ActKind.EXPIRY]
    assert [act.occurred_at for act in Act.objects.filter(member=alice).order_by("id")[2:]] == [
        NOON + timedelta(hours=1),
        NOON + DAY,
    ]
    assert (cast.wallet(alice).balance, cast.lots(alice)) == (60, [0, 60])
    assert expiry.sweep(moment=NOON + 2 * DAY) == 0


def test_however_many_are_due_all_end() -> None:
    shop = factories.merchant()
    people = [factories.member(f"Alice {number}", shop) for number in range(601)]
    items = [cast.item(who, cast.bonus(1, expires_at=NOON + DAY)) for who in people]
    for part in (items[:300], items[300:]):
        functions.accrue_batch(merchant_id=shop.pk, items=part, moment=NOON, actor_id=None, publish=False)
    assert expiry.sweep(moment=NOON + DAY) == 601
    assert not Lot.objects.filter(is_open=True).exists()


def test_the_clock_sweeps_by_itself(time_machine: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["sweep"]["task"] == tasks.sweep.name
    alice = with_what_ends(factories.merchant(), "Alice")
    time_machine.move_to(NOON + 2 * DAY)
    tasks.sweep()
    assert kinds_of(alice)[2:] == [ActKind.LAPSE, ActKind.EXPIRY]
