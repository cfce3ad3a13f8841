"""The parts of a member's points under a condition: expiring, pending, earmarked, held or owed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, Sum

from merchants.models import Merchant
from points.models import Debt, Hold, Lot
from points.types import Purse


@dataclass(frozen=True, slots=True)
class Part:
    """Points of one purse and merchant; `at` is when they end or can be used, `what` their earmark."""

    points: int
    purse: Purse
    merchant: Merchant
    at: datetime | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    expiring: Sequence[Part]
    pending: Sequence[Part]
    earmarked: Sequence[Part]
    held: Sequence[Part]
    owed: Sequence[Part]

    @property
    def is_plain(self) -> bool:
        """Everything can be used on anything, for ever."""
        return not (self.expiring or self.pending or self.earmarked or self.held or self.owed)


def parts(*, member_id: int, moment: datetime) -> Parts:
    """Both purses at `moment`, soonest first."""
    lots = Lot.objects.filter(member_id=member_id, is_open=True).filter(Q(expires_at=None) | Q(expires_at__gt=moment))
    found = (
        lots.exclude(expires_at=None, usable_from__lte=moment, earmark=None)
        .values_list("purse", "issuer_id", "expires_at", "usable_from", "earmark")
        .annotate(points=Sum("remaining"))
        .order_by("expires_at", "usable_from")
    )
    rows = list(found)
    holds = list(Hold.objects.filter(member_id=member_id, is_open=True, expires_at__gt=moment).select_related("act"))
    debts = list(Debt.objects.filter(member_id=member_id, owed__gt=0))
    involved = {row[1] for row in rows} | {hold.merchant_id for hold in holds} | {debt.merchant_id for debt in debts}
    merchants = Merchant.objects.in_bulk(involved)
    return Parts(
        expiring=[
            Part(points, Purse(purse), merchants[issuer], expires_at)
            for purse, issuer, expires_at, _, earmark, points in rows
            if expires_at is not None and earmark is None
        ],
        pending=[
            Part(points, Purse(purse), merchants[issuer], usable_from)
            for purse, issuer, _, usable_from, _, points in rows
            if usable_from > moment
        ],
        earmarked=_together(
            Part(points, Purse(purse), merchants[issuer], expires_at, earmark)
            for purse, issuer, expires_at, usable_from, earmark, points in rows
            if earmark is not None and usable_from <= moment
        ),
        held=[
            Part(hold.points, Purse(hold.purse), merchants[hold.merchant_id], hold.expires_at, _reward(hold))
            for hold in holds
        ],
        owed=[Part(debt.owed, Purse(debt.purse), merchants[debt.merchant_id]) for debt in debts],
    )


def _together(parts: Iterable[Part]) -> list[Part]:
    """One part for each earmark, with the soonest end of its lots: miles come in many small lots."""
    found: dict[tuple[Purse, int, str], Part] = {}
    for part in parts:
        key = (part.purse, part.merchant.pk, part.what)
        first = found.get(key)
        found[key] = part if first is None else replace(first, points=first.points + part.points)
    return list(found.values())


def _reward(hold: Hold) -> str:
    return str(hold.act.breakdown.get("reward", ""))
