"""The clawback of a return, by the versions of the rules that applied to the purchase (SPEC §3).

Points granted − award on the goods kept − earlier clawbacks, purse by purse. Consequences:

- An award keeps at most the points granted, so points that a cap cut off are taken back last.
- A rule that a better one displaced is evaluated again: an order that falls below the minimum of the double rate keeps
  the points of the plain rate.
- The once-only key of a first purchase stays used, else buy, spend, return, repeat.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from points.purchase import Line, Purchase
from points.rules.awards import Award, PurseName
from points.rules.evaluation import award_for
from points.rules.rule_set import RuleSet


class ReturnExceedsPurchase(ValueError):
    """More comes back than was bought: money, pieces of an SKU, or goods that were never on the receipt."""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Pieces of one SKU that came back, and the money given back for them."""

    sku: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Return:
    """A return by lines, or, when it has none, by an amount alone."""

    amount_fen: int
    lines: tuple[ReturnedLine, ...] = ()


def frozen_versions(awards: Iterable[Award]) -> frozenset[tuple[int, int]]:
    """(rule id, version) of all that applied to the purchase, to be loaded for `RuleSet.frozen`."""
    named: set[tuple[int, int]] = set()
    for award in awards:
        named.add((award.rule_id, award.rule_version))
        named.update((rule_id, version) for rule_id, version in award.note.get("over", ()))
    return frozenset(named)


def kept_of(purchase: Purchase, returns: Sequence[Return]) -> Purchase:
    """The purchase less *all* its returns, this one included; their order plays no part.

    Goods that came back by line leave first. Amounts without lines are then spread over the lines that are left, in
    proportion (of equals the earlier line keeps the odd fen), and no piece counts as returned: the return states
    only an amount. Raises ReturnExceedsPurchase.
    """
    if not purchase.lines and any(one.lines for one in returns):
        raise ReturnExceedsPurchase("the purchase has no lines")
    amount_fen = purchase.amount_fen - sum(
        sum(line.amount_fen for line in one.lines) if one.lines else one.amount_fen for one in returns
    )
    if amount_fen < 0:
        raise ReturnExceedsPurchase(f"{-amount_fen} fen more than was paid")
    lines = list(purchase.lines)
    for one in returns:
        for returned in one.lines:
            lines = _without(lines, returned)
    loose_fen = sum(one.amount_fen for one in returns if not one.lines)
    return replace(purchase, amount_fen=amount_fen, lines=_reduced(lines, loose_fen))


def clawback_for(
    *, frozen: RuleSet, purchase: Purchase, kept: Purchase, granted: Sequence[Award], earlier: Sequence[int]
) -> tuple[int, ...]:
    """Points to take back from each granted award, never negative; `earlier` is what former returns took from each.

    `granted` are the awards as booked, after caps. Goods' labels are those of the day of purchase. Over any number of
    returns an award gives back at most what it granted, and after a full return everything.
    """
    before, after = _points_by_award(award_for(frozen, purchase)), _points_by_award(award_for(frozen, kept))
    gained: Counter[PurseName] = Counter()
    for key, points in after.items():
        gained[key[0]] += max(0, points - before[key])
    lost = [max(0, award.points - after[_key(award)]) for award in granted]
    due: Counter[PurseName] = Counter()
    for award, points, taken in zip(granted, lost, earlier, strict=True):
        due[award.purse] += points - taken
    due.subtract(gained)
    clawbacks = []
    for award, points, taken in zip(granted, lost, earlier, strict=True):
        clawback = max(0, min(points - taken, due[award.purse]))
        due[award.purse] -= clawback
        clawbacks.append(clawback)
    return tuple(clawbacks)


_Key = tuple[PurseName, int, int, str]


def _key(award: Award) -> _Key:
    return award.purse, award.rule_id, award.rule_version, award.note.get("sku", "")


def _points_by_award(awards: Iterable[Award]) -> Counter[_Key]:
    points: Counter[_Key] = Counter()
    for award in awards:
        points[_key(award)] += award.points
    return points


def _without(lines: list[Line], returned: ReturnedLine) -> list[Line]:
    """The lines less the returned pieces, taken from the first line of that SKU first."""
    quantity, amount_fen = returned.quantity, returned.amount_fen
    kept = []
    for line in lines:
        if line.sku == returned.sku:
            pieces, fen = min(quantity, line.quantity), min(amount_fen, line.amount_fen)
            quantity, amount_fen = quantity - pieces, amount_fen - fen
            line = replace(line, quantity=line.quantity - pieces, amount_fen=line.amount_fen - fen)
        kept.append(line)
    if quantity or amount_fen:
        raise ReturnExceedsPurchase(f"more of {returned.sku} than was bought")
    return kept


def _reduced(lines: list[Line], fen: int) -> tuple[Line, ...]:
    """The lines less `fen`, each keeping its share of what is left, by the highest averages (D'Hondt): unlike with the
    largest remainder no line regains a fen when more comes back, so returns in parts end where one return ends."""
    total = sum(line.amount_fen for line in lines)
    if not fen or not total:
        return tuple(lines)
    kept = [line.amount_fen * (total - fen) // total for line in lines]
    for _ in range(total - fen - sum(kept)):
        averages = [Fraction(line.amount_fen, share + 1) for line, share in zip(lines, kept, strict=True)]
        kept[averages.index(max(averages))] += 1
    return tuple(replace(line, amount_fen=share) for line, share in zip(lines, kept, strict=True))
