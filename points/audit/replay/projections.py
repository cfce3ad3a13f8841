"""One member's projections, rebuilt act by act: wallets, lots, holds, debts and once-only keys."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from points.audit.replay.books import (
    BASE,
    EXPIRY,
    HELD,
    HOLD,
    HOLD_ENDS,
    MEMBER,
    REDEMPTION,
    TRANSFER,
    ActBook,
    Difference,
    Draw,
    Entry,
    MemberBook,
    Posting,
    Wallet,
    compared,
    without_zeros,
)


class Projections:
    """Member by member; no state passes from one to the next."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def of(self, book: MemberBook) -> Iterator[Difference]:
        return Member(book).differences(self.moment)

    def in_all(self) -> Iterator[Difference]:
        yield from ()


class Member:
    """One member's projections, rebuilt act by act."""

    def __init__(self, book: MemberBook) -> None:
        self.book = book
        self.lots = book.lot_by_id
        self.remaining: dict[int, int] = {}
        self.ends = {lot.id: lot.first_expires_at for lot in book.lots}
        self.balance: defaultdict[str, int] = defaultdict(int)
        self.held: defaultdict[str, int] = defaultdict(int)
        self.owed: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.holds: dict[int, int] = {}
        self.once: dict[str, int] = {}

    def differences(self, moment: datetime) -> Iterator[Difference]:
        yield from self._replayed()
        owner = f"member {self.book.member_id}"
        yield from compared("holds", owner, self.holds, self.book.open_holds)
        yield from compared("debts", owner, without_zeros(self.owed), without_zeros(self.book.debts))
        yield from compared("once", owner, self.once, self.book.once)
        for lot in self.book.lots:
            is_as_rebuilt = (self.remaining.get(lot.id), self.ends[lot.id]) == (lot.remaining, lot.expires_at)
            if not is_as_rebuilt:
                rebuilt = (self.remaining.get(lot.id), self.ends[lot.id])
                yield Difference("lots", f"lot {lot.id}", rebuilt, (lot.remaining, lot.expires_at))
        yield from self._wallet_differences(moment)

    def _replayed(self) -> Iterator[Difference]:
        """Replay the acts in order."""
        for act in self.book.acts:
            moved: defaultdict[str, int] = defaultdict(int)
            for lot in act.lots:
                self.remaining[lot.id] = lot.granted
                moved[lot.purse] += lot.granted
            for draw in act.draws:
                yield from self._draw(draw, act.entries)
                if draw.lot_id in self.lots:
                    moved[self.lots[draw.lot_id].purse] += draw.points
            posted, set_aside = self._posted(act.postings)
            yield from _journal_differences(act, moved, posted)
            yield from self._run_on(act)
            yield from self._hold(act.id, act.entries, set_aside)

    def _draw(self, draw: Draw, rows: Sequence[Entry]) -> Iterator[Difference]:
        lot, act = self.lots[draw.lot_id], rows[0] if rows else None
        key = f"lot {draw.lot_id} in act {draw.act_id}"
        end = self.ends[lot.id]
        if act is not None and act.occurred_at is not None:
            over = end is not None and end <= act.occurred_at
            if act.kind in (REDEMPTION, HOLD, TRANSFER) and (over or lot.usable_from > act.occurred_at):
                yield Difference("lots", key, "not usable", "drawn")
            if act.kind == EXPIRY and not over:
                yield Difference("lots", key, "still valid", "expired")
        left = self.remaining.get(lot.id, 0) + draw.points
        if lot.id not in self.remaining or not 0 <= left <= lot.granted:
            yield Difference("lots", key, f"between 0 and {lot.granted}", left)
        self.remaining[lot.id] = left
        if draw.expires_at is not None:
            if end is None or draw.expires_at <= end:
                yield Difference("lots", key, f"later than {end}", draw.expires_at)
            self.ends[lot.id] = draw.expires_at

    def _posted(self, postings: Sequence[Posting]) -> tuple[dict[str, int], dict[str, int]]:
        """The movements of the member's account and of the held one by the postings of one act, by purse."""
        mine: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in postings:
            if row.credit_holder == self.book.member_id:
                mine[row.credit_kind][row.purse] += row.amount
            if row.debit_holder == self.book.member_id:
                mine[row.debit_kind][row.purse] -= row.amount
        return mine[MEMBER], mine[HELD]

    def _run_on(self, act: ActBook) -> Iterator[Difference]:
        """Add the act's journal rows to balance, debts and once-only keys."""
        for row in act.entries:
            if row.purse is None or row.points is None or row.kind is None:
                yield Difference("journal", f"act {act.id}", "an act and its journal row", "one without the other")
                continue
            self.balance[row.purse] += row.points
            self.owed[row.purse, row.merchant_id] += row.owed
            if row.balance_after != self.balance[row.purse]:
                yield Difference("journal", f"act {act.id}", self.balance[row.purse], row.balance_after)
            if self.owed[row.purse, row.merchant_id] < 0:
                yield Difference("debts", f"act {act.id}", "not negative", self.owed[row.purse, row.merchant_id])
            self._use_up(row)

    def _use_up(self, row: Entry) -> None:
        """Once-only keys: the act's own, and for the survivor of a merge those of the duplicate."""
        for award in row.awards:
            if award.once is not None:
                self.once.setdefault(award.once, row.act_id)
        # In the row of the base purse alone, because a merge may have one for each purse.
        if row.merging is not None and row.act_member_id != self.book.member_id and row.purse == BASE:
            for key, act_id in row.merging.once.items():
                self.once.setdefault(key, act_id)

    def _hold(self, act_id: int, rows: Sequence[Entry], set_aside: Mapping[str, int]) -> Iterator[Difference]:
        expected: dict[str, int] = {}
        for row in rows[:1]:
            if row.purse is None or row.points is None:
                continue
            if row.kind == HOLD:
                self.holds[act_id] = -row.points
                expected = {row.purse: -row.points}
            elif row.kind in HOLD_ENDS:
                points = self.holds.pop(row.parent_id or 0, None)
                if points is None:
                    yield Difference("holds", f"act {act_id}", "an open hold to end", row.parent_id)
                expected = {row.purse: -(points or 0)}
        if expected != set_aside and without_zeros(expected) != without_zeros(set_aside):
            yield Difference("holds", f"act {act_id}", expected, dict(set_aside))
        for purse, points in set_aside.items():
            self.held[purse] += points

    def _wallet_differences(self, moment: datetime) -> Iterator[Difference]:
        stored = {wallet.purse: wallet for wallet in self.book.wallets}
        for purse in sorted({*stored, *self.balance}):
            wallet = stored.get(purse)
            owed = sum(points for (each, _), points in self.owed.items() if each == purse)
            rebuilt = (self.balance[purse], self.held[purse], owed)
            key = f"member {self.book.member_id} purse {purse}"
            if wallet is None or rebuilt != (wallet.balance, wallet.held, wallet.owed):
                yield Difference("wallets", key, rebuilt, wallet)
            elif self._is_exact(wallet, moment) and self._usable(wallet) != wallet.available:
                yield Difference("wallets", f"{key} available", self._usable(wallet), wallet.available)

    def _is_exact(self, wallet: Wallet, moment: datetime) -> bool:
        """Whether the stored `available` must hold: after its next change every read recomputes it."""
        change = wallet.next_change_at
        occurred = [row.occurred_at for row in self.book.entries if row.purse == wallet.purse and row.occurred_at]
        return change is None or change > max([moment, *occurred])

    def _usable(self, wallet: Wallet) -> int:
        """The points usable at the last instant before the wallet's next change."""
        change = wallet.next_change_at
        return sum(
            self.remaining.get(lot.id, 0)
            for lot in self.book.lots
            if lot.purse == wallet.purse
            and lot.earmark is None
            and (change is None or lot.usable_from < change)
            and ((end := self.ends[lot.id]) is None or (change is not None and end >= change))
        )


def _journal_differences(act: ActBook, moved: Mapping[str, int], posted: Mapping[str, int]) -> Iterator[Difference]:
    """Compare the act's journal rows, purse by purse, with the movements of its lots and its postings."""
    stored = {row.purse: row.points for row in act.entries if row.purse is not None}
    for purse in sorted({*stored, *moved, *posted}):
        rebuilt = (moved.get(purse, 0), posted.get(purse, 0))
        if stored.get(purse) is None or rebuilt != (stored[purse], stored[purse]):
            yield Difference("journal", f"act {act.id} purse {purse}", rebuilt, stored.get(purse))
