"""The refund of part of a bill, shared between the points and the money that paid it (SPEC R25). Pure.

Each point paid `CLEARING_VALUE_FEN`. A refund returns whole points in proportion, and odd fen in money.
"""

from dataclasses import dataclass

from points.clearing_value import CLEARING_VALUE_FEN


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of `bill_fen`, of which `points` paid their value and money the rest."""

    bill_fen: int
    points: int

    @property
    def money_fen(self) -> int:
        return self.bill_fen - self.points * CLEARING_VALUE_FEN


@dataclass(frozen=True, slots=True)
class Refunded:
    """The total refunded so far: of the bill, in points and in money."""

    bill_fen: int = 0
    points: int = 0
    money_fen: int = 0


def share(bill: Bill, before: Refunded, amount_fen: int) -> Refunded:
    """The totals after a refund of `amount_fen` more of the bill.

    Points and money never shrink, never exceed what each had paid, and equal it once the whole bill is refunded. Where
    the money paid does not cover the odd fen they are rounded up to a point, and a later refund evens this out, so that
    the sum differs from the amount by 4 fen at most. Raises ValueError when less than `amount_fen` is left.
    """
    total = before.bill_fen + amount_fen
    if amount_fen < 1 or total > bill.bill_fen:
        raise ValueError(f"{bill.bill_fen - before.bill_fen} fen of the bill are left")
    if total == bill.bill_fen:
        return Refunded(total, bill.points, bill.money_fen)
    in_proportion = min(bill.points * total // bill.bill_fen, before.points + amount_fen // CLEARING_VALUE_FEN)
    # Points, rounded up, cover the rest where the money paid is too little.
    at_least = -((bill.money_fen - total) // CLEARING_VALUE_FEN)
    points = max(in_proportion, at_least, before.points)
    money_fen = max(total - points * CLEARING_VALUE_FEN, before.money_fen)
    return Refunded(total, points, money_fen)
