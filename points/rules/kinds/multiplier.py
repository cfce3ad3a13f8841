"""Multiplied points: the points that the rates of one purse grant, times `percent` (200 is ×2).

{"kind": "multiplier", "percent": 200, "purse": "base"}

The extra points are a bonus, rounded down. The award's note holds `base`, the points multiplied, `percent`, and `over`
(see `points.rules.awards.Award`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from points.rules.awards import PurseName
from points.rules.effect import Effect, Explanation, RuleGroup
from points.rules.form_fields import PERCENT, PURSE, Field
from points.rules.groups import FACTORS, FactorEffect
from points.rules.reader import MAX_PERCENT, MIN_PERCENT, Reader
from points.rules.text import Factor, Number, Text, _
from points.rules.types import Stacking


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _(
        "%(rule)s: %(base)s points × %(factor)s, %(points)s more.",
        base=Number(note["base"]),
        factor=Factor(note["percent"]),
    )


@dataclass(frozen=True, slots=True)
class Multiplier(Effect):
    percent: int
    purse: PurseName = "base"

    kind: ClassVar[str] = "multiplier"
    label: ClassVar[Text] = _("multiplied points")
    fields: ClassVar[tuple[Field, ...]] = (PERCENT, PURSE)
    stackings: ClassVar[frozenset[Stacking]] = frozenset({"add", "multiply", "best", "exclusive"})
    explanations: ClassVar[Mapping[str, Explanation]] = {"multiplier": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Multiplier":
        return cls(
            purse=reader.choice("purse", get_args(PurseName), "base"),
            percent=reader.integer("percent", low=MIN_PERCENT, high=MAX_PERCENT),
        )

    def sentence(self) -> Text:
        if self.purse == "green":
            return _("A purchase earns %(factor)s times the green points.", factor=Factor(self.percent))
        return _("A purchase earns %(factor)s times the points.", factor=Factor(self.percent))

    @property
    def group(self) -> RuleGroup[FactorEffect]:
        return FACTORS
