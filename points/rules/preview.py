"""The points a purchase would earn by the draft of a rule. Nothing is written and no member is read."""

from datetime import datetime
from typing import Any

from points.models import EarningRule
from points.purchase import Line, Purchase
from points.rules import awards, evaluation, rulebook
from points.rules.effect import Definition, Rule
from points.rules.rule_set import RuleSet
from points.rules.types import Conditions


def awards_of(
    *,
    rule: EarningRule,
    definition: Definition,
    starts_at: datetime,
    ends_at: datetime | None,
    amount_fen: int,
    moment: datetime,
) -> list[dict[str, Any]]:
    """The awards, in the JSON of a booked act, of one purchase at the moment the draft comes into force.

    They follow from the draft and the merchant's other rules in force then. Caps and once-only keys are ignored.
    """
    others = rulebook.rules_of(rule.merchant_id)
    version = 1 + max((one.version for one in others if one.id == rule.pk), default=0)
    draft = Rule(rule.pk, version, rule.code, rule.merchant_id, starts_at, ends_at, definition)
    compiled = RuleSet.compiled(rule.merchant_id, [*others, draft])
    at = max(starts_at, moment)
    granted = awards.to_json(evaluation.award_for(compiled, _purchase(definition.conditions, amount_fen, at)))
    # An award of 0 points with a once-only key uses the key up, which the sentence of the award discloses.
    return [award for award in granted if award["points"] or "once" in award]


def _purchase(conditions: Conditions, amount_fen: int, at: datetime) -> Purchase:
    """A purchase of the goods the rule is about, at the place it is about."""
    wanted = conditions.include
    line = Line(
        sku=min(wanted.skus, default="SAMPLE"),
        category=min(wanted.categories, default=None),
        quantity=1,
        amount_fen=amount_fen,
        labels=frozenset(label.replace("*", "sample") for label in wanted.labels),
    )
    return Purchase(
        occurred_at=at,
        amount_fen=amount_fen,
        store_id=min(conditions.stores, default=None),
        channel=min(conditions.channels, default=None),
        lines=(line,),
    )
