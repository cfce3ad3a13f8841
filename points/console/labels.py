"""Labels of the console: refusals as sentences, accounts and movements by name."""

from django.utils.translation import gettext as _

from points import errors
from points.amounts import signed
from points.models import Journal
from points.operations.adjustments import AdjustmentNotOpen, SamePerson
from points.types import AccountKind, Purse


def refusal(refused: errors.Refusal) -> str:
    """The reason why nothing was booked."""
    match refused:
        case SamePerson():
            return _("A colleague must approve it, not the person who proposed it.")
        case AdjustmentNotOpen():
            return _("It was booked before.")
        case errors.InsufficientPoints():
            return _("The member has fewer points than are to be taken away.")
        case errors.MemberNotFound():
            return _("This member has left the merchant.")
        case errors.MerchantNotLive():
            return _("The merchant may not do this in its present state.")
    return _("The ledger refuses it (%(code)s).") % {"code": refused.code}


def moved(line: Journal) -> str:
    """The movement of one purse."""
    return signed(line.points) if line.purse == Purse.BASE else f"{signed(line.points)} {Purse.GREEN.label}"


def account(kind: int, holder: str) -> str:
    return f"{AccountKind(kind).label} · {holder}"
