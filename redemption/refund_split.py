"""How the refund of part of a bill is shared between the points and the money that paid it (SPEC R25). Pure.

Each point paid `CLEARING_VALUE_FEN`. A refund gives points in proportion, whole ones, and odd fen in money.
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
    """What came back so far: of the bill, in points and in money."""

    bill_fen: int = 0
    points: int = 0
    money_fen: int = 0


def share(bill: Bill, before: Refunded, amount_fen: int) -> Refunded:
    """All that has come back once `amount_fen` more of the bill does.

    Points and money never exceed what each had paid, never shrink, and are exactly that when the whole bill came back.
    Where money alone cannot pay the odd fen (too little of the bill was money) they are rounded up to a point, and a
    later refund takes that into account, so that the sum is never more than 4 fen from the amount. Raises ValueError
    for an amount that is not left.
    """
    total = before.bill_fen + amount_fen
    if amount_fen < 1 or total > bill.bill_fen:
        raise ValueError(f"{bill.bill_fen - before.bill_fen} fen of the bill are left")
    if total == bill.bill_fen:
        return Refunded(total, bill.points, bill.money_fen)
    in_proportion = min(bill.points * total // bill.bill_fen, before.points + amount_fen // CLEARING_VALUE_FEN)
    # What money cannot cover must be points, rounded up.
    at_least = -((bill.money_fen - total) // CLEARING_VALUE_FEN)
    points = max(in_proportion, at_least, before.points)
    money_fen = max(total - points * CLEARING_VALUE_FEN, before.money_fen)
    return Refunded(total, points, money_fen)
