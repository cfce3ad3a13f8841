"""The edges of the ledger's acts: the very moment, the very number, and the message each act publishes."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from hongmi.lib.errors import DomainError
from merchants.models import Merchant
from notifications.models import Outbox
from points import errors
from points.ledger import functions
from points.models import Act, CapUsage, Debt, Hold, Lot
from points.types import Purse
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

pytestmark = pytest.mark.usefixtures("committed_db")
INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def stationer(committed_db: None) -> Merchant:
    return factories.merchant("stationer")


@pytest.fixture
def garage(committed_db: None) -> Merchant:
    return factories.merchant("garage")


@pytest.fixture
def alice(stationer: Merchant, garage: Merchant) -> User:
    return factories.member("Alice", stationer, garage)


def message(topic: str, act_id: int | None, *figures: str) -> list[Any]:
    payload = Outbox.objects.get(topic=topic, payload__act=act_id).payload
    return [payload[name] for name in figures]


def published(act_id: int | None) -> bool:
    return Outbox.objects.filter(payload__act=act_id).exists()


def indebted(shop: Merchant, elsewhere: Merchant, who: User, points: int) -> None:
    """`who` owes `points` to `shop`."""
    bought = cast.buy(shop, who, cast.award(points))
    cast.redeem(elsewhere, who, points)
    cast.give_back_goods(shop, bought.act_id, points, policy="owe")


# Holds


def test_a_hold_may_last_30_days_and_an_instant(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10))
    assert cast.hold(stationer, alice, 5, lasts=30 * DAY).status == "booked"
    assert cast.hold(stationer, alice, 5, lasts=INSTANT).status == "booked"


def test_a_hold_is_open_until_its_very_moment(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10))
    early, late = (cast.hold(stationer, alice, 5).act_id for _ in range(2))
    functions.lapse(limit=10_000, moment=NOON + DAY - INSTANT)
    assert cast.capture(stationer, early, at=NOON + DAY - INSTANT).status == "booked"
    with pytest.raises(errors.HoldLapsed):
        cast.capture(stationer, late, at=NOON + DAY)
    functions.lapse(limit=10_000, moment=NOON + DAY)
    assert not Hold.objects.get(act_id=late).is_open


def test_a_capture_takes_from_one_point_to_all_that_is_held(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(100))
    held = [cast.hold(stationer, alice, 10).act_id for _ in range(3)]
    for points in (0, -1, 11):
        with pytest.raises(errors.InvalidArgument):
            cast.capture(stationer, held[0], points)
    for act, points in zip(held, (1, 10, None), strict=True):
        cast.capture(stationer, act, points)
    assert (cast.wallet(alice).balance, cast.wallet(alice).held) == (100 - 21, 0)


def test_the_message_of_a_capture_counts_what_came_back_and_a_release_is_another(
    stationer: Merchant, alice: User
) -> None:
    cast.buy(stationer, alice, cast.award(100))
    captured = cast.capture(stationer, cast.hold(stationer, alice, 10).act_id, 7)
    released = cast.release(stationer, cast.hold(stationer, alice, 10).act_id)
    assert message("points.redeemed", captured.act_id, "points", "back") == [7, 3]
    assert message("points.released", released.act_id, "points") == [10]


def test_a_wallet_changes_next_when_a_hold_or_a_lot_ends(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(50), cast.bonus(10, expires_at=NOON + 3 * DAY))
    first, second = cast.hold(stationer, alice, 5, lasts=2 * DAY), cast.hold(stationer, alice, 5, lasts=DAY)
    assert cast.wallet(alice).next_change_at == NOON + DAY
    cast.redeem(stationer, alice, 1)
    assert cast.wallet(alice).next_change_at == NOON + DAY
    cast.release(stationer, second.act_id)
    assert cast.wallet(alice).next_change_at == NOON + 2 * DAY
    cast.release(stationer, first.act_id)
    assert (cast.wallet(alice).next_change_at, cast.wallet(alice).available) == (NOON + 3 * DAY, 59)


@pytest.mark.parametrize(
    ("released_after", "ends_after"),
    [(DAY - INSTANT, DAY), (DAY, 2 * DAY), (DAY + HOUR, 2 * DAY + HOUR)],
    ids=["before its end", "at its end", "after its end"],
)
def test_a_lot_that_ended_while_held_gets_the_days_it_had_left(
    stationer: Merchant, alice: User, released_after: timedelta, ends_after: timedelta
) -> None:
    cast.buy(stationer, alice, cast.bonus(10, expires_at=NOON + DAY))
    held = cast.hold(stationer, alice, 10, lasts=3 * DAY)
    cast.release(stationer, held.act_id, at=NOON + released_after)
    assert Lot.objects.get(member=alice).expires_at == NOON + ends_after


def test_a_lot_that_was_about_to_end_when_held_gets_a_second(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.bonus(10, expires_at=NOON + INSTANT))
    held = cast.hold(stationer, alice, 10)
    cast.release(stationer, held.act_id, at=NOON + HOUR)
    assert Lot.objects.get(member=alice).expires_at == NOON + HOUR + timedelta(seconds=1)


# Spending


def test_a_lot_is_usable_from_its_first_moment_to_before_its_last(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.bonus(10, usable_from=NOON + HOUR, expires_at=NOON + DAY))
    for moment in (NOON + HOUR - INSTANT, NOON + DAY):
        with pytest.raises(errors.InsufficientPoints):
            cast.redeem(stationer, alice, 1, at=moment)
        if moment < NOON + HOUR:
            assert cast.redeem(stationer, alice, 1, at=NOON + HOUR).status == "booked"
            assert cast.redeem(stationer, alice, 1, at=NOON + DAY - INSTANT).status == "booked"


def test_available_points_are_those_without_an_earmark(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10), cast.bonus(10, earmark="cake"))
    assert (cast.wallet(alice).balance, cast.wallet(alice).available) == (20, 10)
    with pytest.raises(errors.InsufficientPoints) as refusal:
        cast.redeem(stationer, alice, 11)
    assert (refusal.value.facts["available"], refusal.value.facts["missing"]) == (10, 1)
    cast.redeem(stationer, alice, 5, earmarks=["cake"])
    assert (cast.wallet(alice).balance, cast.wallet(alice).available) == (15, 10)
    cast.redeem(stationer, alice, 10, earmarks=["cake"])
    assert (cast.wallet(alice).balance, cast.wallet(alice).available) == (5, 5)


def test_only_lots_recorded_before_a_moment_pay_where_it_is_demanded(stationer: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.award(10))
    recorded_at = Act.objects.get(pk=bought.act_id).recorded_at
    with pytest.raises(errors.InsufficientPoints):
        cast.redeem(stationer, alice, 1, granted_before=recorded_at)
    with pytest.raises(errors.InsufficientPoints):
        cast.hold(stationer, alice, 1, granted_before=recorded_at)
    assert cast.redeem(stationer, alice, 1, granted_before=recorded_at + INSTANT).status == "booked"


def test_a_quiet_act_publishes_nothing(stationer: Merchant, garage: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.award(100), publish=False)
    spent = cast.redeem(garage, alice, 50, publish=False)
    refunded = cast.refund(garage, spent.act_id, 50, publish=False)
    returned = cast.give_back_goods(stationer, bought.act_id, 10, publish=False)
    reversed_ = cast.reverse(stationer, bought.act_id, publish=False)
    assert not any(published(one.act_id) for one in (bought, spent, refunded, returned, reversed_))


def test_each_act_publishes_its_figures(stationer: Merchant, garage: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.award(100), cast.green(20))
    assert message("points.accrued", bought.act_id, "points", "green_points") == [100, 20]
    spent = cast.redeem(garage, alice, 50)
    assert message("points.redeemed", spent.act_id, "points", "merchant") == [50, garage.pk]
    refunded = cast.refund(garage, spent.act_id, 30)
    assert message("points.refunded", refunded.act_id, "points", "member") == [30, alice.pk]
    taken = cast.take_away(stationer, alice, 5)
    assert message("points.taken_away", taken.act_id, "points") == [5]
    returned = cast.give_back_goods(stationer, bought.act_id, 90, green=15, policy="owe")
    figures = ("points", "green_points", "owed", "green_owed")
    assert message("points.clawed_back", returned.act_id, *figures) == [75, 15, 15, 0]
    reversed_ = cast.reverse(stationer, bought.act_id)
    assert message("points.reversed", reversed_.act_id, "points", "green_points") == [0, -5]


def test_an_award_of_green_points_alone_is_published(stationer: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.green(1))
    assert message("points.accrued", bought.act_id, "points", "green_points") == [0, 1]
    assert [(one.purse, one.points) for one in bought.movements] == [(Purse.GREEN, 1)]


def test_a_return_of_nothing_publishes_nothing_and_one_that_is_owed_does(
    stationer: Merchant, garage: Merchant, alice: User
) -> None:
    bought = cast.buy(stationer, alice, cast.award(10))
    assert not published(cast.give_back_goods(stationer, bought.act_id, 0).act_id)
    cast.redeem(garage, alice, 10)
    owed = cast.give_back_goods(stationer, bought.act_id, 10, seen=1, policy="owe")
    assert message("points.clawed_back", owed.act_id, "points", "owed") == [0, 10]


# Refunds


def test_a_refund_leaves_an_end_that_is_further_than_six_months(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.bonus(10, expires_at=NOON + 400 * DAY))
    cast.refund(stationer, cast.redeem(stationer, alice, 10).act_id, 10)
    lot = Lot.objects.get(member=alice)
    assert (lot.remaining, lot.expires_at, lot.first_expires_at) == (10, NOON + 400 * DAY, None)


def test_a_refund_and_a_release_leave_points_that_never_end_so(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10))
    cast.refund(stationer, cast.redeem(stationer, alice, 10).act_id, 10)
    cast.release(stationer, cast.hold(stationer, alice, 10).act_id, at=NOON + HOUR)
    lot = Lot.objects.get(member=alice)
    assert (lot.remaining, lot.expires_at, lot.is_open) == (10, None, True)


def test_nothing_and_less_are_not_refunded(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10))
    spent = cast.redeem(stationer, alice, 10)
    for points in (0, -1):
        with pytest.raises(errors.InvalidArgument):
            cast.refund(stationer, spent.act_id, points)


# Returns and debts


def test_a_return_five_minutes_ahead_is_taken_and_one_further_is_not(stationer: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.award(10))
    ahead = NOON + timedelta(minutes=5)
    with pytest.raises(errors.OccurredInFuture):
        cast.give_back_goods(stationer, bought.act_id, 1, occurred_at=ahead + INSTANT)
    assert cast.give_back_goods(stationer, bought.act_id, 1, occurred_at=ahead).status == "booked"


def test_a_return_takes_at_most_the_green_points_that_are_left_of_the_purchase(
    stationer: Merchant, alice: User
) -> None:
    bought = cast.buy(stationer, alice, cast.award(10), cast.green(20))
    cast.buy(stationer, alice, cast.green(100))
    for green in (21, -1):
        with pytest.raises(errors.InvalidArgument):
            cast.give_back_goods(stationer, bought.act_id, 0, green=green)
    taken = cast.give_back_goods(stationer, bought.act_id, 0, green=20)
    assert [(one.purse, one.points) for one in taken.movements] == [(Purse.BASE, 0), (Purse.GREEN, -20)]
    with pytest.raises(errors.InvalidArgument):
        cast.give_back_goods(stationer, bought.act_id, 0, green=1, seen=1)


def test_a_return_takes_pending_points_of_its_own_purchase_and_of_no_other(stationer: Merchant, alice: User) -> None:
    own = cast.buy(stationer, alice, cast.award(10, usable_from=NOON + DAY))
    other = cast.buy(stationer, alice, cast.award(10, usable_from=NOON + DAY), cast.bonus(10, earmark="cake"))
    taken = cast.give_back_goods(stationer, own.act_id, 10, policy="owe")
    assert (cast.lots(alice), taken.movements[0].owed) == ([0, 10, 10], 0)
    cast.redeem(stationer, alice, 10, at=NOON + DAY)
    later = cast.give_back_goods(stationer, other.act_id, 15, policy="owe", at=NOON + DAY)
    assert (cast.lots(alice), later.movements[0].points, later.movements[0].owed) == ([0, 0, 0], -10, 5)


def test_a_return_takes_other_points_by_the_soonest_end(stationer: Merchant, garage: Merchant, alice: User) -> None:
    bought = cast.buy(stationer, alice, cast.award(10))
    cast.redeem(garage, alice, 10)
    for award in (cast.award(10), cast.bonus(10, expires_at=NOON + 9 * DAY), cast.bonus(10, expires_at=NOON + DAY)):
        cast.buy(garage, alice, award)
    cast.give_back_goods(stationer, bought.act_id, 5)
    assert cast.lots(alice) == [0, 10, 10, 5]
    assert (cast.wallet(alice).balance, cast.wallet(alice).available) == (25, 25)


def test_debts_to_one_merchant_add_up(stationer: Merchant, garage: Merchant, alice: User) -> None:
    indebted(stationer, garage, alice, 30)
    bought = cast.buy(garage, alice, cast.award(20))
    cast.redeem(stationer, alice, 20)
    cast.give_back_goods(garage, bought.act_id, 12, policy="owe")
    cast.give_back_goods(garage, bought.act_id, 8, seen=1, policy="owe")
    assert cast.wallet(alice).owed == 50
    assert dict(Debt.objects.filter(member=alice).values_list("merchant_id", "owed")) == {
        stationer.pk: 30,
        garage.pk: 20,
    }


def test_a_debt_is_repaid_by_usable_points_without_an_earmark_and_previewed_so(
    stationer: Merchant, garage: Merchant, alice: User
) -> None:
    indebted(stationer, garage, alice, 30)
    awards = [
        cast.award(7, usable_from=NOON + DAY),
        cast.bonus(8, earmark="cake"),
        cast.bonus(9, expires_at=NOON + DAY),
        cast.green(5),
    ]
    preview = cast.buy(stationer, alice, *awards, dry_run=True)
    booked = cast.buy(stationer, alice, *awards)
    assert preview.movements == booked.movements
    assert [(one.points, one.owed) for one in booked.movements] == [(15, -9), (5, 0)]
    assert cast.lots(alice)[1:] == [7, 8, 0]
    assert (cast.wallet(alice).balance, cast.wallet(alice).available, cast.wallet(alice).owed) == (15, 0, 21)
    plain = cast.buy(stationer, alice, cast.award(25))
    assert (plain.movements[0].points, plain.movements[0].owed) == (4, -21)
    assert cast.wallet(alice).available == 4


# Caps and once-only keys


def test_two_awards_of_one_purchase_share_a_cap(stationer: Merchant, alice: User) -> None:
    capped = {"caps": [cast.cap(60)]}
    awards = [cast.award(40, **capped), cast.bonus(40, **capped), cast.bonus(5, **capped)]
    preview = cast.buy(stationer, alice, *awards, dry_run=True)
    booked = cast.buy(stationer, alice, *awards)
    assert preview.awards == booked.awards
    assert [(one["points"], one.get("dropped")) for one in booked.awards] == [
        (40, None),
        (20, None),
        (0, "cap_reached"),
    ]
    assert CapUsage.objects.get(member_id=alice.pk).used == 60


def test_a_cap_that_is_reached_to_the_point_cuts_nothing(stationer: Merchant, alice: User) -> None:
    (award,) = cast.buy(stationer, alice, cast.award(60, caps=[cast.cap(60)])).awards
    assert (award["points"], "awarded" in award, "dropped" in award) == (60, False, False)


def test_the_lowest_of_several_caps_holds(stationer: Merchant, alice: User) -> None:
    caps = [cast.cap(60), cast.cap(30, key="rule:2"), cast.cap(50, key="rule:3")]
    (award,) = cast.buy(stationer, alice, cast.award(100, caps=caps)).awards
    assert (award["points"], award["awarded"]) == (30, 100)
    assert sorted(CapUsage.objects.filter(member_id=alice.pk).values_list("used", flat=True)) == [30, 30, 30]


def test_of_two_awards_with_one_key_in_a_purchase_the_first_counts(stationer: Merchant, alice: User) -> None:
    once = f"first:{stationer.pk}"
    booked = cast.buy(stationer, alice, cast.bonus(9, once=once), cast.bonus(20, once=once))
    assert [(one["points"], one.get("dropped")) for one in booked.awards] == [(9, None), (0, "already_awarded")]


def test_an_award_that_ends_when_it_begins_is_dropped_and_uses_its_key_up(stationer: Merchant, alice: User) -> None:
    over = cast.bonus(5, expires_at=NOON, once="gift")
    assert cast.buy(stationer, alice, over).awards[0]["dropped"] == "already_over"
    late = cast.buy(stationer, alice, cast.bonus(5, once="gift"))
    assert late.awards[0]["dropped"] == "already_awarded"
    just = cast.buy(stationer, alice, cast.bonus(5, expires_at=NOON + INSTANT))
    assert ("dropped" in just.awards[0], cast.wallet(alice).available) == (False, 5)


# Corrections and gifts


def test_a_correction_takes_all_that_is_available_and_no_more(stationer: Merchant, alice: User) -> None:
    cast.buy(stationer, alice, cast.award(10), cast.bonus(5, earmark="cake"), cast.award(3, usable_from=NOON + DAY))
    with pytest.raises(errors.InsufficientPoints) as refusal:
        cast.take_away(stationer, alice, 11)
    assert (refusal.value.facts["available"], refusal.value.facts["missing"]) == (10, 1)
    cast.take_away(stationer, alice, 10)
    assert (cast.lots(alice), cast.wallet(alice).available) == ([0, 5, 3], 0)


def test_a_reversed_purchase_that_was_spent_is_owed_by_policy(
    stationer: Merchant, garage: Merchant, alice: User
) -> None:
    bought = cast.buy(stationer, alice, cast.award(10), cast.green(4))
    cast.redeem(garage, alice, 10)
    undone = cast.reverse(stationer, bought.act_id, policy="owe")
    assert [(one.points, one.owed) for one in undone.movements] == [(0, 10), (-4, 0)]


def test_only_transferable_green_points_are_given_up_to_the_cap(stationer: Merchant, alice: User) -> None:
    bob = factories.member("Bob", stationer)
    factories.family(alice, bob)
    cast.buy(stationer, alice, cast.green(30), cast.green(50) | {"transferable": False})
    caps = [{"key": "gift", "window": "2026", "limit": 30}]
    with pytest.raises(errors.InsufficientPoints):
        cast.give(alice, bob, 31)
    gift = cast.give(alice, bob, 30, caps=caps)
    assert message("points.given", gift.act_id, "points", "giver", "member") == [30, alice.pk, bob.pk]
    assert (cast.wallet(alice, Purse.GREEN).available, cast.wallet(bob, Purse.GREEN).available) == (50, 30)
    assert CapUsage.objects.get(member_id=alice.pk).used == 30
    with pytest.raises(errors.GiftCapReached):
        cast.give(alice, bob, 1, caps=caps)


def test_a_gift_of_nothing_is_refused(stationer: Merchant, alice: User) -> None:
    bob = factories.member("Bob", stationer)
    factories.family(alice, bob)
    cast.buy(stationer, alice, cast.green(30))
    for points in (0, -1):
        with pytest.raises(errors.InvalidArgument):
            cast.give(alice, bob, points)


# Stores


def test_a_purchase_names_a_store_of_its_merchant_only(stationer: Merchant, garage: Merchant, alice: User) -> None:
    with pytest.raises(DomainError):
        cast.buy(stationer, alice, cast.award(1), store_id=factories.store(garage).pk)
    assert cast.buy(stationer, alice, cast.award(1), store_id=factories.store(stationer).pk).status == "booked"


def test_an_award_answers_only_an_act_of_the_same_member(stationer: Merchant, alice: User) -> None:
    bob = factories.member("Bob", stationer)
    parent = cast.buy(stationer, bob, cast.award(1)).act_id
    with pytest.raises(errors.ActNotFound):
        cast.buy(stationer, alice, cast.award(1), parent_id=parent)
    assert cast.buy(stationer, bob, cast.award(1), parent_id=parent).status == "booked"
