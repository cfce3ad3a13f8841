"""The books told again: projections rebuilt from acts, journal, postings, lots as granted and draws, in plain Python.

It shares no code with the pen and knows no SQL: what both say alike was computed twice. Books come member by member,
each member's acts in the order they were booked, so the memory needed is that of one member and the system accounts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

REDEMPTION, HOLD, EXPIRY, TRANSFER, REVERSAL = 3, 4, 8, 11, 10
BASE: Final = 1
HOLD_ENDS: Final = (5, 6, 7)
ISSUANCE, MEMBER, HELD, REDEEMED, EXPIRED = 1, 2, 3, 4, 5
SHANGHAI: Final = timezone(timedelta(hours=8))

# What is rebuilt, and the sentence that the rebuild proves, in Chinese and English.
PROJECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "journal": (
        "重放：每条交易等于其批次动用与分录，余额连续。",
        "Replay: every journal row is what its lots and postings moved, and balances run on.",
    ),
    "lots": (
        "重放：每个批次的剩余与有效期可由账簿重建，动用时均有效。",
        "Replay: what remains of every lot and its validity follow from the books, and it was drawn while usable.",
    ),
    "wallets": (
        "重放：每个积分账户的余额、可用、冻结与欠还可由账簿重建。",
        "Replay: balance, available, held and owed points of every wallet follow from the books.",
    ),
    "holds": ("重放：未结束的冻结可由账簿重建。", "Replay: the open holds follow from the books."),
    "debts": ("重放：对每家商户的欠还可由账簿重建。", "Replay: what is owed to each merchant follows from the books."),
    "once": ("重放：一次性奖励的记录可由账簿重建。", "Replay: the once-only keys follow from the books."),
    "caps": (
        "重放：转赠上限的已用数可由账簿重建。",
        "Replay: what the caps of gifts have used follows from the books.",
    ),
    "accounts": (
        "重放：系统科目汇总可由账簿重建，全账平衡。",
        "Replay: the folded system accounts follow from the books, and the whole book balances.",
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal row with its act. `points` is None for an act that has no journal row."""

    act_id: int
    kind: int | None  # None: the act is missing
    merchant_id: int
    giver_id: int | None  # the member the act names
    parent_id: int | None
    occurred_at: datetime | None
    once_keys: tuple[str, ...]
    purse: int | None
    points: int | None
    balance_after: int
    owed: int
    carried: "Carried | None" = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What a merge of accounts carried to the survivor besides lots and debts."""

    once: Mapping[str, int]  # key → the act that used it up
    caps: Sequence[tuple[str, str, int]]  # cap, window, used


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as it was granted, and as it is stored now."""

    id: int
    act_id: int
    purse: int
    granted: int
    usable_from: datetime
    first_expires_at: datetime | None
    is_earmarked: bool
    remaining: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draw:
    act_id: int
    lot_id: int
    points: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Posting:
    act_id: int
    purse: int
    debit_kind: int
    debit_holder: int
    credit_kind: int
    credit_holder: int
    amount: int
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class Wallet:
    purse: int
    balance: int
    available: int
    held: int
    owed: int
    next_change_at: datetime | None


@dataclass(slots=True)
class MemberBook:
    """All that the tables say of one member: the books first, then what is stored of them."""

    member_id: int
    entries: Sequence[Entry] = ()
    lots: Sequence[Lot] = ()
    draws: Sequence[Draw] = ()
    postings: Sequence[Posting] = ()
    wallets: Sequence[Wallet] = ()
    open_holds: Mapping[int, int] = field(default_factory=dict)  # act → points
    debts: Mapping[tuple[int, int], int] = field(default_factory=dict)  # purse, merchant → points
    once: Mapping[str, int] = field(default_factory=dict)  # key → act
    gift_caps: Mapping[tuple[str, str], int] = field(default_factory=dict)  # cap, window → used


@dataclass(frozen=True, slots=True)
class SystemBook:
    """What is stored of the system accounts: (kind, holder, purse) → debits, credits of sealed acts."""

    rollups: Mapping[tuple[int, int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the rebuild and the tables disagree."""

    projection: str
    key: str
    rebuilt: object
    stored: object

    def told(self) -> dict[str, Any]:
        return {"key": self.key, "rebuilt": str(self.rebuilt), "stored": str(self.stored)}


def differences(books: Iterable[MemberBook], system: SystemBook, *, moment: datetime) -> Iterator[Difference]:
    """Rebuild everything; yield each place where the tables say something else. `moment` is now."""
    accounts = Accounts()
    for book in books:
        accounts.add(book)
        yield from Member(book).differences(moment)
    yield from accounts.differences(system)


class Member:
    """One member's projections, rebuilt act by act."""

    def __init__(self, book: MemberBook) -> None:
        self.book = book
        self.lots = {lot.id: lot for lot in book.lots}
        self.remaining: dict[int, int] = {}
        self.ends = {lot.id: lot.first_expires_at for lot in book.lots}
        self.balance: defaultdict[int, int] = defaultdict(int)
        self.held: defaultdict[int, int] = defaultdict(int)
        self.owed: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.holds: dict[int, int] = {}
        self.once: dict[str, int] = {}
        self.gifts: defaultdict[tuple[str, str], int] = defaultdict(int)

    def differences(self, moment: datetime) -> Iterator[Difference]:
        yield from self._told_again()
        yield from self._compared("holds", self.holds, self.book.open_holds)
        yield from self._compared("debts", _without_zeros(self.owed), _without_zeros(self.book.debts))
        yield from self._compared("once", self.once, self.book.once)
        # A cap of gifts that was asked for and left unused is stored as 0.
        yield from self._compared("caps", {key: self.gifts[key] for key in self.book.gift_caps}, self.book.gift_caps)
        for lot in self.book.lots:
            is_as_rebuilt = (self.remaining.get(lot.id), self.ends[lot.id]) == (lot.remaining, lot.expires_at)
            if not is_as_rebuilt:
                rebuilt = (self.remaining.get(lot.id), self.ends[lot.id])
                yield Difference("lots", f"lot {lot.id}", rebuilt, (lot.remaining, lot.expires_at))
        yield from self._wallet_differences(moment)

    def _told_again(self) -> Iterator[Difference]:
        """Replay the acts in order."""
        entries = _by_act(self.book.entries)
        lots, draws, postings = _by_act(self.book.lots), _by_act(self.book.draws), _by_act(self.book.postings)
        for act_id in sorted({*entries, *lots, *draws, *postings}):
            rows = entries.get(act_id, [])
            moved: defaultdict[int, int] = defaultdict(int)
            for lot in lots.get(act_id, []):
                self.remaining[lot.id] = lot.granted
                moved[lot.purse] += lot.granted
            for draw in draws.get(act_id, []):
                yield from self._draw(draw, rows)
                if draw.lot_id in self.lots:
                    moved[self.lots[draw.lot_id].purse] += draw.points
            posted, set_aside = self._posted(postings.get(act_id, []))
            yield from self._entries(act_id, rows, moved, posted)
            yield from self._hold(act_id, rows, set_aside)

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

    def _posted(self, postings: Sequence[Posting]) -> tuple[dict[int, int], dict[int, int]]:
        """What the postings of one act did to the member's account and to the held one, by purse."""
        mine: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        for row in postings:
            if row.credit_holder == self.book.member_id:
                mine[row.credit_kind][row.purse] += row.amount
            if row.debit_holder == self.book.member_id:
                mine[row.debit_kind][row.purse] -= row.amount
        return mine[MEMBER], mine[HELD]

    def _entries(
        self, act_id: int, rows: Sequence[Entry], moved: Mapping[int, int], posted: Mapping[int, int]
    ) -> Iterator[Difference]:
        told = {row.purse: row.points for row in rows if row.purse is not None}
        for purse in sorted({*told, *moved, *posted}):
            rebuilt = (moved.get(purse, 0), posted.get(purse, 0))
            if told.get(purse) is None or rebuilt != (told[purse], told[purse]):
                yield Difference("journal", f"act {act_id} purse {purse}", rebuilt, told.get(purse))
        for row in rows:
            if row.purse is None or row.points is None or row.kind is None:
                yield Difference("journal", f"act {act_id}", "an act and its journal row", "one without the other")
                continue
            self.balance[row.purse] += row.points
            self.owed[row.purse, row.merchant_id] += row.owed
            if row.balance_after != self.balance[row.purse]:
                yield Difference("journal", f"act {act_id}", self.balance[row.purse], row.balance_after)
            if self.owed[row.purse, row.merchant_id] < 0:
                yield Difference("debts", f"act {act_id}", "not negative", self.owed[row.purse, row.merchant_id])
            for key in row.once_keys:
                self.once.setdefault(key, act_id)
            # In the row of the base purse alone, because a merge may have one for each purse.
            if row.carried is not None and row.giver_id != self.book.member_id and row.purse == BASE:
                self._take_over(row.carried)
            if row.kind == TRANSFER and row.giver_id == self.book.member_id and row.occurred_at is not None:
                day = row.occurred_at.astimezone(SHANGHAI).date()
                self.gifts["gift-day", day.isoformat()] -= row.points
                self.gifts["gift-year", f"{day:%Y}"] -= row.points

    def _take_over(self, carried: Carried) -> None:
        for key, act_id in carried.once.items():
            self.once.setdefault(key, act_id)
        for cap, window, used in carried.caps:
            self.gifts[cap, window] += used

    def _hold(self, act_id: int, rows: Sequence[Entry], set_aside: Mapping[int, int]) -> Iterator[Difference]:
        expected: dict[int, int] = {}
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
        if _without_zeros(expected) != _without_zeros(set_aside):
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
        """What is usable at the last instant before the wallet's next change."""
        change = wallet.next_change_at
        return sum(
            self.remaining.get(lot.id, 0)
            for lot in self.book.lots
            if lot.purse == wallet.purse
            and not lot.is_earmarked
            and (change is None or lot.usable_from < change)
            and ((end := self.ends[lot.id]) is None or (change is not None and end >= change))
        )

    def _compared(self, projection: str, rebuilt: Mapping[Any, Any], stored: Mapping[Any, Any]) -> Iterator[Difference]:
        for key in sorted({*rebuilt, *stored}):
            if rebuilt.get(key) != stored.get(key):
                told = f"member {self.book.member_id} {key}"
                yield Difference(projection, told, rebuilt.get(key), stored.get(key))


class Accounts:
    """The system accounts, and the whole book."""

    def __init__(self) -> None:
        self.sealed: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0])
        self.net: defaultdict[tuple[int, int], int] = defaultdict(int)  # kind, purse → credits − debits
        self.in_wallets: defaultdict[int, int] = defaultdict(int)
        self.mixed: list[int] = []

    def add(self, book: MemberBook) -> None:
        for row in book.postings:
            if home_of(row) != book.member_id:
                continue
            for side, kind, holder in ((0, row.debit_kind, row.debit_holder), (1, row.credit_kind, row.credit_holder)):
                self.net[kind, row.purse] += row.amount if side else -row.amount
                if row.is_sealed and kind not in (MEMBER, HELD):
                    self.sealed[kind, holder, row.purse][side] += row.amount
        for wallet in book.wallets:
            self.in_wallets[wallet.purse] += wallet.balance + wallet.held

    def differences(self, system: SystemBook) -> Iterator[Difference]:
        rebuilt = {key: (debits, credits) for key, (debits, credits) in self.sealed.items()}
        for key in sorted({*rebuilt, *system.rollups}):
            if rebuilt.get(key) != system.rollups.get(key):
                yield Difference("accounts", f"account {key}", rebuilt.get(key), system.rollups.get(key))
        for purse in sorted({purse for _, purse in self.net} | {*self.in_wallets}):
            issued = -self.net[ISSUANCE, purse]
            out = self.net[REDEEMED, purse] + self.net[EXPIRED, purse]
            if issued - out != self.in_wallets[purse]:
                yield Difference("accounts", f"the whole book, purse {purse}", issued - out, self.in_wallets[purse])


def home_of(row: Posting) -> int:
    """The member in whose book a posting is counted, once; 0 for a posting between system accounts."""
    if row.credit_kind in (MEMBER, HELD):
        return row.credit_holder
    return row.debit_holder if row.debit_kind in (MEMBER, HELD) else 0


def _by_act(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.act_id].append(row)
    return dict(grouped)


def _without_zeros(amounts: Mapping[Any, int]) -> dict[Any, int]:
    return {key: amount for key, amount in amounts.items() if amount}
