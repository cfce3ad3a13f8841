"""Fixed points for an order that fits, or for every piece of the goods that fit. Free goods count for nothing.

{"kind": "bonus", "points": 50, "purse": "base", "per": "order"}

The note of a bonus per item holds `items`, the number of pieces, and `each`, the points for one; `over` (see
`points.rules.awards.Award`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from points.rules.awards import Award, LotKindName, PurseName
from points.rules.effect import Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import POINTS, PURSE, Field
from points.rules.granting import award
from points.rules.groups import BONUSES, BonusEffect
from points.rules.reader import MAX_POINTS, Reader
from points.rules.text import Points, Text, _
from points.rules.types import Stacking

Per = Literal["order", "item"]


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    if "items" in note:
        return _(
            "%(rule)s: %(items)s pieces, %(each)s points each: %(points)s points.",
            items=note["items"],
            each=note["each"],
        )
    return _("%(rule)s: %(points)s points.")


@dataclass(frozen=True, slots=True)
class Bonus(Effect):
    points: int
    purse: PurseName = "base"
    per: Per = "order"

    kind: ClassVar[str] = "bonus"
    label: ClassVar[Text] = _("bonus for an order or piece")
    fields: ClassVar[tuple[Field, ...]] = (
        POINTS,
        PURSE,
        Field("per", _("bonus for"), "choice", (("order", _("the order")), ("item", _("every piece")))),
    )
    stackings: ClassVar[frozenset[Stacking]] = frozenset({"add", "best", "exclusive"})
    explanations: ClassVar[Mapping[str, Explanation]] = {"bonus": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Bonus":
        return cls(
            purse=reader.choice("purse", get_args(PurseName), "base"),
            points=reader.integer("points", low=1, high=MAX_POINTS),
            per=reader.choice("per", get_args(Per), "order"),
        )

    def sentence(self) -> Text:
        points = Points(self.points, self.purse)
        if self.per == "item":
            return _("Every piece of the goods earns %(points)s.", points=points)
        return _("An order earns %(points)s on top.", points=points)

    @property
    def group(self) -> RuleGroup[BonusEffect]:
        return BONUSES

    def bonus_award(self, rule: Rule, occasion: Occasion, pieces: int) -> Award:
        kind: LotKindName = "bonus" if self.purse == "base" else "green"
        if self.per == "order":
            return award(rule, occasion, self.points, "bonus", self.purse, kind)
        note = {"items": pieces, "each": self.points}
        return award(rule, occasion, self.points * pieces, "bonus", self.purse, kind, note=note)
