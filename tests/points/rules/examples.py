"""Rules that the tests of pure modules share: those of the Stationer, merchant 3, in November 2026."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from points.purchase import Line, Purchase
from points.rules import evaluation
from points.rules.effect import Rule
from points.rules.rule_json import parse
from points.rules.rule_set import RuleSet
from points.rules.types import MemberFacts

STATIONER = 3
SHANGHAI = timezone(timedelta(hours=8))
OPENING = datetime(2026, 1, 1, tzinfo=SHANGHAI)
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)  # a Sunday

RATE = {"kind": "rate", "points": 1, "per_fen": 100}
DOUBLE = {"kind": "multiplier", "percent": 200}
FIRST = {"kind": "first_purchase", "points": 200, "threshold_fen": 10_000}


def rule(
    definition: dict[str, Any],
    *,
    id: int = 1,
    version: int = 1,
    starts_at: datetime = OPENING,
    ends_at: datetime | None = None,
) -> Rule:
    return Rule(id, version, f"rule-{id}", STATIONER, starts_at, ends_at, parse(definition))


def book(*definitions: dict[str, Any]) -> RuleSet:
    """The rules in force since the opening, numbered from 1."""
    return RuleSet.compiled(STATIONER, [rule(one, id=number) for number, one in enumerate(definitions, 1)])


def paid(amount_fen: int, *, at: datetime = NOON, **fields: Any) -> Purchase:
    return Purchase(occurred_at=at, amount_fen=amount_fen, **fields)


def basket(*lines: Line, **fields: Any) -> Purchase:
    return paid(sum(line.amount_fen for line in lines), lines=lines, **fields)


def line(sku: str, amount_fen: int, quantity: int = 1, category: str | None = None, labels: str = "") -> Line:
    return Line(sku, quantity, amount_fen, category, frozenset(labels.split()))


def points(ruleset: RuleSet, purchase: Purchase, member: MemberFacts | None = None) -> list[int]:
    return [award.points for award in evaluation.award_for(ruleset, purchase, member)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
