"""The rules of one merchant, compiled: which versions hold together at a moment, sorted by what they do.

Compiled once and asked for every purchase, so sorting and judging of windows happens here and not per purchase.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from points.rules import stacking
from points.rules.types import Birthday, Bonus, Definition, FirstPurchase, Green, Line, Multiplier, Rate, SignUp

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid order. `amount_fen` is what was paid with money; lines, where there are any, sum to it."""

    occurred_at: datetime
    amount_fen: int
    store_id: int | None = None
    channel: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What rules may ask about the buyer; read only when `needs_member_facts` says so."""

    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A reason for points without a purchase. `subject` names whose birthday it is when it is not the member's own."""

    kind: Literal["sign_up", "member_birthday", "pet_birthday"]
    occurred_at: datetime
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule, in force in [starts_at, ends_at) unless a later version of the same rule starts sooner."""

    id: int
    version: int
    code: str
    merchant_id: int
    starts_at: datetime
    ends_at: datetime | None
    definition: Definition


@dataclass(frozen=True, slots=True)
class Plan:
    """The versions in force together, sorted by what they do, each kind in order of priority, then id."""

    rates: tuple[tuple[Rule, Rate], ...] = ()
    multipliers: tuple[tuple[Rule, stacking.Factor], ...] = ()
    bonuses: tuple[tuple[Rule, Bonus | Birthday], ...] = ()
    first_purchases: tuple[tuple[Rule, FirstPurchase], ...] = ()
    greens: tuple[tuple[Rule, Green], ...] = ()
    sign_ups: tuple[tuple[Rule, SignUp], ...] = ()
    birthdays: tuple[tuple[Rule, Birthday], ...] = ()
    asks_birthday: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All versions of one merchant's rules, compiled: which plan holds between which moments."""

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
        """Exactly these versions, whenever: a return is judged by the versions of its purchase.
        What they asked about the member held then, so it is not asked again."""
        return cls(merchant_id, (_plan(rules),), is_frozen=True)

    def plan_at(self, moment: datetime) -> Plan:
        return self.plans[bisect_right(self.boundaries, moment)]


def needs_member_facts(ruleset: RuleSet) -> bool:
    """Whether any version asks about the buyer. If not, nobody need look the member up."""
    return any(plan.asks_birthday for plan in ruleset.plans)


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
    """After this a lot would be dead at birth, because its fixed last day comes before it can be used."""
    lot = rule.definition.lot
    if lot.expires_on is None:
        return None
    return midnight_after(lot.expires_on) - timedelta(days=lot.pending_days)


def _plan(rules: Iterable[Rule]) -> Plan:
    ordered = sorted(rules, key=lambda rule: (-rule.definition.priority, rule.id))
    birthdays = _of_kind(ordered, Birthday)
    bought = [(rule, effect) for rule, effect in birthdays if effect.trigger == "purchase"]
    factors = [(rule, effect.percent, effect.purse) for rule, effect in _of_kind(ordered, Multiplier)]
    factors += [(rule, effect.percent, "base") for rule, effect in bought if effect.percent is not None]
    bonuses: list[tuple[Rule, Bonus | Birthday]] = [*_of_kind(ordered, Bonus)]
    bonuses += [(rule, effect) for rule, effect in bought if effect.points is not None]
    return Plan(
        rates=tuple(_of_kind(ordered, Rate)),
        multipliers=tuple(
            (rule, stacking.Factor(percent, purse, rule.definition.stacking))
            for rule, percent, purse in sorted(factors, key=lambda found: ordered.index(found[0]))
        ),
        bonuses=tuple(sorted(bonuses, key=lambda found: ordered.index(found[0]))),
        first_purchases=tuple(_of_kind(ordered, FirstPurchase)),
        greens=tuple(_of_kind(ordered, Green)),
        sign_ups=tuple(_of_kind(ordered, SignUp)),
        birthdays=tuple((rule, effect) for rule, effect in birthdays if effect.trigger == "event"),
        asks_birthday=bool(bought),
    )


_E = TypeVar("_E")


def _of_kind(rules: Iterable[Rule], kind: type[_E]) -> list[tuple[Rule, _E]]:
    return [(rule, rule.definition.effect) for rule in rules if isinstance(rule.definition.effect, kind)]


@lru_cache(maxsize=1024)
def midnight_after(day: date) -> datetime:
    """The end of a Shanghai day, as a moment."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
