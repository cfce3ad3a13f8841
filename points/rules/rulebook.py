"""The earning rules and goods labels of a merchant, compiled and cached in this process.

A purchase reads the merchant's version number from Redis and nothing from the database. Publishing raises the number,
so every process compiles anew at its next purchase; the age limit covers a lost message to Redis.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from points.models import EarningRuleVersion, GoodsLabel
from points.rules import rule_json
from points.rules.effect import Rule
from points.rules.rule_set import RuleSet

log = structlog.get_logger(__name__)

MAX_AGE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    valid_from: datetime
    valid_to: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        return self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules and labels that apply to the purchases of one merchant."""

    rules: RuleSet
    labels: Mapping[str, tuple[Label, ...]]
    version: int
    read_at: datetime

    def labels_of(self, sku: str, moment: datetime) -> frozenset[str]:
        return frozenset(label.name for label in self.labels.get(sku, ()) if label.holds_at(moment))


_books: dict[int, Rulebook] = {}


def of_merchant(merchant_id: int, moment: datetime) -> Rulebook:
    """The merchant's current rulebook; `moment` is now."""
    version = _published_version(merchant_id)
    book = _books.get(merchant_id)
    if book is None or book.version != version or (moment - book.read_at).total_seconds() > MAX_AGE_SECONDS:
        book = _read(merchant_id, version, moment)
        _books[merchant_id] = book
    return book


def rules_of(merchant_id: int) -> list[Rule]:
    """Every version of every rule of the merchant."""
    versions = EarningRuleVersion.objects.filter(rule__merchant_id=merchant_id).select_related("rule")
    return [_rule(row) for row in versions]


def frozen(merchant_id: int, named: Iterable[tuple[int, int]]) -> RuleSet:
    """Exactly these (rule id, version), as they once applied to a purchase."""
    wanted = set(named)
    versions = EarningRuleVersion.objects.filter(
        rule__merchant_id=merchant_id, rule_id__in={rule_id for rule_id, _ in wanted}
    ).select_related("rule")
    return RuleSet.frozen(merchant_id, [_rule(row) for row in versions if (row.rule_id, row.version) in wanted])


def announce_change(merchant_id: int) -> None:
    """Every process reads the merchant's rules again, once the present transaction is committed."""
    transaction.on_commit(lambda: _raise_version(merchant_id))


def _read(merchant_id: int, version: int, moment: datetime) -> Rulebook:
    labels: dict[str, tuple[Label, ...]] = {}
    for row in GoodsLabel.objects.filter(merchant_id=merchant_id):
        labels[row.sku] = (*labels.get(row.sku, ()), Label(row.label, row.valid_from, row.valid_to))
    return Rulebook(RuleSet.compiled(merchant_id, rules_of(merchant_id)), labels, version, moment)


def _rule(row: EarningRuleVersion) -> Rule:
    return Rule(
        id=row.rule_id,
        version=row.version,
        code=row.rule.code,
        merchant_id=row.rule.merchant_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        definition=rule_json.parse(row.definition),
    )


def _key(merchant_id: int) -> str:
    return f"rulebook:{merchant_id}"


def _published_version(merchant_id: int) -> int:
    try:
        return int(cache.get(_key(merchant_id), 0))
    except RedisError as error:
        # Without Redis the age limit alone decides: a new rule is a minute late, and purchases go on.
        log.warning("rulebook_version_unknown", error=type(error).__name__)
        book = _books.get(merchant_id)
        return book.version if book else 0


def _raise_version(merchant_id: int) -> None:
    try:
        cache.add(_key(merchant_id), 0, timeout=None)
        cache.incr(_key(merchant_id))
    except RedisError as error:
        log.warning("rulebook_version_not_raised", error=type(error).__name__)
