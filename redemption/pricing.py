"""The price that a member pays at a moment. Pure: prices and facts in, a quote out.

A base price holds from its start. A promotion, an offer to one member and the price from before a rise can only make it
cheaper, so that a member never pays more for choosing the wrong way to pay.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from points.clearing_value import CLEARING_VALUE_FEN

REDEEMED_WITHIN: Final = timedelta(days=7)
FACE_VALUE_HOLDS: Final = timedelta(days=30)
CHARGED, ATTESTED = "charged", "attested"


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price history. `is_dearer` marks a base price above the one before it; the database judges that."""

    id: int
    is_window: bool
    with_cash: bool
    points: int
    cash_fen: int
    face_value_fen: int
    starts_at: datetime
    ends_at: datetime | None
    announced_at: datetime
    is_dearer: bool = False
    occasion: str = ""

    def holds_at(self, moment: datetime) -> bool:
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)

    @property
    def cost(self) -> int:
        """Fen for comparison: points at the clearing value plus cash."""
        return self.points * CLEARING_VALUE_FEN + self.cash_fen


@dataclass(frozen=True, slots=True)
class PersonalPrice:
    """An unused offer to this member."""

    id: int
    points: int
    cash_fen: int
    face_value_fen: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one piece. With `granted_before` only lots granted before that time pay it (SPEC R35).

    `was_points` and the window are shown beside a promotion; `price_id` or `offer_id` is the price's origin.
    """

    points: int
    cash_fen: int
    face_value_fen: int
    price_id: int | None = None
    offer_id: int | None = None
    granted_before: datetime | None = None
    was_points: int | None = None
    window: tuple[datetime, datetime] | None = None
    occasion: str = ""

    @property
    def cost(self) -> int:
        return self.points * CLEARING_VALUE_FEN + self.cash_fen


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The points really paid for one piece."""

    points: int
    at: datetime


def public_quote(
    prices: Sequence[Price], *, moment: datetime, with_cash: bool = False, redeemed: Iterable[Redeemed] = ()
) -> Quote | None:
    """The price for everybody: the base price, or a cheaper promotion while its window is open.

    None when the reward is not sold this way: a promotion needs a base price that it undercuts.
    """
    kind = [price for price in prices if price.with_cash == with_cash]
    base = next((price for price in kind if not price.is_window and price.holds_at(moment)), None)
    if base is None:
        return None
    windows = [price for price in kind if price.is_window and price.holds_at(moment) and price.cost < base.cost]
    if not windows:
        return _quote(base)
    best = min(windows, key=lambda price: price.cost)
    # Only prices in points alone are comparable with an earlier number of points.
    was = None if with_cash else was_points(redeemed, before=best.starts_at, at_most=base.points)
    assert best.ends_at is not None
    return Quote(
        points=best.points,
        cash_fen=best.cash_fen,
        face_value_fen=best.face_value_fen,
        price_id=best.id,
        was_points=was if was is not None and was > best.points else None,
        window=(best.starts_at, best.ends_at),
        occasion=best.occasion,
    )


def member_quote(
    prices: Sequence[Price],
    *,
    moment: datetime,
    quantity: int = 1,
    with_cash: bool = False,
    offers: Iterable[PersonalPrice] = (),
    points_granted_before: Callable[[datetime], int] = lambda _: 0,
    redeemed: Iterable[Redeemed] = (),
) -> Quote | None:
    """The cheapest price of this member for each of `quantity` pieces.

    `points_granted_before(T)` returns the member's available points from lots granted before T; it is called only
    after a rise. Of equal prices one without `granted_before` is chosen. An offer is for one piece.
    """
    public = public_quote(prices, moment=moment, with_cash=with_cash, redeemed=redeemed)
    quotes = [] if public is None else [public]
    quotes += [
        Quote(one.points, one.cash_fen, one.face_value_fen, offer_id=one.id)
        for one in offers
        if quantity == 1 and bool(one.cash_fen) == with_cash and one.starts_at <= moment < one.ends_at
    ]
    if public is not None:
        quotes += [
            quote
            for quote in old_quotes(prices, moment=moment, with_cash=with_cash)
            if quote.cost < public.cost
            and quote.granted_before is not None
            and points_granted_before(quote.granted_before) >= quote.points * quantity
        ]
    return min(quotes, key=lambda quote: (quote.cost, quote.granted_before is not None), default=None)


def old_quotes(prices: Sequence[Price], *, moment: datetime, with_cash: bool = False) -> Iterator[Quote]:
    """The base price from before each rise, payable with lots granted before the rise was announced."""
    begun = sorted(
        (one for one in prices if not one.is_window and one.with_cash == with_cash and one.starts_at <= moment),
        key=lambda one: one.starts_at,
    )
    for before, rise in itertools.pairwise(begun):
        if rise.is_dearer:
            yield Quote(
                before.points,
                before.cash_fen,
                before.face_value_fen,
                price_id=before.id,
                granted_before=rise.announced_at,
            )


def was_points(redeemed: Iterable[Redeemed], *, before: datetime, at_most: int) -> int | None:
    """The original price shown beside a promotion that begins at `before` (SPEC R22).

    The lowest points really paid in the 7 days before it, else the last ever paid, at most the base price `at_most`;
    None when nobody ever redeemed it.
    """
    earlier = [one for one in redeemed if one.at < before]
    if not earlier:
        return None
    recent = [one.points for one in earlier if one.at >= before - REDEEMED_WITHIN]
    found = min(recent) if recent else max(earlier, key=lambda one: one.at).points
    return min(found, at_most)


def keeps_guarantee(*, points: int, cash_fen: int, face_value_fen: int) -> bool:
    """(face − cash) / points ≥ 5 fen (SPEC R37)."""
    return face_value_fen - cash_fen >= points * CLEARING_VALUE_FEN


def least_face_value_fen(*, points: int, cash_fen: int) -> int:
    """The least face value that keeps the guarantee: 300 points + 9.90 yuan need 24.90 yuan."""
    return points * CLEARING_VALUE_FEN + cash_fen


def _quote(price: Price) -> Quote:
    return Quote(price.points, price.cash_fen, price.face_value_fen, price_id=price.id)
