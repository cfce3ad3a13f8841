"""Which points a purchase earns, by which rules, and why. Pure: rules and facts in, candidate awards out.

Preview, booking, import and return all call `award_for`, so they cannot disagree. It runs thousands of times a second:
Shanghai's time is computed only for a rule that depends on the day, and the lines only for a rule about goods.
"""

from points.purchase import Purchase
from points.rules.awards import Award
from points.rules.effect import Occasion
from points.rules.rule_set import RuleSet
from points.rules.types import Event, MemberFacts


def award_for(ruleset: RuleSet, purchase: Purchase, member: MemberFacts | None = None) -> tuple[Award, ...]:
    """The awards of a purchase before caps and once-only keys apply. Pass `member` if `ruleset.needs_member_facts`.

    The order in which rules are listed plays no part: only their priority, and their ids among equals.
    """
    occasion = Occasion(ruleset.merchant_id, purchase, member, is_frozen=ruleset.is_frozen)
    awards: list[Award] = []
    for group, rules in ruleset.plan_at(purchase.occurred_at).groups:
        awards += group.awards(rules, occasion)
    return tuple(awards)


def award_for_event(ruleset: RuleSet, event: Event) -> tuple[Award, ...]:
    """The awards of joining, or of a birthday that has come. Each has a once-only key: joining once per member and
    merchant, a birthday once a year for each rule and subject."""
    occasion = Occasion(ruleset.merchant_id, Purchase(event.occurred_at, 0))
    awards: dict[str | None, Award] = {}
    for rule in ruleset.plan_at(event.occurred_at).gifts:
        award = rule.definition.effect.event_award(rule, occasion, event)
        if award is not None:
            awards.setdefault(award.once_key, award)
    return tuple(awards.values())
