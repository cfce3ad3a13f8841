"""When a rule applies to a purchase, and the award that it grants."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from hongmi.lib.shanghai import midnight_after
from points.rules.awards import Award, Cap, LotKindName, PurseName
from points.rules.effect import Occasion, Rule
from points.rules.types import CapTerm


def fits(rule: Rule, occasion: Occasion) -> bool:
    """Place, time, minimum and the kind's own condition; the goods are chosen line by line."""
    definition, purchase = rule.definition, occasion.purchase
    conditions = definition.conditions
    if conditions.choose_place and not conditions.allow_place(purchase.store_id, purchase.channel):
        return False
    if conditions.choose_time and not conditions.allow_time(occasion.local):
        return False
    if not definition.effect.applies(occasion):
        return False
    if not conditions.minimum_fen:
        return True
    if conditions.minimum_of == "order":
        return purchase.amount_fen >= conditions.minimum_fen
    return sum([line.amount_fen for line in conditions.choose(occasion.lines)]) >= conditions.minimum_fen


def award(
    rule: Rule,
    occasion: Occasion,
    points: int,
    reason: str,
    purse: PurseName = "base",
    kind: LotKindName = "bonus",
    *,
    once_key: str | None = None,
    note: Mapping[str, Any] | None = None,
) -> Award:
    definition, moment = rule.definition, occasion.moment
    lot = definition.lot
    expires_at = None
    if lot.valid_days is not None:
        expires_at = midnight_after(occasion.local.date() + timedelta(days=lot.valid_days))
    elif lot.expires_on is not None:
        expires_at = midnight_after(lot.expires_on)
    return Award(
        purse=purse,
        points=points,
        kind=kind,
        rule_id=rule.id,
        rule_version=rule.version,
        reason=reason,
        usable_from=moment + timedelta(days=lot.pending_days) if lot.pending_days else None,
        expires_at=expires_at,
        earmark=lot.earmark,
        transferable=lot.transferable,
        once_key=once_key,
        caps=tuple([_cap(term, rule, occasion) for term in definition.caps]) if definition.caps else (),
        note={} if note is None else note,
    )


def over(rules: Iterable[Rule]) -> dict[str, Any]:
    """The note of an award that counted instead of these rules."""
    named = [[rule.id, rule.version] for rule in rules]
    return {"over": named} if named else {}


_WINDOWS: Final = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "campaign": "campaign"}


def _cap(term: CapTerm, rule: Rule, occasion: Occasion) -> Cap:
    key = {
        "rule": f"rule:{rule.id}",
        "campaign": f"campaign:{rule.merchant_id}:{rule.definition.campaign}",
        "merchant": f"merchant:{rule.merchant_id}",
    }[term.scope]
    return Cap(key, occasion.local.strftime(_WINDOWS[term.window]), term.limit, term.per == "member")
