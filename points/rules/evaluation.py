"""Which points a purchase earns, by which rules, and why. Pure: rules and facts in, candidate awards out.

Preview, booking, import and return all call `award_for`, so they cannot disagree. It is asked thousands of times a
second: Shanghai's clock is read only for a rule that asks the day, and the lines only for a rule about goods.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from points.rules import stacking
from points.rules.awards import Award, Cap, LotKindName, PurseName, from_json, to_json
from points.rules.rule_set import (
    SHANGHAI,
    Event,
    MemberFacts,
    Plan,
    Purchase,
    Rule,
    RuleSet,
    midnight_after,
    needs_member_facts,
)
from points.rules.types import Birthday, Bonus, CapTerm, FirstPurchase, Line, Rate

__all__ = [
    "Award",
    "Cap",
    "Event",
    "Line",
    "MemberFacts",
    "Purchase",
    "Rule",
    "RuleSet",
    "award_for",
    "award_for_event",
    "birthday_in",
    "from_json",
    "needs_member_facts",
    "to_json",
]


class _Occasion:
    """A purchase or event while it is judged: Shanghai's clock and the whole order as lines, read once if at all."""

    __slots__ = ("_lines", "_local", "birthday", "facts_hold", "merchant_id", "moment", "purchase")

    def __init__(self, ruleset: RuleSet, purchase: Purchase, member: MemberFacts | None = None) -> None:
        self.merchant_id = ruleset.merchant_id
        self.facts_hold = ruleset.is_frozen
        self.purchase = purchase
        self.moment = purchase.occurred_at
        self.birthday = None if member is None else member.birthday
        self._local: datetime | None = None
        self._lines: tuple[Line, ...] | None = None

    @property
    def local(self) -> datetime:
        if self._local is None:
            self._local = self.moment.astimezone(SHANGHAI)
        return self._local

    @property
    def lines(self) -> tuple[Line, ...]:
        if self._lines is None:
            purchase = self.purchase
            self._lines = purchase.lines or (Line("", None, 1, purchase.amount_fen),)
        return self._lines


def award_for(ruleset: RuleSet, purchase: Purchase, member: MemberFacts | None = None) -> tuple[Award, ...]:
    """The awards of a purchase before caps and once-only keys are judged. Pass `member` if `needs_member_facts`.

    The order in which rules are listed plays no part: only their priority, and their ids among equals.
    """
    plan = ruleset.plan_at(purchase.occurred_at)
    occasion = _Occasion(ruleset, purchase, member)
    earned = _rate_awards(plan, occasion)
    awards = [award for award, _, _ in earned]
    if plan.multipliers:
        awards += _multiplier_awards(plan, earned, occasion)
    if plan.bonuses:
        awards += _bonus_awards(plan, occasion)
    if plan.first_purchases:
        awards.append(_first_purchase_award(plan, occasion))
    if plan.greens:
        awards += _green_awards(plan, occasion)
    return tuple(awards)


def award_for_event(ruleset: RuleSet, event: Event) -> tuple[Award, ...]:
    """The awards of joining, or of a birthday that has come. Each carries a once-only key: joining once per member and
    merchant, a birthday once a year for each rule and subject."""
    plan = ruleset.plan_at(event.occurred_at)
    occasion = _Occasion(ruleset, Purchase(event.occurred_at, 0))
    if event.kind == "sign_up":
        return tuple(
            _award(rule, occasion, effect.points, "sign_up", once_key=f"sign-up:{ruleset.merchant_id}")
            for rule, effect in plan.sign_ups[:1]
        )
    whose = "pet" if event.kind == "pet_birthday" else "member"
    return tuple(
        _birthday_award(rule, effect.points, occasion, event.subject)
        for rule, effect in plan.birthdays
        if effect.whose == whose and effect.points
    )


def birthday_in(born_on: date, year: int) -> date:
    """The day a birthday is kept. Who was born on 29 February keeps it on the 28th of a common year, because a
    birthday month is then the same every year."""
    if (born_on.month, born_on.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
        return date(year, 2, 28)
    return born_on.replace(year=year)


_Earned = tuple[Award, Rate, tuple[Line, ...] | None]


def _rate_awards(plan: Plan, occasion: _Occasion) -> list[_Earned]:
    """Each rate's award, with the lines it counted (None: the whole order)."""
    earned: list[_Earned] = []
    left: dict[PurseName, tuple[Line, ...]] = {}  # by purse, once an exclusive rate has taken goods away
    for index, (rule, rate) in enumerate(plan.rates):
        definition = rule.definition
        if not _fits(rule, occasion):
            continue
        if rate.purse not in left and not definition.conditions.choose_goods:
            lines, fen = None, occasion.purchase.amount_fen
        else:
            lines = definition.conditions.choose(left.get(rate.purse, occasion.lines))
            fen = sum([line.amount_fen for line in lines])
        points = _rate_points(rate, lines, fen, occasion)
        note: dict[str, Any] = {"rate": f"{rate.points}/{rate.per_fen}"}
        if lines is not None:  # else the whole order, whose amount the act tells
            note["fen"] = fen
        if rate.rounding != "floor" or rate.round_per != "order":
            note |= {"rounding": rate.rounding, "round_per": rate.round_per}
        if definition.stacking == "exclusive" and lines != ():
            claimed = occasion.lines if lines is None else lines
            rivals = [other for other, others in plan.rates[index + 1 :] if others.purse == rate.purse]
            note |= _over(other for other in rivals if _claims_any(other, claimed, occasion))
            left[rate.purse] = tuple(line for line in left.get(rate.purse, occasion.lines) if line not in claimed)
        elif not points:
            continue
        earned.append(
            (_award(rule, occasion, points, "rate", rate.purse, _kind_earned(rule, rate), note=note), rate, lines)
        )
    return earned


def _kind_earned(rule: Rule, rate: Rate) -> LotKindName:
    """Only an airline may publish a rate whose points end (`rule_law`); in the books they are miles."""
    if rate.purse == "green":
        return "green"
    return "miles" if rule.definition.lot.ends else "spend"


def _claims_any(rule: Rule, lines: tuple[Line, ...], occasion: _Occasion) -> bool:
    return _fits(rule, occasion) and bool(rule.definition.conditions.choose(lines))


def _rate_points(rate: Rate, lines: tuple[Line, ...] | None, fen: int, occasion: _Occasion) -> int:
    if rate.round_per == "order":
        return rate.points_for(fen)
    return sum([rate.points_for(line.amount_fen) for line in (occasion.lines if lines is None else lines)])


def _multiplier_awards(plan: Plan, earned: list[_Earned], occasion: _Occasion) -> list[Award]:
    fitting = [(rule, factor) for rule, factor in plan.multipliers if _fits(rule, occasion)]
    extras: dict[int, stacking.Extra] = {}
    for award, rate, lines in earned:
        rivals = [(rule, factor) for rule, factor in fitting if factor.purse == award.purse]
        if not rivals:
            continue
        if not any(rule.definition.conditions.choose_goods for rule, _ in rivals):
            groups = {tuple(range(len(rivals))): award.points}
        else:
            groups = _points_by_rivals(rivals, rate, occasion.lines if lines is None else lines, occasion)
        for indexes, base in groups.items():
            stacking.multiply(base, [(rivals[index][0].id, rivals[index][1]) for index in indexes], extras)
    awards = []
    for rule, factor in fitting:
        extra = extras.get(rule.id)
        # A step of 0 points is kept beside others, because it raised what they multiplied and a return asks for it.
        if extra is not None and (extra.points or len(extras) > 1):
            note = {"base": extra.base, "percent": factor.percent}
            note |= _over(other for other, _ in fitting if other.id in extra.over)
            kind: LotKindName = "bonus" if factor.purse == "base" else "green"
            awards.append(_award(rule, occasion, extra.points, "multiplier", factor.purse, kind, note=note))
    return awards


def _points_by_rivals(
    rivals: list[tuple[Rule, stacking.Factor]], rate: Rate, lines: tuple[Line, ...], occasion: _Occasion
) -> dict[tuple[int, ...], int]:
    """A multiplier for some goods multiplies what these goods alone would earn: lines are grouped by who multiplies
    them, and each group is rounded as the rate says."""
    grouped: dict[tuple[int, ...], list[Line]] = {}
    for line in lines:
        who = tuple(i for i, (rule, _) in enumerate(rivals) if rule.definition.conditions.choose((line,)))
        if who:
            grouped.setdefault(who, []).append(line)
    return {
        who: _rate_points(rate, tuple(group), sum([line.amount_fen for line in group]), occasion)
        for who, group in grouped.items()
    }


def _bonus_awards(plan: Plan, occasion: _Occasion) -> list[Award]:
    candidates: dict[PurseName, list[tuple[Award, Rule]]] = {}
    for rule, effect in plan.bonuses:
        paid = [line for line in rule.definition.conditions.choose(occasion.lines) if line.amount_fen]
        if not paid or not _fits(rule, occasion):
            continue
        if isinstance(effect, Birthday):
            award = _birthday_award(rule, effect.points, occasion)
        else:
            award = _bonus_award(rule, effect, sum([line.quantity for line in paid]), occasion)
        candidates.setdefault(award.purse, []).append((award, rule))
    return [award for found in candidates.values() for award in _settled(found)]


def _settled(candidates: list[tuple[Award, Rule]]) -> list[Award]:
    counting, winner, beaten = stacking.settle(
        candidates, lambda one: one[1].definition.stacking, lambda one: one[0].points
    )
    over = _over(rule for _, rule in beaten)
    return [replace(one[0], note={**one[0].note, **over}) if over and one is winner else one[0] for one in counting]


def _bonus_award(rule: Rule, bonus: Bonus, items: int, occasion: _Occasion) -> Award:
    kind: LotKindName = "bonus" if bonus.purse == "base" else "green"
    if bonus.per == "order":
        return _award(rule, occasion, bonus.points, "bonus", bonus.purse, kind)
    note = {"items": items, "each": bonus.points}
    return _award(rule, occasion, bonus.points * items, "bonus", bonus.purse, kind, note=note)


def _birthday_award(rule: Rule, points: int | None, occasion: _Occasion, subject: str | None = None) -> Award:
    year = occasion.local.year
    whose = "" if subject is None else f":{subject}"
    note: dict[str, Any] = {"year": year} if subject is None else {"year": year, "subject": subject}
    return _award(rule, occasion, points or 0, "birthday", once_key=f"birthday:{rule.id}:{year}{whose}", note=note)


def _first_purchase_award(plan: Plan, occasion: _Occasion) -> Award:
    """One award, perhaps of 0 points, because the first purchase uses the key up even when it earns nothing."""
    reached = [(rule, effect) for rule, effect in plan.first_purchases if _reaches(rule, effect, occasion)]
    rule, effect = max(reached or plan.first_purchases[:1], key=lambda found: found[1].points)
    note = {"threshold_fen": effect.threshold_fen} | _over(other for other, _ in reached if other is not rule)
    once_key = f"first-purchase:{rule.merchant_id}"
    if not reached:
        return _award(rule, occasion, 0, "first_purchase_missed", once_key=once_key, note=note)
    return _award(rule, occasion, effect.points, "first_purchase", once_key=once_key, note=note)


def _reaches(rule: Rule, effect: FirstPurchase, occasion: _Occasion) -> bool:
    fen = sum([line.amount_fen for line in rule.definition.conditions.choose(occasion.lines)])
    return fen > 0 and fen >= effect.threshold_fen and _fits(rule, occasion)


def _green_awards(plan: Plan, occasion: _Occasion) -> list[Award]:
    awards = []
    for rule, green in plan.greens:
        if not _fits(rule, occasion):
            continue
        goods: dict[str, list[Line]] = {}
        for line in rule.definition.conditions.choose(occasion.lines):
            if line.amount_fen:
                goods.setdefault(line.sku, []).append(line)
        for sku, lines in goods.items():
            note: dict[str, Any]
            fen, items = sum([line.amount_fen for line in lines]), sum([line.quantity for line in lines])
            if green.per_fen is None:
                points, note = green.points * items, {"sku": sku, "items": items, "each": green.points}
            else:
                points = fen * green.points // green.per_fen
                note = {"sku": sku, "fen": fen, "rate": f"{green.points}/{green.per_fen}"}
            if points:
                awards.append(_award(rule, occasion, points, "green", "green", "green", note=note))
    return awards


def _fits(rule: Rule, occasion: _Occasion) -> bool:
    """Place, time, birthday and minimum; the goods are chosen line by line."""
    conditions, purchase = rule.definition.conditions, occasion.purchase
    if conditions.choose_place and not conditions.allow_place(purchase.store_id, purchase.channel):
        return False
    if conditions.choose_time and not conditions.allow_time(occasion.local):
        return False
    effect = rule.definition.effect
    if effect.__class__ is Birthday and not _has_birthday(effect, occasion):
        return False
    if not conditions.minimum_fen:
        return True
    if conditions.minimum_of == "order":
        return purchase.amount_fen >= conditions.minimum_fen
    return sum([line.amount_fen for line in conditions.choose(occasion.lines)]) >= conditions.minimum_fen


def _has_birthday(effect: Birthday, occasion: _Occasion) -> bool:
    if occasion.facts_hold:
        return True
    if occasion.birthday is None:
        return False
    today = occasion.local.date()
    if effect.on == "month":
        return occasion.birthday.month == today.month
    return birthday_in(occasion.birthday, today.year) == today


def _over(rules: Iterable[Rule]) -> dict[str, Any]:
    named = [[rule.id, rule.version] for rule in rules]
    return {"over": named} if named else {}


def _award(
    rule: Rule,
    occasion: _Occasion,
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


_WINDOWS: Final = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "campaign": "campaign"}


def _cap(term: CapTerm, rule: Rule, occasion: _Occasion) -> Cap:
    key = {
        "rule": f"rule:{rule.id}",
        "campaign": f"campaign:{rule.merchant_id}:{rule.definition.campaign}",
        "merchant": f"merchant:{rule.merchant_id}",
    }[term.scope]
    return Cap(key, occasion.local.strftime(_WINDOWS[term.window]), term.limit, term.per == "member")
