"""Acts that answer others: returns, reversals, refunds, ends of holds; and how much they may give or take back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from points.audit.replay.books import (
    ADJUSTMENT,
    AWARD,
    CAPTURE,
    COMPENSATION,
    HOLD,
    HOLD_ENDS,
    OPENING,
    PURCHASE,
    REDEMPTION,
    REFUND,
    RETURN,
    REVERSAL,
    SPENDS,
    ActBook,
    Difference,
    MemberBook,
    Parent,
    SystemBook,
    own_acts,
)

# The kinds that must answer another act, each with the kinds it may answer.
MAY_ANSWER: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(HOLD_ENDS, (HOLD,)),
    RETURN: (PURCHASE,),
    REVERSAL: (PURCHASE, AWARD, REDEMPTION, CAPTURE, COMPENSATION, ADJUSTMENT, OPENING),
    REFUND: SPENDS,
}
GRANTS: Final = (PURCHASE, AWARD, COMPENSATION, OPENING)

NO_PARENT: Final = Parent(None, None, None, None)


class Answers:
    """Each answer against the act that it answers."""

    def __init__(self, system: SystemBook) -> None:
        self.merged_into = system.merged_into
        self.reversed: set[int] = set()
        # By act and purse. Granted points are stored only where an answer may come, because every purchase grants some.
        self.granted: dict[tuple[int, str], int] = {}
        self.clawed: defaultdict[tuple[int, str], int] = defaultdict(int)

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for act in own_acts(book):
            yield from self._answers_rightly(book, act)
        yield from _returned_more_than_spent(book)
        self._clawed_back(book)

    def in_all(self) -> Iterator[Difference]:
        for (act_id, purse), points in self.clawed.items():
            granted = self.granted.get((act_id, purse), 0)
            if points > granted:
                yield Difference("answers", f"act {act_id} purse {purse} clawed back", f"at most {granted}", points)

    def _answers_rightly(self, book: MemberBook, act: ActBook) -> Iterator[Difference]:
        parent = book.parents.get(act.id)
        if parent is None:
            if act.kind in MAY_ANSWER:
                yield Difference("answers", f"act {act.id}", "an act to answer", None)
        elif not self._may_answer(book.member_id, act, parent):
            yield Difference("answers", f"act {act.id}", "an act it may answer", parent)
        elif act.kind == REVERSAL and parent.id is not None:
            if parent.id in self.reversed:
                yield Difference("answers", f"act {parent.id}", "one reversal", act.id)
            self.reversed.add(parent.id)

    def _may_answer(self, member_id: int, act: ActBook, parent: Parent) -> bool:
        if parent.id is None or parent.id >= act.id or parent.member_id is None:
            return False
        # A compensation may make good the fault of another merchant.
        is_of_merchant = parent.merchant_id == act.merchant_id or act.kind == COMPENSATION
        is_of_kind = act.kind is None or act.kind not in MAY_ANSWER or parent.kind in MAY_ANSWER[act.kind]
        return is_of_merchant and is_of_kind and self._answers_for(member_id, parent.member_id)

    def _answers_for(self, member_id: int, earlier_id: int) -> bool:
        """Whether it is the same member, or one into whom the other was merged."""
        seen: set[int] = set()
        while earlier_id != member_id and earlier_id in self.merged_into and earlier_id not in seen:
            seen.add(earlier_id)
            earlier_id = self.merged_into[earlier_id]
        return earlier_id == member_id

    def _clawed_back(self, book: MemberBook) -> None:
        answered: set[int | None] = set()
        for act in book.acts:
            parent = book.parents.get(act.id, NO_PARENT)
            if act.kind not in (RETURN, REVERSAL) or parent.kind not in GRANTS or parent.id is None:
                continue
            answered.add(parent.id)
            for row in act.entries:
                self.clawed[parent.id, row.purse or ""] += row.owed - (row.points or 0)
        # Grants of a merged member may be answered in the survivor's ledger.
        is_merged = book.member_id in self.merged_into
        for lot in book.lots:
            if is_merged or lot.act_id in answered:
                self.granted[lot.act_id, lot.purse] = self.granted.get((lot.act_id, lot.purse), 0) + lot.granted


def _returned_more_than_spent(book: MemberBook) -> Iterator[Difference]:
    """Lots that got back more than a spend took of them, by the draws of the spend, its hold and its answers."""
    spends = {act.id: [act.id] for act in book.acts if act.kind in SPENDS}
    if not spends:
        return
    draws = {act.id: act.draws for act in book.acts if act.draws}
    for act in book.acts:
        parent = book.parents.get(act.id, NO_PARENT)
        if act.kind == CAPTURE and parent.id is not None:
            spends[act.id].append(parent.id)
        elif act.kind in (REFUND, REVERSAL) and parent.id in spends:
            spends[parent.id].append(act.id)
    for spend, family in spends.items():
        back: defaultdict[int, int] = defaultdict(int)
        for act_id in family:
            for draw in draws.get(act_id, ()):
                back[draw.lot_id] += draw.points
        for lot_id, points in back.items():
            if points > 0:
                yield Difference("answers", f"act {spend} lot {lot_id}", "no more than was spent", points)
