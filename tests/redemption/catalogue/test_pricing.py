"""Which price a member pays (SPEC R22, R27, R35, R37). The notebooks of the Stationer cost 500 points."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redemption import pricing
from redemption.pricing import PersonalPrice, Price, Quote, Redeemed

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
OPENING = datetime(2026, 1, 1, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
NOTEBOOKS = Price(1, False, False, 500, 0, 2_500, OPENING, None, OPENING)
BACK_TO_SCHOOL = Price(2, True, False, 400, 0, 2_500, SEPTEMBER, SEPTEMBER + 14 * DAY, SEPTEMBER, occasion="开学季")
# Announced on 1 March, in force on 1 April.
ANNOUNCED, RISEN = OPENING + 59 * DAY, OPENING + 90 * DAY
RISE = [
    replace(NOTEBOOKS, ends_at=RISEN),
    Price(3, False, False, 600, 0, 3_000, RISEN, None, ANNOUNCED, is_dearer=True),
]


def points_at(moment: datetime, prices: list[Price]) -> int | None:
    quote = pricing.public_quote(prices, moment=moment)
    return quote and quote.points


# Promotions


@pytest.mark.parametrize(
    ("moment", "points"),
    [
        (SEPTEMBER - SECOND, 500),
        (SEPTEMBER, 400),
        (SEPTEMBER + 14 * DAY - SECOND, 400),
        (SEPTEMBER + 14 * DAY, 500),
        (SEPTEMBER + 14 * DAY + SECOND, 500),
    ],
)
def test_R22_a_promotion_holds_in_its_window_and_not_a_second_longer(moment: datetime, points: int) -> None:
    assert points_at(moment, [NOTEBOOKS, BACK_TO_SCHOOL]) == points


def test_R22_it_shows_the_window_and_its_occasion() -> None:
    quote = pricing.public_quote([NOTEBOOKS, BACK_TO_SCHOOL], moment=SEPTEMBER)
    assert quote is not None
    assert (quote.window, quote.occasion) == ((SEPTEMBER, SEPTEMBER + 14 * DAY), "开学季")


def test_a_promotion_that_is_no_cheaper_is_none() -> None:
    dearer = replace(BACK_TO_SCHOOL, points=600, face_value_fen=3_000)
    assert points_at(SEPTEMBER, [NOTEBOOKS, dearer]) == 500


def test_a_promotion_at_the_very_cost_of_the_price_is_none() -> None:
    same = replace(BACK_TO_SCHOOL, points=500)
    quote = pricing.public_quote([NOTEBOOKS, same], moment=SEPTEMBER)
    assert quote is not None
    assert (quote.price_id, quote.window) == (NOTEBOOKS.id, None)


def test_without_a_price_there_is_no_promotion_of_it() -> None:
    assert points_at(SEPTEMBER, [BACK_TO_SCHOOL]) is None


def test_of_two_open_promotions_the_cheaper_holds() -> None:
    deeper = replace(BACK_TO_SCHOOL, id=6, points=350)
    assert points_at(SEPTEMBER, [NOTEBOOKS, BACK_TO_SCHOOL, deeper]) == 350
    assert points_at(SEPTEMBER, [NOTEBOOKS, deeper, BACK_TO_SCHOOL]) == 350


@pytest.mark.parametrize(
    ("redeemed", "was"),
    [
        ([], None),
        ([(500, 3)], 500),
        ([(500, 3), (450, 6)], 450),
        ([(450, 8), (500, 3)], 500),
        ([(450, 30), (480, 20)], 480),
        ([(700, 3)], 500),
        ([(400, 3)], None),
    ],
    ids=["never", "last week", "lowest of it", "not older", "else the last", "no more than now", "no lower"],
)
def test_R22_the_original_price_is_one_really_paid(redeemed: list[tuple[int, int]], was: int | None) -> None:
    history = [Redeemed(points, SEPTEMBER - days * DAY) for points, days in redeemed]
    quote = pricing.public_quote([NOTEBOOKS, BACK_TO_SCHOOL], moment=SEPTEMBER + DAY, redeemed=history)
    assert quote is not None
    assert quote.was_points == was


def test_R22_the_seven_days_before_a_promotion_begin_with_their_first_moment() -> None:
    week_ago = SEPTEMBER - 7 * DAY
    lower, later = Redeemed(450, week_ago), Redeemed(480, SEPTEMBER - DAY)
    assert pricing.was_points([lower, later], before=SEPTEMBER, at_most=500) == 450
    lower = Redeemed(450, week_ago - SECOND)
    assert pricing.was_points([lower, later], before=SEPTEMBER, at_most=500) == 480


def test_R22_orders_inside_the_window_make_no_original_price() -> None:
    history = [Redeemed(400, SEPTEMBER), Redeemed(400, SEPTEMBER + DAY)]
    assert pricing.was_points(history, before=SEPTEMBER, at_most=500) is None


# Rises


def old_points(covered: int) -> Quote | None:
    return pricing.member_quote(RISE, moment=RISEN + DAY, points_granted_before=lambda before: covered)


def test_R35_lots_from_before_the_announcement_that_cover_the_old_price_pay_it() -> None:
    quote = old_points(500)
    assert quote is not None
    assert (quote.points, quote.granted_before) == (500, ANNOUNCED)


def test_R35_lots_that_do_not_cover_it_pay_the_new_price_without_a_limit() -> None:
    quote = old_points(499)
    assert quote is not None
    assert (quote.points, quote.granted_before) == (600, None)


def test_R35_two_pieces_need_old_points_for_two() -> None:
    quote = pricing.member_quote(RISE, moment=RISEN, quantity=2, points_granted_before=lambda before: 999)
    assert quote is not None
    assert quote.points == 600


def test_R35_before_the_rise_holds_everybody_pays_the_old_price() -> None:
    assert points_at(RISEN - SECOND, RISE) == 500
    assert points_at(RISEN, RISE) == 600


def test_R35_each_of_two_rises_keeps_the_price_before_it() -> None:
    again = OPENING + 200 * DAY
    prices = [
        RISE[0],
        replace(RISE[1], ends_at=again),
        Price(4, False, False, 700, 0, 3_500, again, None, again - 30 * DAY, is_dearer=True),
    ]
    by_moment = {ANNOUNCED: 0, again - 30 * DAY: 600}
    quote = pricing.member_quote(prices, moment=again, points_granted_before=by_moment.__getitem__)
    assert quote is not None
    assert (quote.points, quote.granted_before) == (600, again - 30 * DAY)
    assert [one.points for one in pricing.old_quotes(prices, moment=again)] == [500, 600]


def test_R35_the_end_of_a_promotion_is_no_rise() -> None:
    assert list(pricing.old_quotes([NOTEBOOKS, BACK_TO_SCHOOL], moment=SEPTEMBER + 15 * DAY)) == []


def test_R35_a_promotion_below_the_old_price_is_preferred_and_needs_no_old_lots() -> None:
    sale = replace(BACK_TO_SCHOOL, points=500)
    quote = pricing.member_quote([*RISE, sale], moment=SEPTEMBER, points_granted_before=lambda before: 10_000)
    assert quote is not None
    assert (quote.points, quote.granted_before) == (500, None)


# Points and cash, offers


def test_R27_points_and_cash_is_a_price_of_its_own() -> None:
    beside = replace(NOTEBOOKS, id=5, with_cash=True, points=300, cash_fen=990)
    assert points_at(SEPTEMBER, [NOTEBOOKS, beside]) == 500
    quote = pricing.public_quote([NOTEBOOKS, beside], moment=SEPTEMBER, with_cash=True)
    assert quote is not None
    assert (quote.points, quote.cash_fen) == (300, 990)


def test_R37_300_points_and_9_90_need_a_face_value_of_24_90() -> None:
    assert pricing.least_face_value_fen(points=300, cash_fen=990) == 2_490
    assert pricing.keeps_guarantee(points=300, cash_fen=990, face_value_fen=2_490)
    assert not pricing.keeps_guarantee(points=300, cash_fen=990, face_value_fen=2_489)


def test_an_offer_is_its_members_price_for_one_piece_while_it_lasts() -> None:
    offer = PersonalPrice(9, 450, 0, 2_500, SEPTEMBER, SEPTEMBER + DAY)
    for moment, quantity, points in [(SEPTEMBER, 1, 450), (SEPTEMBER, 2, 500), (SEPTEMBER + DAY, 1, 500)]:
        quote = pricing.member_quote([NOTEBOOKS], moment=moment, quantity=quantity, offers=[offer])
        assert quote is not None
        assert quote.points == points


def test_an_offer_begins_with_its_first_moment() -> None:
    offer = PersonalPrice(9, 450, 0, 2_500, SEPTEMBER, SEPTEMBER + DAY)
    for moment, points in [(SEPTEMBER - SECOND, 500), (SEPTEMBER, 450), (SEPTEMBER + DAY - SECOND, 450)]:
        quote = pricing.member_quote([NOTEBOOKS], moment=moment, offers=[offer])
        assert quote is not None
        assert quote.points == points


def test_an_offer_serves_a_member_where_nothing_is_on_sale() -> None:
    offer = PersonalPrice(9, 450, 0, 2_500, SEPTEMBER, SEPTEMBER + DAY)
    quote = pricing.member_quote([], moment=SEPTEMBER, offers=[offer])
    assert quote is not None
    assert (quote.points, quote.offer_id) == (450, 9)
    assert pricing.member_quote([], moment=SEPTEMBER) is None


@pytest.mark.parametrize(
    ("points", "cash_fen", "is_taken"),
    [(300, 989, True), (300, 991, False), (250, 1_200, True), (290, 1_041, False)],
)
def test_an_offer_with_cash_is_weighed_by_five_fen_a_point(points: int, cash_fen: int, is_taken: bool) -> None:
    beside = replace(NOTEBOOKS, with_cash=True, points=300, cash_fen=990)
    offer = PersonalPrice(9, points, cash_fen, 2_500, SEPTEMBER, SEPTEMBER + DAY)
    quote = pricing.member_quote([NOTEBOOKS, beside], moment=SEPTEMBER, with_cash=True, offers=[offer])
    assert quote is not None
    assert (quote.offer_id == 9) is is_taken
    alone = pricing.member_quote([NOTEBOOKS, beside], moment=SEPTEMBER, offers=[offer])
    assert alone is not None
    assert (alone.points, alone.offer_id) == (500, None)


def test_R35_of_an_offer_and_an_old_price_that_cost_the_same_the_offer_spares_old_lots() -> None:
    offer = PersonalPrice(9, 500, 0, 3_000, RISEN, RISEN + DAY)
    quote = pricing.member_quote(RISE, moment=RISEN, offers=[offer], points_granted_before=lambda before: 500)
    assert quote is not None
    assert (quote.offer_id, quote.granted_before) == (9, None)


def test_R35_a_member_of_whom_no_old_lots_are_known_pays_the_new_price() -> None:
    quote = pricing.member_quote([replace(RISE[0], points=1), RISE[1]], moment=RISEN)
    assert quote is not None
    assert quote.points == 600


@given(
    window=st.integers(1, 1_000), offer=st.integers(1, 1_000), covered=st.integers(0, 1_000), day=st.integers(0, 400)
)
def test_nobody_ever_pays_more_than_everybody(window: int, offer: int, covered: int, day: int) -> None:
    moment = OPENING + day * DAY
    prices = [*RISE, replace(BACK_TO_SCHOOL, points=window)]
    offers = [PersonalPrice(9, offer, 0, 5_000, SEPTEMBER, SEPTEMBER + 30 * DAY)]
    public = pricing.public_quote(prices, moment=moment)
    mine = pricing.member_quote(prices, moment=moment, offers=offers, points_granted_before=lambda before: covered)
    assert public is not None
    assert mine is not None
    assert mine.points <= public.points


# Costs of prices, and which is dearer


def test_a_promotion_that_asks_for_more_cash_is_none() -> None:
    base = replace(NOTEBOOKS, with_cash=True, points=300, cash_fen=990)
    sale = replace(BACK_TO_SCHOOL, with_cash=True, points=300, cash_fen=1_990)
    quote = pricing.public_quote([base, sale], moment=SEPTEMBER, with_cash=True)
    assert quote is not None
    assert (quote.cash_fen, quote.window) == (990, None)


def test_R35_a_rise_that_has_not_begun_leaves_no_old_price() -> None:
    assert list(pricing.old_quotes(RISE, moment=RISEN - SECOND)) == []


def test_R35_a_price_with_cash_is_no_old_price_of_points_alone() -> None:
    with_cash = [replace(one, with_cash=True, cash_fen=990) for one in RISE]
    assert list(pricing.old_quotes(with_cash, moment=RISEN)) == []
    assert [one.cash_fen for one in pricing.old_quotes(with_cash, moment=RISEN, with_cash=True)] == [990]
