"""Points for the member's first purchase at the merchant, if it reaches the threshold.

{"kind": "first_purchase", "points": 200, "threshold_fen": 10000}

A first purchase below the threshold uses up the once-only key too, with an award of 0 points whose reason is
`first_purchase_missed`. The note holds `threshold_fen` and `over` (see `points.rules.awards.Award`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from points.rules.awards import Award
from points.rules.effect import Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import POINTS, Field
from points.rules.granting import award, fits, over
from points.rules.reader import MAX_FEN, MAX_POINTS, Reader
from points.rules.text import Points, Text, Yuan, _


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _(
        "%(rule)s: your first order reached %(threshold)s yuan, %(points)s points.",
        threshold=Yuan(note["threshold_fen"]),
    )


def missed_explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _(
        "%(rule)s: your first order stayed below %(threshold)s yuan, so the gift for it was not earned.",
        threshold=Yuan(note["threshold_fen"]),
    )


@dataclass(frozen=True, slots=True)
class FirstPurchase(Effect):
    points: int
    threshold_fen: int

    kind: ClassVar[str] = "first_purchase"
    label: ClassVar[Text] = _("first purchase")
    fields: ClassVar[tuple[Field, ...]] = (
        POINTS,
        Field("threshold_yuan", _("first order of at least … yuan"), "yuan", definition_name="threshold_fen"),
    )
    explanations: ClassVar[Mapping[str, Explanation]] = {
        "first_purchase": explained,
        "first_purchase_missed": missed_explained,
    }

    @classmethod
    def read(cls, reader: Reader) -> "FirstPurchase":
        return cls(
            points=reader.integer("points", low=1, high=MAX_POINTS),
            threshold_fen=reader.integer("threshold_fen", low=0, high=MAX_FEN),
        )

    def sentence(self) -> Text:
        return _(
            "The first order of at least %(yuan)s yuan earns %(points)s on top, once.",
            yuan=Yuan(self.threshold_fen),
            points=Points(self.points),
        )

    @property
    def group(self) -> RuleGroup["FirstPurchase"]:
        return FIRST_PURCHASES


def _awards(rules: Sequence[tuple[Rule, FirstPurchase]], occasion: Occasion) -> list[Award]:
    """One award, perhaps of 0 points, because the first purchase uses the key up even when it earns nothing."""
    reached = [(rule, effect) for rule, effect in rules if _reaches(rule, effect, occasion)]
    rule, effect = max(reached or rules[:1], key=lambda found: found[1].points)
    note = {"threshold_fen": effect.threshold_fen} | over(other for other, _ in reached if other is not rule)
    once_key = f"first-purchase:{rule.merchant_id}"
    if not reached:
        return [award(rule, occasion, 0, "first_purchase_missed", once_key=once_key, note=note)]
    return [award(rule, occasion, effect.points, "first_purchase", once_key=once_key, note=note)]


def _reaches(rule: Rule, effect: FirstPurchase, occasion: Occasion) -> bool:
    fen = sum([line.amount_fen for line in rule.definition.conditions.choose(occasion.lines)])
    return fen > 0 and fen >= effect.threshold_fen and fits(rule, occasion)


FIRST_PURCHASES: Final[RuleGroup[FirstPurchase]] = RuleGroup(rank=40, awards=_awards)
