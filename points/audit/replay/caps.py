"""The use of every cap: points that capped rules awarded and that members gave, in each window.

A reversal gives nothing back to a cap: what was awarded once was awarded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from points.audit.replay.books import (
    BASE,
    MERGE,
    SHANGHAI,
    TRANSFER,
    ActBook,
    Difference,
    MemberBook,
    RuleVersion,
    SystemBook,
    compared,
    without_zeros,
)

Slot = tuple[str, str]  # cap, window

_WINDOWS: Final = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "campaign": "campaign"}
_GIFT_DAY, _GIFT_YEAR = "gift-day", "gift-year"


class Term(NamedTuple):
    """A cap as a rule's version defines it. A budget is one slot for all members."""

    cap: str
    window: str
    is_budget: bool


class Caps:
    """Caps of members one by one; budgets at the end."""

    def __init__(self, system: SystemBook) -> None:
        self.terms = {(rule.rule_id, rule.version): (rule.merchant_id, _terms(rule)) for rule in system.capped_rules}
        # Caps that no rule defines are not counted.
        self.known = {term.cap for _, terms in self.terms.values() for term in terms} | {_GIFT_DAY, _GIFT_YEAR}
        self.budgets: defaultdict[Slot, int] = defaultdict(int)
        self.stored_budgets: Mapping[Slot, int] = {}

    def of(self, book: MemberBook) -> Iterator[Difference]:
        if book.member_id == 0:
            self.stored_budgets = book.caps
            return
        used: defaultdict[Slot, int] = defaultdict(int)
        for act in book.acts:
            if act.names(book.member_id):
                self._awarded(act, used)
                self._given(act, used)
            elif act.kind == MERGE:
                self._taken_over(act, used)
        yield from compared("caps", f"member {book.member_id}", self._counted(used), self._counted(book.caps))

    def in_all(self) -> Iterator[Difference]:
        yield from compared("caps", "budget", self._counted(self.budgets), self._counted(self.stored_budgets))

    def _awarded(self, act: ActBook, used: defaultdict[Slot, int]) -> None:
        for award in act.entries[0].awards:
            merchant_id, terms = self.terms.get((award.rule_id or 0, award.version or 0), (None, ()))
            if merchant_id != act.merchant_id or act.occurred_at is None:
                continue
            for term in terms:
                slots = self.budgets if term.is_budget else used
                slots[term.cap, _window(act.occurred_at, term.window)] += award.points

    def _given(self, act: ActBook, used: defaultdict[Slot, int]) -> None:
        if act.kind != TRANSFER or act.occurred_at is None:
            return
        for row in act.entries:
            used[_GIFT_DAY, _window(act.occurred_at, "day")] -= row.points or 0
            used[_GIFT_YEAR, _window(act.occurred_at, "year")] -= row.points or 0

    def _taken_over(self, act: ActBook, used: defaultdict[Slot, int]) -> None:
        """One person has one cap: a merge adds up what both used."""
        for row in act.entries:
            # In the row of the base purse alone, because a merge may have one for each purse.
            if row.purse == BASE and row.merging is not None:
                for cap, window, points in row.merging.caps:
                    used[cap, window] += points

    def _counted(self, used: Mapping[Slot, int]) -> dict[Slot, int]:
        """Without zeros: a cap that was requested and left unused is stored as 0."""
        return {slot: points for slot, points in without_zeros(used).items() if slot[0] in self.known}


def _terms(rule: RuleVersion) -> tuple[Term, ...]:
    names = {"merchant": f"merchant:{rule.merchant_id}", "rule": f"rule:{rule.rule_id}"}
    names["campaign"] = f"campaign:{rule.merchant_id}:{rule.definition.get('campaign')}"
    return tuple(
        Term(names[cap.get("scope", "rule")], cap["window"], cap.get("per", "member") == "merchant")
        for cap in rule.definition["caps"]
    )


def _window(moment: datetime, kind: str) -> str:
    return moment.astimezone(SHANGHAI).strftime(_WINDOWS[kind])
