"""A page of a member's statement: entries with their explanations, by cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet

from points.models import Act, Journal
from points.statement import explanations
from points.types import ActKind, Purse

PAGE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One act with its movement of each purse of the member."""

    act: Act
    moves: Sequence[Journal]
    why: Sequence[str]

    @property
    def points(self) -> int:
        return self.moves[0].points

    @property
    def is_green(self) -> bool:
        return all(move.purse == Purse.GREEN for move in self.moves)

    @property
    def is_gift_to_others(self) -> bool:
        return self.act.kind == ActKind.TRANSFER and self.points < 0


@dataclass(frozen=True, slots=True)
class Page:
    entries: Sequence[Entry]
    older: str | None  # the query string of the next page
    is_first: bool


def page(lines: QuerySet[Journal], *, before: int | None, filters: dict[str, str]) -> Page:
    """The newest entries, or those `before` an act; `filters` are repeated in the link to older ones."""
    if before is not None:
        lines = lines.filter(act_id__lt=before)
    # An act has at most one line per purse, so this many lines hold one entry more than a page.
    found = list(lines[: (PAGE + 1) * len(Purse)])
    acts = list({line.act_id: line.act for line in found}.values())[: PAGE + 1]
    shown = acts[:PAGE]
    older = urlencode({**filters, "before": shown[-1].pk}) if len(acts) > PAGE else None
    return Page(entries(shown, found), older, before is None)


def entries(acts: Sequence[Act], lines: Sequence[Journal]) -> list[Entry]:
    names = explanations.names_of_rules(acts)
    return [_entry(act, [line for line in lines if line.act_id == act.pk], names) for act in acts]


def _entry(act: Act, moves: list[Journal], names: explanations.Names) -> Entry:
    why = explanations.sentences(act, names) + [explanations.owed(move.owed) for move in moves if move.owed]
    return Entry(act, moves, why)
