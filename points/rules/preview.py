"""What a purchase would earn if a rule said something else; nothing is written and no member is asked."""

from datetime import datetime
from typing import Any

from points.models import EarningRule
from points.rules import awards, evaluation, rulebook
from points.rules.types import Conditions, Definition


def awards_of(
    *,
    rule: EarningRule,
    definition: Definition,
    starts_at: datetime,
    ends_at: datetime | None,
    amount_fen: int,
    moment: datetime,
) -> list[dict[str, Any]]:
    """The awards, in the form of a booked act's, of one purchase at the moment the draft comes into force: by the draft
    and the merchant's other rules as they hold then. Caps and once-only keys are not weighed."""
    others = rulebook.rules_of(rule.merchant_id)
    version = 1 + max((one.version for one in others if one.id == rule.pk), default=0)
    draft = evaluation.Rule(rule.pk, version, rule.code, rule.merchant_id, starts_at, ends_at, definition)
    compiled = evaluation.RuleSet.compiled(rule.merchant_id, [*others, draft])
    at = max(starts_at, moment)
    granted = awards.to_json(evaluation.award_for(compiled, _purchase(definition.conditions, amount_fen, at)))
    return [award for award in granted if award["points"] or award["reason"] == "first_purchase_missed"]


def _purchase(conditions: Conditions, amount_fen: int, at: datetime) -> evaluation.Purchase:
    """A purchase of the goods the rule is about, at the place it is about."""
    wanted = conditions.include
    line = evaluation.Line(
        sku=min(wanted.skus, default="SAMPLE"),
        category=min(wanted.categories, default=None),
        quantity=1,
        amount_fen=amount_fen,
        labels=frozenset(label.replace("*", "sample") for label in wanted.labels),
    )
    return evaluation.Purchase(
        occurred_at=at,
        amount_fen=amount_fen,
        store_id=min(conditions.stores, default=None),
        channel=min(conditions.channels, default=None),
        lines=(line,),
    )
