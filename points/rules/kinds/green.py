"""Green points for labelled goods, in addition to base points: for every piece (`per_fen` null), or by amount.

{"kind": "green", "points": 20, "per_fen": null}

Each SKU gets its own award, so that the lot can name the goods. The note holds `sku` and either `items`, the number of
pieces, and `each`, the points for one, or `fen`, the eligible amount, and `rate` ("points/fen").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from points.purchase import Line
from points.rules.awards import Award, PurseName
from points.rules.effect import Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import PER_YUAN, POINTS, Field
from points.rules.granting import award, fits
from points.rules.reader import MAX_FEN, MAX_POINTS, Problem, Reader
from points.rules.text import Number, Points, Text, Yuan, _
from points.rules.types import Conditions


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    if "each" in note:
        return _(
            "%(rule)s: %(items)s × %(sku)s, %(each)s each: %(points)s green points.",
            items=note["items"],
            sku=note["sku"],
            each=note["each"],
        )
    points, per_fen = note["rate"].split("/")
    return _(
        "%(rule)s: %(sku)s for %(fen)s yuan at %(rate)s per %(per)s yuan: %(points)s green points.",
        sku=note["sku"],
        fen=Yuan(note["fen"]),
        rate=Number(int(points)),
        per=Yuan(int(per_fen)),
    )


@dataclass(frozen=True, slots=True)
class Green(Effect):
    points: int
    per_fen: int | None = None

    kind: ClassVar[str] = "green"
    label: ClassVar[Text] = _("green points for goods")
    fields: ClassVar[tuple[Field, ...]] = (POINTS, PER_YUAN)
    explanations: ClassVar[Mapping[str, Explanation]] = {"green": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Green":
        return cls(
            points=reader.integer("points", low=1, high=MAX_POINTS),
            per_fen=reader.optional_integer("per_fen", low=1, high=MAX_FEN),
        )

    def sentence(self) -> Text:
        points = Points(self.points, "green")
        if self.per_fen is None:
            return _("Every piece of the goods earns %(points)s.", points=points)
        return _(
            "Every %(yuan)s yuan spent on the goods earns %(points)s.",
            yuan=Yuan(self.per_fen),
            points=points,
        )

    @property
    def purse(self) -> PurseName:
        return "green"

    def may_expire(self, merchant_category: str) -> bool:
        return False

    def problems(self, conditions: Conditions) -> Iterator[Problem]:
        if not conditions.include:
            sentence = _("A green rule must name its goods or their label.")
            yield Problem("conditions.include", "green_without_goods", sentence)

    @property
    def group(self) -> RuleGroup["Green"]:
        return GREENS

    def award_for(self, rule: Rule, occasion: Occasion, sku: str, lines: Sequence[Line]) -> Award | None:
        """The award for the paid lines of one SKU; None if they earn nothing."""
        fen, items = sum([line.amount_fen for line in lines]), sum([line.quantity for line in lines])
        note: dict[str, Any]
        if self.per_fen is None:
            points, note = self.points * items, {"sku": sku, "items": items, "each": self.points}
        else:
            points = fen * self.points // self.per_fen
            note = {"sku": sku, "fen": fen, "rate": f"{self.points}/{self.per_fen}"}
        return award(rule, occasion, points, "green", "green", "green", note=note) if points else None


def _awards(rules: Sequence[tuple[Rule, Green]], occasion: Occasion) -> list[Award]:
    awards = []
    for rule, green in rules:
        if not fits(rule, occasion):
            continue
        goods: dict[str, list[Line]] = {}
        for line in rule.definition.conditions.choose(occasion.lines):
            if line.amount_fen:
                goods.setdefault(line.sku, []).append(line)
        found = [green.award_for(rule, occasion, sku, lines) for sku, lines in goods.items()]
        awards += [one for one in found if one is not None]
    return awards


GREENS: Final[RuleGroup[Green]] = RuleGroup(rank=50, awards=_awards)
