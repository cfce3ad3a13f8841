"""Issuers: every act moves the accounts of the merchants who issued its lots, and of the one where it happened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from points.audit.replay.books import (
    CAPTURE,
    EXPIRED,
    EXPIRY,
    HOLD,
    ISSUANCE,
    LAPSE,
    MERGE,
    REDEEMED,
    REDEMPTION,
    REFUND,
    RELEASE,
    REVERSAL,
    SPENDS,
    TRANSFER,
    ActBook,
    Difference,
    Draw,
    Lot,
    MemberBook,
    without_zeros,
)

Account = tuple[str, int | None, str]  # kind, holder, purse

# They hold points, end a hold, or pass points on: no merchant's account moves by the lots they draw.
_MOVE_NOTHING = (HOLD, RELEASE, LAPSE, TRANSFER, MERGE)


class Issuers:
    """By act, the movements that lots and draws require of merchants' accounts; by issuer, the points owed."""

    def __init__(self) -> None:
        self.owed: defaultdict[tuple[int, str], int] = defaultdict(int)  # issuer, purse → issued − lapsed − spent
        self.outstanding: defaultdict[tuple[int, str], int] = defaultdict(int)

    def of(self, book: MemberBook) -> Iterator[Difference]:
        drawn_by_hold = {act.id: act.draws for act in book.acts if act.kind == HOLD}
        for act in book.acts:
            parent = book.parents.get(act.id)
            # A capture spends what its hold drew, less what it gave back.
            drawn = act.draws + drawn_by_hold.get(parent.id or 0, []) if parent and act.kind == CAPTURE else act.draws
            expected = self._expected(act, drawn, book.lot_by_id, parent.kind if parent else None)
            posted = self._posted(act)
            if expected != posted and without_zeros(expected) != without_zeros(posted):
                yield Difference("issuers", f"act {act.id}", expected, posted)
        for lot in book.lots:
            self.outstanding[lot.issuer_id, lot.purse] += lot.remaining
        for hold in book.open_holds:
            for draw in drawn_by_hold.get(hold, []):
                lot = book.lot_by_id[draw.lot_id]
                self.outstanding[lot.issuer_id, lot.purse] -= draw.points

    def in_all(self) -> Iterator[Difference]:
        for issuer, purse in sorted({*self.owed, *self.outstanding}):
            owed, outstanding = self.owed[issuer, purse], self.outstanding[issuer, purse]
            if owed != outstanding:
                yield Difference("issuers", f"merchant {issuer} purse {purse}", owed, outstanding)

    def _expected(
        self, act: ActBook, drawn: list[Draw], lots: Mapping[int, Lot], parent_kind: str | None
    ) -> dict[Account, int]:
        """Credits − debits of each merchant's account, by the lots."""
        accounts: defaultdict[Account, int] = defaultdict(int)
        for lot in act.lots:
            if lot.source_lot_id is None:
                accounts[ISSUANCE, lot.issuer_id, lot.purse] -= lot.granted
        for draw in drawn:
            lot = lots[draw.lot_id]
            taker = _taker(act, lot, parent_kind)
            if taker is None:
                continue
            accounts[taker] -= draw.points
            if taker[0] == REDEEMED:
                self.owed[lot.issuer_id, lot.purse] += draw.points
        return accounts

    def _posted(self, act: ActBook) -> dict[Account, int]:
        accounts: defaultdict[Account, int] = defaultdict(int)
        for row in act.postings:
            for kind, holder, amount in (
                (row.debit_kind, row.debit_holder, -row.amount),
                (row.credit_kind, row.credit_holder, row.amount),
            ):
                if kind in (ISSUANCE, REDEEMED, EXPIRED):
                    accounts[kind, holder, row.purse] += amount
                if kind in (ISSUANCE, EXPIRED):
                    self.owed[holder, row.purse] -= amount
        return accounts


def _taker(act: ActBook, lot: Lot, parent_kind: str | None) -> Account | None:
    """The account to which points go that this act takes from this lot, or from which they come back."""
    if act.kind in _MOVE_NOTHING:
        return None
    if act.kind == EXPIRY:
        return EXPIRED, lot.issuer_id, lot.purse
    is_spend = act.kind in (REDEMPTION, CAPTURE, REFUND) or (act.kind == REVERSAL and parent_kind in SPENDS)
    # Taking back another issuer's points counts as spending them here.
    if is_spend or lot.issuer_id != act.merchant_id:
        return REDEEMED, act.merchant_id, lot.purse
    return ISSUANCE, lot.issuer_id, lot.purse
