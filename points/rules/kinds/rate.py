"""Points by amount: `points` for every `per_fen`, as an exact fraction, rounded once per order or once per line.

{"kind": "rate", "points": 1, "per_fen": 100, "purse": "base", "rounding": "floor", "round_per": "order"}

The award's note holds `rate` ("points/fen"); `fen`, the eligible amount, unless it is the whole order; `rounding` and
`round_per`, unless points are rounded down once per order; `over` (see `points.rules.awards.Award`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, get_args

from points.clearing_value import CLEARING_VALUE_FEN
from points.purchase import Line
from points.rules.awards import Award, LotKindName, PurseName
from points.rules.effect import Earned, Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import PER_YUAN, POINTS, PURSE, Field
from points.rules.granting import award, fits, over
from points.rules.reader import MAX_FEN, MAX_POINTS, Problem, Reader
from points.rules.text import Number, Text, Yuan, _, pgettext
from points.rules.text import Points as PointsText
from points.rules.types import Conditions, Stacking

Rounding = Literal["floor", "half_up", "ceil"]
RoundPer = Literal["order", "line"]

ROUNDING: Final[dict[tuple[str, str], Text]] = {
    ("floor", "order"): _("rounded down once per order"),
    ("half_up", "order"): _("rounded to the nearest once per order"),
    ("ceil", "order"): _("rounded up once per order"),
    ("floor", "line"): _("rounded down line by line"),
    ("half_up", "line"): _("rounded to the nearest line by line"),
    ("ceil", "line"): _("rounded up line by line"),
}


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    points, per_fen = note["rate"].split("/")
    return _(
        "%(rule)s: %(fen)s yuan at %(rate)s per %(per)s yuan, %(rounding)s: %(points)s points.",
        fen=Yuan(note["fen"]),
        rate=Number(int(points)),
        per=Yuan(int(per_fen)),
        rounding=ROUNDING[note.get("rounding", "floor"), note.get("round_per", "order")],
    )


@dataclass(frozen=True, slots=True)
class Rate(Effect):
    points: int
    per_fen: int
    purse: PurseName = "base"
    rounding: Rounding = "floor"
    round_per: RoundPer = "order"

    kind: ClassVar[str] = "rate"
    label: ClassVar[Text] = _("points by amount")
    fields: ClassVar[tuple[Field, ...]] = (
        POINTS,
        PER_YUAN,
        PURSE,
        Field(
            "rounding",
            _("rounding"),
            "choice",
            (("floor", _("down")), ("half_up", _("to the nearest")), ("ceil", pgettext("round", "up"))),
        ),
        Field("round_per", _("rounded"), "choice", (("order", _("once per order")), ("line", _("line by line")))),
    )
    stackings: ClassVar[frozenset[Stacking]] = frozenset({"add", "exclusive"})
    explanations: ClassVar[Mapping[str, Explanation]] = {"rate": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Rate":
        return cls(
            purse=reader.choice("purse", get_args(PurseName), "base"),
            points=reader.integer("points", low=1, high=MAX_POINTS),
            per_fen=reader.integer("per_fen", low=1, high=MAX_FEN),
            rounding=reader.choice("rounding", get_args(Rounding), "floor"),
            round_per=reader.choice("round_per", get_args(RoundPer), "order"),
        )

    def sentence(self) -> Text:
        return _(
            "Every %(yuan)s yuan spent earns %(points)s.",
            yuan=Yuan(self.per_fen),
            points=PointsText(self.points, self.purse),
        )

    def terms(self) -> Iterator[tuple[Text, Text]]:
        yield _("Rounding"), ROUNDING[self.rounding, self.round_per]

    def may_expire(self, merchant_category: str) -> bool:
        return self.purse == "base" and merchant_category == "airline"  # miles

    def problems(self, conditions: Conditions) -> Iterator[Problem]:
        if self.points * CLEARING_VALUE_FEN >= self.per_fen:
            yield Problem("points", "rate_too_high", _("The points would be worth more than what is paid."))

    @property
    def group(self) -> RuleGroup["Rate"]:
        return RATES

    def points_for(self, amount_fen: int) -> int:
        exact = amount_fen * self.points
        if self.rounding == "floor":
            return exact // self.per_fen
        if self.rounding == "ceil":
            return -(-exact // self.per_fen)
        return (2 * exact + self.per_fen) // (2 * self.per_fen)

    def points_for_lines(self, lines: tuple[Line, ...]) -> int:
        amounts = [line.amount_fen for line in lines]
        if self.round_per == "order":
            return self.points_for(sum(amounts))
        return sum([self.points_for(amount_fen) for amount_fen in amounts])


def _awards(rules: Sequence[tuple[Rule, Rate]], occasion: Occasion) -> list[Award]:
    left: dict[PurseName, tuple[Line, ...]] = {}  # by purse, once an exclusive rate has taken goods away
    for index, (rule, rate) in enumerate(rules):
        definition = rule.definition
        if not fits(rule, occasion):
            continue
        lines = None
        if rate.purse in left or definition.conditions.choose_goods:
            lines = definition.conditions.choose(left.get(rate.purse, occasion.lines))
        points = _points(rate, lines, occasion)
        note = _note(rate, lines)
        if definition.stacking == "exclusive" and lines != ():
            claimed = occasion.lines if lines is None else lines
            rivals = [other for other, others in rules[index + 1 :] if others.purse == rate.purse]
            note |= over(other for other in rivals if _claims_any(other, claimed, occasion))
            left[rate.purse] = tuple(line for line in left.get(rate.purse, occasion.lines) if line not in claimed)
        elif not points:
            continue
        granted = award(rule, occasion, points, "rate", rate.purse, _lot_kind(rule, rate), note=note)
        occasion.earned.append(Earned(granted, lines, rate.points_for_lines))
    return [earned.award for earned in occasion.earned]


def _points(rate: Rate, lines: tuple[Line, ...] | None, occasion: Occasion) -> int:
    if lines is None and rate.round_per == "order":
        return rate.points_for(occasion.purchase.amount_fen)
    return rate.points_for_lines(occasion.lines if lines is None else lines)


def _note(rate: Rate, lines: tuple[Line, ...] | None) -> dict[str, Any]:
    note: dict[str, Any] = {"rate": f"{rate.points}/{rate.per_fen}"}
    if lines is not None:  # the amount of the whole order is stored in the act
        note["fen"] = sum([line.amount_fen for line in lines])
    if rate.rounding != "floor" or rate.round_per != "order":
        note |= {"rounding": rate.rounding, "round_per": rate.round_per}
    return note


def _lot_kind(rule: Rule, rate: Rate) -> LotKindName:
    """Only an airline may publish a rate whose points end (`Rate.may_expire`); in the ledger they are miles."""
    if rate.purse == "green":
        return "green"
    return "miles" if rule.definition.lot.ends else "spend"


def _claims_any(rule: Rule, lines: tuple[Line, ...], occasion: Occasion) -> bool:
    return fits(rule, occasion) and bool(rule.definition.conditions.choose(lines))


RATES: Final[RuleGroup[Rate]] = RuleGroup(rank=10, awards=_awards)
