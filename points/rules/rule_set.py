"""The rules of one merchant, compiled: which versions are in force together at a moment, grouped by how they are
evaluated. Compiled once, so that a purchase neither sorts rules nor compares windows.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hongmi.lib.shanghai import midnight_after
from points.rules.effect import Rule, RuleGroup


@dataclass(frozen=True, slots=True)
class Plan:
    """The versions in force together, each group in order of priority, then id."""

    groups: tuple[tuple[RuleGroup[Any], tuple[tuple[Rule, Any], ...]], ...] = ()  # with each rule's effect
    gifts: tuple[Rule, ...] = ()
    needs_member_facts: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All versions of one merchant's rules, compiled: the plan of each period between two boundaries."""

    merchant_id: int
    plans: tuple[Plan, ...]
    boundaries: tuple[datetime, ...] = ()
    is_frozen: bool = False

    @classmethod
    def compiled(cls, merchant_id: int, rules: Iterable[Rule]) -> "RuleSet":
        """Of two versions of a rule the later start wins from its start on; of equal starts, the higher version."""
        spans = _spans(rules)
        boundaries = sorted({moment for start, end, _ in spans for moment in (start, end) if moment is not None})
        plans = [Plan()]
        for moment in boundaries:
            in_force = [rule for start, end, rule in spans if start <= moment and (end is None or moment < end)]
            plans.append(_plan(in_force))
        return cls(merchant_id, tuple(plans), tuple(boundaries))

    @classmethod
    def frozen(cls, merchant_id: int, rules: Iterable[Rule]) -> "RuleSet":
        """Exactly these versions at any moment: a return is evaluated by the versions of its purchase. Their conditions
        about the member were met then and are not checked again."""
        return cls(merchant_id, (_plan(rules),), is_frozen=True)

    def plan_at(self, moment: datetime) -> Plan:
        return self.plans[bisect_right(self.boundaries, moment)]

    @property
    def needs_member_facts(self) -> bool:
        """Whether any version depends on facts about the buyer; if not, no caller needs to read the member."""
        return any(plan.needs_member_facts for plan in self.plans)


_Span = tuple[datetime, datetime | None, Rule]


def _spans(rules: Iterable[Rule]) -> list[_Span]:
    by_rule: dict[int, list[Rule]] = {}
    for rule in rules:
        by_rule.setdefault(rule.id, []).append(rule)
    spans: list[_Span] = []
    for versions in by_rule.values():
        versions.sort(key=lambda rule: (rule.starts_at, rule.version))
        starts = [rule.starts_at.astimezone(UTC) for rule in versions]
        for rule, start, successor in zip(versions, starts, [*starts[1:], None], strict=True):
            ends = [end for end in (rule.ends_at, _last_grant(rule), successor) if end is not None]
            end = min(ends).astimezone(UTC) if ends else None
            if end is None or start < end:
                spans.append((start, end, rule))
    return spans


def _last_grant(rule: Rule) -> datetime | None:
    """After this moment a lot would expire before it can be used, because its last day is fixed."""
    lot = rule.definition.lot
    if lot.expires_on is None:
        return None
    return midnight_after(lot.expires_on) - timedelta(days=lot.pending_days)


def _plan(rules: Iterable[Rule]) -> Plan:
    ordered = sorted(rules, key=lambda rule: (-rule.definition.priority, rule.id))
    grouped: dict[RuleGroup[Any], list[tuple[Rule, Any]]] = {}
    for rule in ordered:
        effect = rule.definition.effect
        if effect.group is not None:
            grouped.setdefault(effect.group, []).append((rule, effect))
    return Plan(
        groups=tuple((group, tuple(grouped[group])) for group in sorted(grouped, key=lambda group: group.rank)),
        gifts=tuple(rule for rule in ordered if rule.definition.effect.is_gift),
        needs_member_facts=any(rule.definition.effect.needs_member_facts for rule in ordered),
    )
