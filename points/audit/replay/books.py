"""The rows of the tables: those of one member, and those of the system above all members.

Rows are named tuples, because the ledger has millions of them and a frozen dataclass takes four times as long to make.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Final, NamedTuple

# Kinds of acts, of accounts, of lots and purses, as the database names them.
PURCHASE, AWARD, REDEMPTION, HOLD, CAPTURE = "purchase", "award", "redemption", "hold", "capture"
RELEASE, LAPSE, EXPIRY, RETURN, REVERSAL = "release", "lapse", "expiry", "return", "reversal"
TRANSFER, COMPENSATION, ADJUSTMENT, OPENING = "transfer", "compensation", "adjustment", "opening"
REFUND, MERGE = "refund", "merge"
SPENDS: Final = (REDEMPTION, CAPTURE)
HOLD_ENDS: Final = (CAPTURE, RELEASE, LAPSE)
ISSUANCE, MEMBER, HELD, REDEEMED, EXPIRED = "issuance", "member", "held", "redeemed", "expired"
TRANSIT, RESERVE = "transit", "reserve"
BASE, GREEN = "base", "green"
EARNED_BY_SPENDING, GIFT = "spend", "gift"

SHANGHAI: Final = timezone(timedelta(hours=8))


class Award(NamedTuple):
    """An award in an act's breakdown: the lot it promises, and why."""

    points: int
    purse: str = BASE
    kind: str = EARNED_BY_SPENDING
    rule_id: int | None = None
    version: int | None = None
    usable_from: datetime | None = None
    expires_at: datetime | None = None
    earmark: str | None = None
    is_transferable: bool = False
    once: str | None = None  # the once-only key that it used up


class Merging(NamedTuple):
    """The breakdown of a merge: its approval, the survivor, and the keys and caps it moved besides lots and debts."""

    order_id: int
    into_id: int
    once: Mapping[str, int]  # key → the act that used it up
    caps: Sequence[tuple[str, str, int]]  # cap, window, used


class Entry(NamedTuple):
    """A journal row with its act. `purse` and `points` are None for an act that has no journal row."""

    act_id: int
    kind: str | None  # None: the act is missing
    merchant_id: int
    act_merchant_id: int | None
    act_member_id: int | None  # the member the act names
    parent_id: int | None
    occurred_at: datetime | None
    hash_bytes: int | None
    purse: str | None
    points: int | None
    balance_after: int
    owed: int
    awards: Sequence[Award] = ()
    merging: Merging | None = None


class Lot(NamedTuple):
    """A lot as it was granted and as it is stored now."""

    id: int
    act_id: int
    issuer_id: int
    purse: str
    kind: str
    granted: int
    usable_from: datetime
    first_expires_at: datetime | None  # as granted; `expires_at` may be later
    source_lot_id: int | None
    rule_id: int | None
    value_fen: int
    earmark: str | None
    is_transferable: bool
    remaining: int
    expires_at: datetime | None


class Draw(NamedTuple):
    act_id: int
    lot_id: int
    points: int
    expires_at: datetime | None


class Posting(NamedTuple):
    act_id: int
    purse: str
    debit_kind: str
    debit_holder: int
    credit_kind: str
    credit_holder: int
    amount: int
    is_sealed: bool

    @property
    def home(self) -> int:
        """The member with whom it is counted, once; 0 for a posting between system accounts."""
        if self.credit_kind in (MEMBER, HELD):
            return self.credit_holder
        return self.debit_holder if self.debit_kind in (MEMBER, HELD) else 0


class Wallet(NamedTuple):
    purse: str
    balance: int
    available: int
    held: int
    owed: int
    next_change_at: datetime | None
    is_merged: bool = False


class Parent(NamedTuple):
    """The act that another answers; all None when it is missing."""

    id: int | None
    kind: str | None
    merchant_id: int | None
    member_id: int | None


class Key(NamedTuple):
    """An idempotency key: its merchant, and the merchant of its act (None: the act is missing)."""

    act_id: int
    merchant_id: int
    act_merchant_id: int | None


class Signature(NamedTuple):
    """The proposer and the approver of an adjustment or a merge, by its act."""

    act_id: int
    kind: str
    merchant_id: int
    actor_id: int | None
    approved_by_id: int | None


class Proposal(NamedTuple):
    """A booked adjustment, by its proposal."""

    act_id: int
    merchant_id: int
    purse: str
    points: int
    proposed_by_id: int
    approved_by_id: int | None


@dataclass(slots=True)
class ActBook:
    """All rows of one act for one member."""

    id: int
    entries: list[Entry] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)

    @property
    def kind(self) -> str | None:
        return self.entries[0].kind if self.entries else None

    @property
    def merchant_id(self) -> int | None:
        return self.entries[0].act_merchant_id if self.entries else None

    @property
    def occurred_at(self) -> datetime | None:
        return self.entries[0].occurred_at if self.entries else None

    def names(self, member_id: int) -> bool:
        """Whether the act names this member: of the two in a gift or a merge, the one who gives."""
        return bool(self.entries) and self.entries[0].act_member_id == member_id


@dataclass
class MemberBook:
    """All rows of one member: the ledger first, then the projections."""

    member_id: int  # 0: rows of no member, postings between system accounts and budgets
    entries: Sequence[Entry] = ()
    lots: Sequence[Lot] = ()
    draws: Sequence[Draw] = ()
    postings: Sequence[Posting] = ()
    parents: Mapping[int, Parent] = field(default_factory=dict)  # act → the act it answers
    keys: Sequence[Key] = ()
    signatures: Sequence[Signature] = ()
    proposals: Sequence[Proposal] = ()
    wallets: Sequence[Wallet] = ()
    open_holds: Mapping[int, int] = field(default_factory=dict)  # act → points
    debts: Mapping[tuple[str, int], int] = field(default_factory=dict)  # purse, merchant → points
    once: Mapping[str, int] = field(default_factory=dict)  # key → act
    caps: Mapping[tuple[str, str], int] = field(default_factory=dict)  # cap, window → used

    @cached_property
    def acts(self) -> Sequence[ActBook]:
        """Act by act, in the order they were booked."""
        acts: dict[int, ActBook] = {}
        for entry in self.entries:
            _act(acts, entry.act_id).entries.append(entry)
        for lot in self.lots:
            _act(acts, lot.act_id).lots.append(lot)
        for draw in self.draws:
            _act(acts, draw.act_id).draws.append(draw)
        for posting in self.postings:
            _act(acts, posting.act_id).postings.append(posting)
        return [acts[act_id] for act_id in sorted(acts)]

    @cached_property
    def lot_by_id(self) -> Mapping[int, Lot]:
        return {lot.id: lot for lot in self.lots}


class Order(NamedTuple):
    """The decision of two people to merge a duplicate member into another."""

    duplicate_id: int
    proposed_by_id: int
    approved_by_id: int | None


class RuleVersion(NamedTuple):
    rule_id: int
    version: int
    merchant_id: int
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SystemBook:
    """The rows above all members: few, however many members there are."""

    # (kind, holder, purse) → debits, credits of sealed acts
    rollups: Mapping[tuple[str, int, str], tuple[int, int]] = field(default_factory=dict)
    capped_rules: Sequence[RuleVersion] = ()
    orders: Mapping[int, Order] = field(default_factory=dict)  # merges, by id
    merged_into: Mapping[int, int] = field(default_factory=dict)  # duplicate → survivor, by the acts


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the rebuild and the tables, and the line of the replay that found it."""

    line: str
    key: str
    rebuilt: object
    stored: object

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "rebuilt": str(self.rebuilt), "stored": str(self.stored)}


def compared(line: str, owner: str, rebuilt: Mapping[Any, Any], stored: Mapping[Any, Any]) -> Iterator[Difference]:
    """One difference for each key whose two values differ."""
    if rebuilt == stored:
        return
    for key in sorted({*rebuilt, *stored}):
        if rebuilt.get(key) != stored.get(key):
            yield Difference(line, f"{owner} {key}", rebuilt.get(key), stored.get(key))


def without_zeros(amounts: Mapping[Any, int]) -> dict[Any, int]:
    return {key: amount for key, amount in amounts.items() if amount}


def own_acts(book: MemberBook) -> Iterator[ActBook]:
    """The acts that name this member; each act names one."""
    return (act for act in book.acts if act.names(book.member_id))


def _act(acts: dict[int, ActBook], act_id: int) -> ActBook:
    known = acts.get(act_id)
    if known is None:
        known = acts[act_id] = ActBook(act_id)
    return known
