"""Pairs of accounts that postings join; the daily proof of R53, that points and customer reserve money never meet."""

from collections.abc import Iterator
from typing import Final

from points.audit.replay.books import (
    EXPIRED,
    HELD,
    ISSUANCE,
    MEMBER,
    REDEEMED,
    RESERVE,
    TRANSIT,
    Difference,
    MemberBook,
    Posting,
)

# Written out again and not taken from the table's CHECK, because this checks that CHECK.
MAY_MEET: Final = frozenset(
    {
        (ISSUANCE, MEMBER), (MEMBER, ISSUANCE),
        (MEMBER, REDEEMED), (REDEEMED, MEMBER),
        (MEMBER, HELD), (HELD, MEMBER), (HELD, REDEEMED),
        (MEMBER, EXPIRED), (EXPIRED, MEMBER),
        (MEMBER, MEMBER),
        (MEMBER, TRANSIT), (TRANSIT, MEMBER),
        (RESERVE, RESERVE),
    }
)  # fmt: skip


class Pairs:
    """Each posting, once."""

    def __init__(self) -> None:
        # Postings between reserve accounts belong to member 0, who comes before all members.
        self.of_reserve: set[int] = set()

    def of(self, book: MemberBook) -> Iterator[Difference]:
        mine = [row for row in book.postings if row.home == book.member_id]
        self.of_reserve.update(row.act_id for row in mine if _touches_reserve(row))
        for row in mine:
            pair = (row.debit_kind, row.credit_kind)
            if pair not in MAY_MEET or row.amount <= 0:
                yield Difference("pairs", f"act {row.act_id}", "a pair that may meet, more than 0", (*pair, row.amount))
            if row.act_id in self.of_reserve and pair != (RESERVE, RESERVE):
                yield Difference("reserve", f"act {row.act_id}", "points or reserve money", pair)

    def in_all(self) -> Iterator[Difference]:
        yield from ()


def _touches_reserve(row: Posting) -> bool:
    return RESERVE in (row.debit_kind, row.credit_kind)
