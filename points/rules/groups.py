"""Rules of several kinds that are evaluated together: factors, and bonuses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from points.purchase import Line
from points.rules import stacking
from points.rules.awards import Award, LotKindName, PurseName
from points.rules.effect import Earned, Occasion, Rule, RuleGroup
from points.rules.granting import award, fits, over


class FactorEffect(Protocol):
    """Multiplies the points of the rates of one purse; 200 percent is ×2. Extra points are a bonus, rounded down."""

    @property
    def percent(self) -> int | None: ...

    @property
    def purse(self) -> PurseName: ...


class BonusEffect(Protocol):
    """Grants points for an order that fits. Free goods count for nothing."""

    def bonus_award(self, rule: Rule, occasion: Occasion, pieces: int) -> Award:
        """The award for an order in which `pieces` of the rule's goods were paid."""


_Fitting = list[tuple[Rule, stacking.Factor]]


def _factor_awards(rules: Sequence[tuple[Rule, FactorEffect]], occasion: Occasion) -> list[Award]:
    fitting = [
        (rule, stacking.Factor(effect.percent or 100, effect.purse, rule.definition.stacking))
        for rule, effect in rules
        if fits(rule, occasion)
    ]
    extras = _extras(fitting, occasion)
    awards = []
    for rule, factor in fitting:
        extra = extras.get(rule.id)
        # A step of 0 points is stored beside others: it raised what they multiplied, and a return evaluates it again.
        if extra is not None and (extra.points or len(extras) > 1):
            note = {"base": extra.base, "percent": factor.percent}
            note |= over(other for other, _ in fitting if other.id in extra.over)
            kind: LotKindName = "bonus" if factor.purse == "base" else "green"
            awards.append(award(rule, occasion, extra.points, "multiplier", factor.purse, kind, note=note))
    return awards


def _extras(fitting: _Fitting, occasion: Occasion) -> dict[int, stacking.Extra]:
    """The points that each factor adds to those earned, by rule id."""
    extras: dict[int, stacking.Extra] = {}
    for earned in occasion.earned:
        rivals = [(rule, factor) for rule, factor in fitting if factor.purse == earned.award.purse]
        if not rivals:
            continue
        if not any(rule.definition.conditions.choose_goods for rule, _ in rivals):
            groups = {tuple(range(len(rivals))): earned.award.points}
        else:
            groups = _points_by_rivals(rivals, earned, occasion)
        for indexes, base in groups.items():
            stacking.multiply(base, [(rivals[index][0].id, rivals[index][1]) for index in indexes], extras)
    return extras


def _points_by_rivals(rivals: _Fitting, earned: Earned, occasion: Occasion) -> dict[tuple[int, ...], int]:
    """A factor for some goods multiplies the points that these goods alone would earn: lines are grouped by the factors
    that apply to them, and each group is rounded as its rate demands."""
    grouped: dict[tuple[int, ...], list[Line]] = {}
    for line in occasion.lines if earned.lines is None else earned.lines:
        indexes = tuple(i for i, (rule, _) in enumerate(rivals) if rule.definition.conditions.choose((line,)))
        if indexes:
            grouped.setdefault(indexes, []).append(line)
    return {indexes: earned.points_for(tuple(lines)) for indexes, lines in grouped.items()}


def _bonus_awards(rules: Sequence[tuple[Rule, BonusEffect]], occasion: Occasion) -> list[Award]:
    candidates: dict[PurseName, list[tuple[Award, Rule]]] = {}
    for rule, effect in rules:
        paid = [line for line in rule.definition.conditions.choose(occasion.lines) if line.amount_fen]
        if not paid or not fits(rule, occasion):
            continue
        granted = effect.bonus_award(rule, occasion, sum([line.quantity for line in paid]))
        candidates.setdefault(granted.purse, []).append((granted, rule))
    return [granted for found in candidates.values() for granted in _settled(found)]


def _settled(candidates: list[tuple[Award, Rule]]) -> list[Award]:
    counting, winner, beaten = stacking.settle(
        candidates, lambda one: one[1].definition.stacking, lambda one: one[0].points
    )
    instead = over(rule for _, rule in beaten)
    return [
        replace(one[0], note={**one[0].note, **instead}) if instead and one is winner else one[0] for one in counting
    ]


FACTORS: Final[RuleGroup[FactorEffect]] = RuleGroup(rank=20, awards=_factor_awards)
BONUSES: Final[RuleGroup[BonusEffect]] = RuleGroup(rank=30, awards=_bonus_awards)
