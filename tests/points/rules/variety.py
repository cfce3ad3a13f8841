"""A kind of rule that exists in the tests only: points for every different SKU of an order.

{"kind": "variety", "points": 5, "at_least": 3}
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from points.rules.awards import Award
from points.rules.effect import Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import POINTS, Field
from points.rules.granting import award, fits
from points.rules.reader import MAX_POINTS, Problem, Reader
from points.rules.text import Points, Text, _
from points.rules.types import Conditions


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _("%(rule)s: %(skus)s different goods, %(points)s points.", skus=note["skus"])


@dataclass(frozen=True, slots=True)
class Variety(Effect):
    points: int
    at_least: int = 1

    kind: ClassVar[str] = "variety"
    label: ClassVar[Text] = _("variety")
    fields: ClassVar[tuple[Field, ...]] = (POINTS, Field("at_least", _("different goods at least")))
    explanations: ClassVar[Mapping[str, Explanation]] = {"variety": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Variety":
        return cls(
            points=reader.integer("points", low=1, high=MAX_POINTS),
            at_least=reader.integer("at_least", 1, low=1, high=100),
        )

    def sentence(self) -> Text:
        return _("Every different article earns %(points)s.", points=Points(self.points))

    def terms(self) -> Iterator[tuple[Text, Text]]:
        yield _("Different goods"), _("at least %(number)s", number=self.at_least)

    def problems(self, conditions: Conditions) -> Iterator[Problem]:
        if self.at_least > 20:
            yield Problem("at_least", "too_many_goods", _("No basket holds so many different goods."))

    @property
    def group(self) -> RuleGroup["Variety"]:
        return VARIETY


def _awards(rules: Sequence[tuple[Rule, Variety]], occasion: Occasion) -> list[Award]:
    awards = []
    for rule, effect in rules:
        skus = {line.sku for line in rule.definition.conditions.choose(occasion.lines) if line.amount_fen}
        if len(skus) >= effect.at_least and fits(rule, occasion):
            awards.append(award(rule, occasion, effect.points * len(skus), "variety", note={"skus": len(skus)}))
    return awards


VARIETY: Final[RuleGroup[Variety]] = RuleGroup(rank=60, awards=_awards)
