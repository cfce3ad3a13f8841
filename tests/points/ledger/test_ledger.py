"""Each act of the books, as the ledger answers it. Alice buys at the Stationer and spends at the Garage too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from accounts.models import User
from hongmi.lib.errors import KeyReused, ReferenceConflict
from merchants.errors import MemberNotFound
from merchants.models import Membership, Merchant
from notifications.models import Outbox
from points import errors
from points.ledger import functions
from points.models import Act, CapUsage, Debt, Draw, Hold, Journal, Lot, Posting
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON
from tests.points.ledger.reference_ledger import half_a_year_after
from tests.points.ledger.test_books_machine import broken_sums


@dataclass(frozen=True)
class People:
    stationer: Merchant
    garage: Merchant
    alice: User
    bob: User
    charlie: User  # has joined nobody


@pytest.fixture
def people(committed_db: None) -> Iterator[People]:
    # Committed, because a refusal ends the transaction it happens in, as it does for every caller.
    shops = factories.merchant("stationer"), factories.merchant("garage")
    people = People(
        *shops, factories.member("Alice", *shops), factories.member("Bob", *shops), factories.member("Charlie")
    )
    yield people
    assert broken_sums([people.alice.pk, people.bob.pk]) == []


def accounts(act_id: int | None) -> list[tuple[str, int, str, int, int]]:
    rows = ("debit_kind", "debit_holder", "credit_kind", "credit_holder", "amount")
    return list(Posting.objects.filter(act_id=act_id).order_by("line").values_list(*rows))


# Accrual


def test_a_purchase_grants_a_lot_and_publishes_a_fact(people: People) -> None:
    booking = cast.buy(people.stationer, people.alice, cast.award(50))
    assert (booking.status, cast.lots(people.alice)) == ("booked", [50])
    assert accounts(booking.act_id) == [("issuance", people.stationer.pk, "member", people.alice.pk, 50)]
    fact = Outbox.objects.get(topic="points.accrued", payload__act=booking.act_id)
    assert fact.payload == {
        "act": booking.act_id, "member": people.alice.pk, "merchant": people.stationer.pk, "kind": "purchase",
        "points": 50, "green_points": 0,
    }  # fmt: skip


def test_a_purchase_of_0_points_is_an_act_with_a_0_row_and_no_posting(people: People) -> None:
    booking = cast.buy(people.stationer, people.alice)
    assert [movement.points for movement in booking.movements] == [0]
    assert not Posting.objects.filter(act_id=booking.act_id).exists()
    assert not Outbox.objects.filter(payload__act=booking.act_id).exists()


def test_the_same_request_gets_the_first_answer_again(people: People) -> None:
    request = {"key": "k", "reference": "r", "request_hash": cast.new_hash()}
    first = cast.buy(people.stationer, people.alice, cast.award(50), **request)
    cast.redeem(people.stationer, people.alice, 20)
    again = cast.buy(people.stationer, people.alice, cast.award(50), **request)
    assert (again.status, again.act_id, again.movements) == ("replayed", first.act_id, first.movements)


def test_a_key_stands_for_one_request_even_when_it_came_second(people: People) -> None:
    request = {"reference": "r", "request_hash": cast.new_hash()}
    cast.buy(people.stationer, people.alice, cast.award(50), key="first", **request)
    assert cast.buy(people.stationer, people.alice, cast.award(50), key="second", **request).status == "replayed"
    for key in ("first", "second"):
        with pytest.raises(KeyReused):
            cast.buy(people.stationer, people.alice, cast.award(1), key=key)


def test_a_key_of_one_kind_of_act_is_not_one_of_another(people: People) -> None:
    same = cast.new_hash()
    cast.buy(people.stationer, people.alice, cast.award(50), key="k", request_hash=same)
    with pytest.raises(KeyReused):
        cast.redeem(people.stationer, people.alice, 5, key="k", request_hash=same)


def test_another_body_under_one_reference_is_a_conflict(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50), reference="r")
    with pytest.raises(ReferenceConflict):
        cast.buy(people.stationer, people.alice, cast.award(50), reference="r")
    assert cast.buy(people.garage, people.alice, cast.award(50), reference="r").status == "booked"


def test_a_member_who_never_joined_left_closed_or_was_merged_is_not_found(people: People) -> None:
    left, closed, merged = (factories.member(name, people.stationer) for name in ("Left", "Closed", "Merged"))
    Membership.objects.filter(member=left).update(left_at=NOON)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    cast.merge(merged, factories.member("Survivor"))  # whom the stationer does not know
    for who in (people.charlie, left, closed, merged):
        with pytest.raises(MemberNotFound):
            cast.buy(people.stationer, who, cast.award(5))


def test_a_member_who_left_still_gets_the_first_answer_again(people: People) -> None:
    request = {"reference": "r", "request_hash": cast.new_hash()}
    cast.buy(people.stationer, people.alice, cast.award(50), **request)
    Membership.objects.filter(member=people.alice).update(left_at=NOON)
    assert cast.buy(people.stationer, people.alice, cast.award(50), **request).status == "replayed"


@pytest.mark.parametrize(("status", "earns", "spends"), [("suspended", False, False), ("exiting", False, True)])
def test_only_a_live_merchant_issues_and_an_exiting_one_still_accepts(
    people: People, status: str, earns: bool, spends: bool
) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50))
    Merchant.objects.filter(pk=people.stationer.pk).update(status=status)
    with pytest.raises(errors.MerchantNotLive):
        cast.buy(people.stationer, people.alice, cast.award(5))
    if spends:
        assert cast.redeem(people.stationer, people.alice, 5).status == "booked"
    else:
        with pytest.raises(errors.MerchantNotLive):
            cast.redeem(people.stationer, people.alice, 5)


def test_a_purchase_five_minutes_ahead_is_taken_and_one_further_is_not(people: People) -> None:
    ahead = NOON + timedelta(minutes=5)
    assert cast.buy(people.stationer, people.alice, cast.award(5), occurred_at=ahead).status == "booked"
    with pytest.raises(errors.OccurredInFuture):
        cast.buy(people.stationer, people.alice, cast.award(5), occurred_at=ahead + timedelta(seconds=1))


def test_preview_answers_what_booking_would_and_writes_nothing(people: People) -> None:
    awards = [cast.award(50, caps=[cast.cap(30)]), cast.bonus(9, once="first"), cast.green(7)]
    preview = cast.buy(people.stationer, people.alice, *awards, dry_run=True)
    assert not Act.objects.filter(member=people.alice).exists()
    assert not CapUsage.objects.filter(member_id=people.alice.pk).exists()
    booked = cast.buy(people.stationer, people.alice, *awards)
    assert (preview.status, preview.awards, preview.movements) == ("preview", booked.awards, booked.movements)


def test_a_cap_clamps_what_is_left_and_says_so(people: People) -> None:
    capped = [cast.award(40, caps=[cast.cap(60)])]
    answers = [cast.buy(people.stationer, people.alice, *capped).awards[0] for _ in range(3)]
    assert [(each["points"], each.get("awarded"), each.get("dropped")) for each in answers] == [
        (40, None, None), (20, 40, None), (0, 40, "cap_reached")
    ]  # fmt: skip


def test_R06_a_returned_first_order_does_not_bring_its_gift_back(people: People) -> None:
    first = cast.buy(people.stationer, people.alice, cast.award(100), cast.bonus(200, once="first"))
    cast.give_back_goods(people.stationer, first.act_id, 300)
    assert cast.wallet(people.alice).balance == 0
    again = cast.buy(people.stationer, people.alice, cast.award(100), cast.bonus(200, once="first"))
    assert [award.get("dropped") for award in again.awards] == [None, "already_awarded"]
    assert cast.wallet(people.alice).balance == 100


def test_a_once_only_award_comes_once_even_when_its_first_was_0(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.bonus(0, once="first"))
    late = cast.buy(people.stationer, people.alice, cast.bonus(200, once="first"))
    assert (late.awards[0]["points"], late.awards[0]["dropped"]) == (0, "already_awarded")


def test_pending_points_count_in_the_balance_and_become_available_in_time(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50, usable_from=NOON + 7 * DAY))
    wallet = cast.wallet(people.alice)
    assert (wallet.balance, wallet.available, wallet.next_change_at) == (50, 0, NOON + 7 * DAY)
    with pytest.raises(errors.InsufficientPoints):
        cast.redeem(people.stationer, people.alice, 1, at=NOON + 7 * DAY - timedelta(seconds=1))
    assert cast.redeem(people.stationer, people.alice, 50, at=NOON + 7 * DAY).status == "booked"


def test_an_award_that_was_over_before_it_began_is_dropped(people: People) -> None:
    booking = cast.buy(
        people.stationer, people.alice, cast.bonus(50, expires_at=NOON - 3 * DAY), occurred_at=NOON - 2 * DAY
    )
    assert (booking.awards[0]["points"], booking.awards[0]["dropped"]) == (0, "already_over")
    assert cast.lots(people.alice) == []


def test_points_booked_after_their_end_are_granted_and_expire(people: People) -> None:
    """A purchase that comes in late: its bonus lived from the purchase to its end, and the books say both."""
    cast.buy(people.stationer, people.alice, cast.bonus(50, expires_at=NOON - DAY), occurred_at=NOON - 2 * DAY)
    assert (cast.wallet(people.alice).balance, cast.wallet(people.alice).available) == (50, 0)
    assert functions.expire(member_ids=[people.alice.pk], moment=NOON) == 1
    assert Act.objects.get(member=people.alice, kind="expiry").occurred_at == NOON - DAY


def test_points_beyond_64_bits_are_refused(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(2**62))
    with pytest.raises(errors.InvalidArgument):
        cast.buy(people.stationer, people.alice, cast.award(2**62))


@pytest.mark.parametrize(
    "wrong", [{"reference": ""}, {"reference": "x" * 129}, {"request_hash": b"short"}, {"key": ""}]
)
def test_a_value_the_ledger_cannot_hold_is_refused_not_cut(people: People, wrong: dict[str, object]) -> None:
    with pytest.raises(errors.InvalidArgument):
        cast.buy(people.stationer, people.alice, cast.award(5), **wrong)


# Spending


def test_499_points_do_not_buy_what_costs_500_and_nothing_changes(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(499))
    with pytest.raises(errors.InsufficientPoints) as refusal:
        cast.redeem(people.stationer, people.alice, 500)
    assert (refusal.value.facts["available"], refusal.value.facts["missing"]) == (499, 1)
    assert (cast.lots(people.alice), Act.objects.filter(member=people.alice).count()) == ([499], 1)


def test_spending_takes_a_matching_earmark_then_the_soonest_end_then_the_oldest(people: People) -> None:
    for award in (
        cast.award(10), cast.bonus(10, expires_at=NOON + 9 * DAY), cast.bonus(10, expires_at=NOON + DAY),
        cast.award(10), cast.bonus(10, earmark="cake"), cast.bonus(10, earmark="toy"),
    ):  # fmt: skip
        cast.buy(people.stationer, people.alice, award)
    seen = []
    for _ in range(5):
        cast.redeem(people.stationer, people.alice, 10, earmarks=["cake"])
        seen.append(cast.lots(people.alice))
    assert seen == [
        [10, 10, 10, 10, 0, 10], [10, 10, 0, 10, 0, 10], [10, 0, 0, 10, 0, 10], [0, 0, 0, 10, 0, 10],
        [0, 0, 0, 0, 0, 10],
    ]  # fmt: skip


def test_points_of_the_stationer_spent_at_the_garage_name_both(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50))
    spend = cast.redeem(people.garage, people.alice, 30)
    assert accounts(spend.act_id) == [("member", people.alice.pk, "redeemed", people.garage.pk, 30)]
    lot = Draw.objects.get(act_id=spend.act_id).lot
    assert lot.issuer == people.stationer


@pytest.mark.parametrize("points", [0, -5])
def test_nobody_spends_nothing_or_less(people: People, points: int) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50))
    for act in (cast.redeem, cast.hold, cast.take_away):
        with pytest.raises(errors.InvalidArgument):
            act(people.stationer, people.alice, points)  # type: ignore[operator]


def test_a_clock_behind_the_last_write_refuses_or_works(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50), at=NOON)
    with pytest.raises(errors.InsufficientPoints):
        cast.redeem(people.stationer, people.alice, 50, at=NOON - timedelta(seconds=1))
    cast.buy(people.stationer, people.alice, cast.award(5), at=NOON - DAY)
    cast.redeem(people.stationer, people.alice, 5, at=NOON - DAY / 2)
    wallet = cast.wallet(people.alice)
    assert wallet.available == 50 or wallet.next_change_at == NOON


# Holds


def test_held_points_leave_the_balance_and_are_captured_in_part(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    held = cast.hold(people.garage, people.alice, 80)
    assert (cast.wallet(people.alice).balance, cast.wallet(people.alice).held) == (20, 80)
    captured = cast.capture(people.garage, held.act_id, 30)
    assert (cast.wallet(people.alice).balance, cast.wallet(people.alice).held) == (70, 0)
    assert accounts(captured.act_id) == [
        ("held", people.alice.pk, "redeemed", people.garage.pk, 30),
        ("held", people.alice.pk, "member", people.alice.pk, 50),
    ]  # fmt: skip


def test_a_hold_ends_once(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    held = cast.hold(people.garage, people.alice, 80)
    cast.release(people.garage, held.act_id)
    for end in (cast.capture, cast.release):
        with pytest.raises(errors.HoldEnded):
            end(people.garage, held.act_id)
    with pytest.raises(errors.ActNotFound):
        cast.capture(people.stationer, held.act_id)


@pytest.mark.parametrize("swept", [True, False])
def test_a_hold_that_ran_out_has_lapsed_swept_or_not(people: People, swept: bool) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    held = cast.hold(people.garage, people.alice, 80)
    if swept:
        assert functions.lapse(limit=10_000, moment=NOON + DAY) >= 1
    for end in (cast.capture, cast.release):
        with pytest.raises(errors.HoldLapsed):
            end(people.garage, held.act_id, at=NOON + DAY)
    assert cast.redeem(people.stationer, people.alice, 100, at=NOON + DAY).status == "booked"


def test_a_hold_lapses_at_its_own_moment_however_late_that_is_noticed(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.bonus(10, expires_at=NOON + 2 * DAY))
    held = cast.hold(people.garage, people.alice, 10, lasts=3 * DAY)
    functions.lapse(limit=10_000, moment=NOON + 20 * DAY)
    assert Act.objects.get(parent_id=held.act_id).occurred_at == NOON + 3 * DAY
    # Two days were left when it was set aside, and they run from the lapse on.
    assert Lot.objects.get(member=people.alice).expires_at == NOON + 5 * DAY
    assert cast.wallet(people.alice).available == 0


def test_points_not_held_expire_although_the_rest_of_the_lot_comes_back(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.bonus(100, expires_at=NOON + DAY))
    held = cast.hold(people.garage, people.alice, 60, lasts=5 * DAY)
    cast.release(people.garage, held.act_id, at=NOON + 2 * DAY)
    assert cast.lots(people.alice) == [60]
    assert list(Act.objects.filter(member=people.alice).order_by("id").values_list("kind", flat=True)) == [
        "purchase",
        "hold",
        "expiry",
        "release",
    ]


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=30, seconds=1)])
def test_a_hold_lasts_at_most_30_days(people: People, lasts: timedelta) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    with pytest.raises(errors.InvalidArgument):
        cast.hold(people.garage, people.alice, 5, lasts=lasts)
    assert not Hold.objects.filter(member=people.alice).exists()


# Expiry


def test_R34_R36_points_earned_by_spending_are_the_same_ten_years_on(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(50))
    much_later = NOON.replace(year=NOON.year + 10)
    assert functions.expire(member_ids=[people.alice.pk], moment=much_later) == 0
    assert cast.redeem(people.garage, people.alice, 50, at=much_later).status == "booked"


def test_expiry_is_one_act_per_issuer_and_moment_and_comes_at_the_very_moment(people: People) -> None:
    end = NOON + DAY
    cast.buy(people.stationer, people.alice, cast.bonus(5, expires_at=end), cast.bonus(7, expires_at=end))
    cast.buy(people.garage, people.alice, cast.bonus(9, expires_at=end))
    assert functions.expire(member_ids=[people.alice.pk], moment=end - timedelta(microseconds=1)) == 0
    assert functions.expire(member_ids=[people.alice.pk], moment=end) == 3
    expired = Posting.objects.filter(credit_kind="expired", debit_holder=people.alice.pk)
    assert sorted(expired.values_list("credit_holder", "amount")) == [
        (people.stationer.pk, 12), (people.garage.pk, 9)
    ]  # fmt: skip
    assert functions.expire(member_ids=[people.alice.pk], moment=end) == 0


# Refunds


def test_a_refund_goes_back_in_the_reverse_of_the_spend_order(people: People) -> None:
    for days in (None, 30, 10):
        end = {"expires_at": NOON + days * DAY} if days else {}
        cast.buy(people.stationer, people.alice, cast.bonus(10, **end))
    spend = cast.redeem(people.garage, people.alice, 30)
    seen = []
    for _ in range(6):
        cast.refund(people.garage, spend.act_id, 5)
        seen.append(cast.lots(people.alice))
    assert seen == [[5, 0, 0], [10, 0, 0], [10, 5, 0], [10, 10, 0], [10, 10, 5], [10, 10, 10]]


def test_of_lots_that_end_together_the_younger_comes_back_first(people: People) -> None:
    for _ in range(2):
        cast.buy(people.stationer, people.alice, cast.bonus(10, expires_at=NOON + DAY))
    spend = cast.redeem(people.garage, people.alice, 20)
    cast.refund(people.garage, spend.act_id, 10)
    assert cast.lots(people.alice) == [0, 10]


def test_refunds_in_any_number_never_exceed_the_spend(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    spend = cast.redeem(people.garage, people.alice, 80)
    cast.refund(people.garage, spend.act_id, 50)
    with pytest.raises(errors.MoreThanWasSpent) as refusal:
        cast.refund(people.garage, spend.act_id, 31)
    assert refusal.value.facts["left"] == 30
    cast.refund(people.garage, spend.act_id, 30)
    with pytest.raises(errors.MoreThanWasSpent):
        cast.refund(people.garage, spend.act_id, 1)


def test_D8_refunded_points_live_six_months_more_even_when_they_had_ended(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.bonus(100, expires_at=NOON + DAY))
    spend = cast.redeem(people.garage, people.alice, 60)
    late = NOON + 3 * DAY
    cast.refund(people.garage, spend.act_id, 60, at=late)
    lot = Lot.objects.get(member=people.alice)
    assert (lot.remaining, lot.expires_at, lot.first_expires_at) == (60, half_a_year_after(late), NOON + DAY)


# Returns, reversals, corrections


def test_a_return_takes_the_purchases_own_points_first(people: People) -> None:
    cast.buy(people.garage, people.alice, cast.bonus(50, expires_at=NOON + DAY))
    bought = cast.buy(people.stationer, people.alice, cast.award(100))
    taken = cast.give_back_goods(people.stationer, bought.act_id, 100)
    assert (cast.lots(people.alice), accounts(taken.act_id)) == (
        [50, 0], [("member", people.alice.pk, "issuance", people.stationer.pk, 100)]
    )  # fmt: skip


@pytest.mark.parametrize(("policy", "owed"), [("forgive", 0), ("owe", 30)])
def test_spent_points_are_taken_from_others_and_the_rest_is_forgiven_or_owed(
    people: People, policy: str, owed: int
) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.award(100))
    cast.redeem(people.garage, people.alice, 100)
    cast.buy(people.garage, people.alice, cast.award(70))
    taken = cast.give_back_goods(people.stationer, bought.act_id, 100, policy=policy)
    # The garage's points pay the stationer as if they had been spent there.
    assert accounts(taken.act_id) == [("member", people.alice.pk, "redeemed", people.stationer.pk, 70)]
    assert (taken.movements[0].points, taken.movements[0].owed) == (-70, owed)
    assert cast.wallet(people.alice).owed == owed


def test_a_debt_is_repaid_by_that_merchants_next_awards_only(people: People) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.award(100))
    cast.redeem(people.garage, people.alice, 100)
    cast.give_back_goods(people.stationer, bought.act_id, 100, policy="owe")
    cast.buy(people.garage, people.alice, cast.award(10))
    assert cast.wallet(people.alice).owed == 100
    repaid = cast.buy(people.stationer, people.alice, cast.award(60), cast.award(70))
    assert (repaid.movements[0].points, repaid.movements[0].owed) == (30, -100)
    assert Debt.objects.get(member=people.alice).owed == 0
    assert cast.lots(people.alice) == [0, 10, 0, 30]


@pytest.mark.parametrize("swept", [True, False])
def test_expired_points_are_not_taken_a_second_time(people: People, swept: bool) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.bonus(100, expires_at=NOON + DAY))
    cast.buy(people.garage, people.alice, cast.award(500))
    if swept:
        functions.expire(member_ids=[people.alice.pk], moment=NOON + DAY)
    for seen in (0, 1):
        back = cast.give_back_goods(people.stationer, bought.act_id, 50, seen=seen, policy="owe", at=NOON + DAY)
        assert (back.movements[0].points, back.movements[0].owed) == (0, 0)


def test_a_return_takes_at_most_what_the_purchase_granted(people: People) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.award(100))
    cast.give_back_goods(people.stationer, bought.act_id, 60)
    for points in (41, -1):
        with pytest.raises(errors.InvalidArgument):
            cast.give_back_goods(people.stationer, bought.act_id, points, seen=1)
    with pytest.raises(errors.StaleRead):
        cast.give_back_goods(people.stationer, bought.act_id, 40, seen=0)


def test_a_lapsed_hold_is_found_by_a_return(people: People) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.award(100))
    cast.hold(people.garage, people.alice, 100)
    back = cast.give_back_goods(people.stationer, bought.act_id, 100, at=NOON + 2 * DAY)
    assert back.movements[0].points == -100


def test_an_act_is_reversed_once_and_after_returns_only_for_the_rest(people: People) -> None:
    bought = cast.buy(people.stationer, people.alice, cast.award(100), cast.green(10))
    cast.give_back_goods(people.stationer, bought.act_id, 60)
    undone = cast.reverse(people.stationer, bought.act_id)
    assert [(each.purse, each.points) for each in undone.movements] == [("base", -40), ("green", -10)]
    for again in (cast.reverse, lambda shop, act: cast.give_back_goods(shop, act, 0, seen=1)):
        with pytest.raises(errors.AlreadyReversed):
            again(people.stationer, bought.act_id)


def test_a_reversed_capture_gives_back_what_refunds_left(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    captured = cast.capture(people.garage, cast.hold(people.garage, people.alice, 80).act_id, 50)
    cast.refund(people.garage, captured.act_id, 20)
    undone = cast.reverse(people.garage, captured.act_id)
    assert accounts(undone.act_id) == [("redeemed", people.garage.pk, "member", people.alice.pk, 30)]
    assert cast.lots(people.alice) == [100]


def test_a_correction_that_took_points_of_two_issuers_is_reversed_to_both(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(30))
    cast.buy(people.garage, people.alice, cast.award(30))
    taken = cast.take_away(people.stationer, people.alice, 50)
    undone = cast.reverse(people.stationer, taken.act_id)
    assert accounts(taken.act_id) == [
        ("member", people.alice.pk, "issuance", people.stationer.pk, 30),
        ("member", people.alice.pk, "redeemed", people.stationer.pk, 20),
    ]  # fmt: skip
    assert accounts(undone.act_id) == [
        ("issuance", people.stationer.pk, "member", people.alice.pk, 30),
        ("redeemed", people.stationer.pk, "member", people.alice.pk, 20),
    ]  # fmt: skip
    assert cast.lots(people.alice) == [30, 30]


def test_holds_gifts_expiries_and_reversals_are_not_reversed(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.award(100))
    held = cast.hold(people.stationer, people.alice, 10)
    undone = cast.reverse(people.stationer, cast.redeem(people.stationer, people.alice, 5).act_id)
    for act in (held.act_id, undone.act_id):
        with pytest.raises(errors.NotReversible):
            cast.reverse(people.stationer, act)


# Gifts


def test_R17_a_gift_of_green_points_stays_in_the_family_and_is_not_passed_on(people: People) -> None:
    cast.buy(people.stationer, people.alice, cast.green(300), cast.award(300))
    with pytest.raises(errors.NotInTheSameFamily):
        cast.give(people.alice, people.bob, 100)
    factories.family(people.alice, people.bob)
    gift = cast.give(people.alice, people.bob, 100)
    assert [each.balance_after for each in gift.movements] == [200, 100]
    assert Journal.objects.filter(act_id=gift.act_id).count() == 2
    with pytest.raises(errors.InsufficientPoints):
        cast.give(people.bob, people.alice, 1)


def test_a_gift_keeps_issuer_and_end_and_the_givers_cap(people: People) -> None:
    factories.family(people.alice, people.bob)
    cast.buy(people.stationer, people.alice, cast.green(300, expires_at=NOON + 9 * DAY))
    daily = [{"key": "gift", "window": "2026-11-22", "limit": 150}]
    cast.give(people.alice, people.bob, 100, caps=daily)
    with pytest.raises(errors.GiftCapReached) as refusal:
        cast.give(people.alice, people.bob, 51, caps=daily)
    assert refusal.value.facts["left"] == 50
    lot = Lot.objects.get(member=people.bob)
    assert (lot.issuer, lot.expires_at, lot.transferable) == (people.stationer, NOON + 9 * DAY, False)


def test_a_closed_account_gives_and_gets_nothing(people: People) -> None:
    factories.family(people.alice, people.bob)
    cast.buy(people.stationer, people.alice, cast.green(300))
    User.objects.filter(pk=people.bob.pk).update(is_active=False)
    with pytest.raises(errors.NotInTheSameFamily):
        cast.give(people.alice, people.bob, 10)


def test_R54_every_change_has_an_entry_and_the_entries_sum_to_the_balance(people: People) -> None:
    factories.family(people.alice, people.bob)
    bought = cast.buy(people.stationer, people.alice, cast.award(100), cast.green(50))
    cast.capture(people.garage, cast.hold(people.garage, people.alice, 40).act_id, 25)
    cast.refund(people.garage, cast.redeem(people.garage, people.alice, 30).act_id, 10)
    cast.give(people.alice, people.bob, 20)
    cast.give_back_goods(people.stationer, bought.act_id, 60, green=10)
    cast.take_away(people.garage, people.alice, 1, purse="green")
    for purse in ("base", "green"):
        entries = Journal.objects.filter(member=people.alice, purse=purse).values_list("points", flat=True)
        assert sum(entries) == cast.wallet(people.alice, purse).balance
