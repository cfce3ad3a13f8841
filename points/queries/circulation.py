"""The whole ledger: the points of all members together, and the last audit."""

from dataclasses import dataclass

from django.db.models import F, Sum

from points.models import AccountRollup, AuditRun
from points.types import AccountKind, Purse

# From the issuers' side, because their accounts are rolled up and members' are not: few rows however many members.
_FOLDED = (AccountKind.ISSUANCE, AccountKind.REDEEMED, AccountKind.EXPIRED)


@dataclass(frozen=True, slots=True)
class Circulation:
    """Points issued and neither redeemed nor expired, by purse, under the last signed head."""

    base: int
    green: int


def circulation() -> Circulation:
    rows = (
        AccountRollup.objects.filter(kind__in=_FOLDED)
        .values_list("purse")
        .annotate(points=Sum(F("debits") - F("credits")))
        .order_by()
    )
    found: dict[str, int] = dict(rows)
    return Circulation(base=found.get(Purse.BASE, 0), green=found.get(Purse.GREEN, 0))


def last_audit() -> AuditRun | None:
    return AuditRun.objects.order_by("-id").first()
