"""Whether what a merchant has issued is still covered by its deposit and credit (SPEC D10).

The ledger functions read one flag with the merchant's status; this module sets it. A merchant may exceed its limit by
the points it issues between two reviews and the seal before them (about 13 seconds), and by no more.
"""

from django.db.models import F, Sum

from merchants.models import Merchant
from points.clearing_value import CLEARING_VALUE_FEN
from points.models import AccountRollup
from points.types import AccountKind


def review() -> int:
    """Open or close issuing where the flag contradicts the roll-up; returns at how many merchants.

    Points that were taken back or have expired are owed no more. Spent ones count until settlement raises the rest of
    the deposit, so the review errs on the safe side. The platform has no limit.
    """
    owed = _owed_points()
    changed = 0
    for merchant in Merchant.objects.filter(is_platform=False):
        covered_fen = merchant.deposit_fen + merchant.credit_limit_fen
        may_issue = owed.get(merchant.pk, 0) * CLEARING_VALUE_FEN < covered_fen
        if may_issue != merchant.may_issue:
            changed += Merchant.objects.filter(pk=merchant.pk).update(may_issue=may_issue)
    return changed


def _owed_points() -> dict[int, int]:
    """By issuer: issued less taken back (the debit side of issuance) less expired (the credit side of expiry)."""
    rows = AccountRollup.objects.filter(kind__in=(AccountKind.ISSUANCE, AccountKind.EXPIRED)).values("holder")
    return {row["holder"]: row["points"] for row in rows.annotate(points=Sum(F("debits") - F("credits")))}
