"""Lots that pass from one member to another: gifts inside a family, and merges of accounts.

Giver and receiver are read one after the other, so the half of the first is stored until the second comes.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from points.audit.replay.books import GIFT, GREEN, MERGE, TRANSFER, ActBook, Difference, Draw, Lot, MemberBook

_LINES: Final = {TRANSFER: "gifts", MERGE: "merges"}


class Given(NamedTuple):
    """A lot drawn to be passed on."""

    kind: str
    draw: Draw
    lot: Lot
    owner_id: int
    giver_id: int | None
    receiver_id: int | None  # of a merge; a gift does not name it


class Received(NamedTuple):
    """A lot made of another's lot."""

    kind: str | None
    lot: Lot
    owner_id: int


class Sides(NamedTuple):
    """The journal rows of an act in one purse, those read so far."""

    kind: str
    rows: int
    points: int
    owed: int


class Passing:
    """Compares lot by lot, and the journal rows of each act."""

    def __init__(self) -> None:
        self.given: dict[tuple[int, int], Given] = {}  # act, source lot
        self.received: dict[tuple[int, int | None], Received] = {}
        self.sides: dict[tuple[int, str], Sides] = {}  # act, purse

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for act in book.acts:
            if act.kind in (TRANSFER, MERGE):
                yield from self._give(book, act)
                yield from self._weigh(act)
            for lot in act.lots:
                if lot.source_lot_id is not None or (lot.kind == GIFT and act.kind != MERGE):
                    yield from self._receive(book, act, lot)
        yield from _left_nothing(book)

    def in_all(self) -> Iterator[Difference]:
        for (act_id, lot_id), given in self.given.items():
            yield Difference(_LINES[given.kind], f"act {act_id} lot {lot_id}", "a lot for the receiver", None)
        for (act_id, _), received in self.received.items():
            line = _LINES.get(received.kind or "", "gifts")
            yield Difference(line, f"act {act_id} lot {received.lot.id}", "a lot it was made of", None)
        for (act_id, purse), sides in self.sides.items():
            yield Difference(_LINES[sides.kind], f"act {act_id} purse {purse}", "two rows that cancel out", sides[1:])

    def _give(self, book: MemberBook, act: ActBook) -> Iterator[Difference]:
        entry = act.entries[0]
        receiver_id = entry.merging.into_id if entry.merging else None
        for draw in act.draws:
            lot = book.lot_by_id[draw.lot_id]
            given = Given(entry.kind or "", draw, lot, book.member_id, entry.act_member_id, receiver_id)
            received = self.received.pop((act.id, lot.id), None)
            if received is None:
                self.given[act.id, lot.id] = given
            else:
                yield from _judged(given, received)

    def _receive(self, book: MemberBook, act: ActBook, lot: Lot) -> Iterator[Difference]:
        received = Received(act.kind, lot, book.member_id)
        given = self.given.pop((act.id, lot.source_lot_id or 0), None)
        if given is not None:
            yield from _judged(given, received)
        elif (act.id, lot.source_lot_id) in self.received:
            yield Difference(
                _LINES.get(act.kind or "", "gifts"), f"act {act.id} lot {lot.id}", "one lot", "another too"
            )
        else:
            self.received[act.id, lot.source_lot_id] = received

    def _weigh(self, act: ActBook) -> Iterator[Difference]:
        for row in act.entries:
            if row.purse is None or row.points is None or row.kind is None:
                continue
            if row.kind == TRANSFER and row.purse != GREEN:
                yield Difference("gifts", f"act {act.id}", "green points", f"purse {row.purse}")
            _, rows, points, owed = self.sides.pop((act.id, row.purse), (0, 0, 0, 0))
            sides = Sides(row.kind, rows + 1, points + row.points, owed + row.owed)
            if sides[1:] != (2, 0, 0):
                self.sides[act.id, row.purse] = sides


def _judged(given: Given, received: Received) -> Iterator[Difference]:
    is_lawful = _is_lawful_gift if given.kind == TRANSFER else _is_moved_whole
    if not is_lawful(given, received):
        key = f"act {given.draw.act_id} lot {given.lot.id}"
        yield Difference(_LINES[given.kind], key, (given.draw.points, given.lot), received.lot)


def _is_lawful_gift(given: Given, received: Received) -> bool:
    source, lot = given.lot, received.lot
    return (
        source.is_transferable
        and source.purse == GREEN
        and source.kind != GIFT
        and given.owner_id == given.giver_id != received.owner_id
        and (lot.purse, lot.kind, lot.is_transferable) == (GREEN, GIFT, False)
        and (lot.granted, lot.issuer_id, lot.value_fen) == (-given.draw.points, source.issuer_id, source.value_fen)
        and not _is_shorter(lot, source)
        and not (source.expires_at is None and lot.expires_at is not None)
    )


def _is_moved_whole(given: Given, received: Received) -> bool:
    source, lot = given.lot, received.lot
    return (
        given.owner_id == given.giver_id
        and received.owner_id == given.receiver_id
        and lot.granted == -given.draw.points
        and _nature(lot) == _nature(source)
        and not _is_shorter(lot, source)
        and (lot.expires_at is None) == (source.expires_at is None)
    )


def _nature(lot: Lot) -> tuple[object, ...]:
    return (
        lot.issuer_id,
        lot.purse,
        lot.kind,
        lot.value_fen,
        lot.is_transferable,
        lot.usable_from,
        lot.earmark,
        lot.rule_id,
    )


def _is_shorter(lot: Lot, source: Lot) -> bool:
    """Whether the new lot ends sooner than its source did; either may have been extended later, never shortened."""
    ends = (lot.first_expires_at, source.first_expires_at)
    return ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _left_nothing(book: MemberBook) -> Iterator[Difference]:
    if not book.wallets:
        return
    is_gone = any(row.kind == MERGE and row.act_member_id == book.member_id for row in book.entries)
    for wallet in book.wallets:
        left = wallet.balance + wallet.held + wallet.owed if is_gone else 0
        if wallet.is_merged != is_gone or left:
            key = f"member {book.member_id} purse {wallet.purse}"
            yield Difference("merges", key, (is_gone, 0), (wallet.is_merged, left))
