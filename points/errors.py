"""Errors of the ledger; each SQLSTATE of class HM that a ledger function raises has its class here."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError, KeyReused, ReferenceConflict
from merchants.errors import MemberMerged, MemberNotFound, UnknownStore
from merchants.models import MerchantStatus


class InsufficientPoints(DomainError):
    """`available` points could have been used, `missing` points are wanting."""

    code = "insufficient_points"
    sentence = _("The member has too few points: %(missing)s are missing.")


class MerchantNotLive(DomainError):
    """The merchant may not do this in its present `status`."""

    code = "merchant_not_live"
    sentence = _("The merchant may not do this in its present state: %(status)s.")
    labels: ClassVar = {"status": dict(MerchantStatus.choices)}


class HoldEnded(DomainError):
    """The hold was captured, released or lapsed before."""

    code = "hold_ended"
    sentence = _("The points that were set aside are spent or given back already.")


class HoldLapsed(DomainError):
    """The hold ran out of time at `lapsed_at`; its points are the member's again."""

    code = "hold_lapsed"
    sentence = _("The hold ended at %(lapsed_at)s; its points are the member's again.")


class AlreadyReversed(DomainError):
    code = "already_reversed"
    sentence = _("This act was reversed before.")


class NotReversible(DomainError):
    """Acts of this `kind` are answered in another way: a hold is released, a transfer given back."""

    code = "not_reversible"
    sentence = _("An act of this kind is not reversed.")


class ActNotFound(DomainError):
    """No such act of this merchant."""

    code = "act_not_found"
    sentence = _("There is no such act of this merchant.")


class StaleRead(DomainError):
    """Another return of the same purchase came in between; compute again."""

    code = "stale_read"
    sentence = _("Somebody else changed it at the same moment; try again.")


class NotInTheSameFamily(DomainError):
    code = "not_in_the_same_family"
    sentence = _("Points are given to members of the same family only.")


class GiftCapReached(DomainError):
    """`left` points may still be given in this window, of `limit`."""

    code = "gift_cap_reached"
    sentence = _("%(left)s points can still be given in this period, of %(limit)s.")


class OccurredInFuture(DomainError):
    """More than five minutes later than now."""

    code = "occurred_in_future"
    sentence = _("The time of the act is more than five minutes later than now.")


class MoreThanWasSpent(DomainError):
    """`left` points of the spend can still be given back."""

    code = "more_than_was_spent"
    sentence = _("More points would come back than were spent.")


class InvalidArgument(DomainError):
    """The request makes no sense: no points, a hold of more than 30 days."""

    code = "invalid_argument"
    sentence = _("The figures make no sense together.")


class IssuingLimitReached(DomainError):
    """The merchant's deposit and credit cover no more points (SPEC D10)."""

    code = "issuing_limit_reached"
    sentence = _("Deposit and credit of the shop cover no more points.")


class MergeNotApproved(DomainError):
    """No second person approved it."""

    code = "merge_not_approved"
    sentence = _("No second person approved the merge.")


class HoldsAreOpen(DomainError):
    """`holds` of the duplicate member have not ended; a hold ends in the wallet it was taken from."""

    code = "holds_are_open"
    sentence = _("Points of this account are set aside for an order. Wait until it is paid or cancelled.")


BY_SQLSTATE: Mapping[str, type[DomainError]] = {
    "HM001": InsufficientPoints,
    "HM002": KeyReused,
    "HM003": ReferenceConflict,
    "HM004": MemberNotFound,
    "HM005": MerchantNotLive,
    "HM006": HoldEnded,
    "HM007": HoldLapsed,
    "HM008": AlreadyReversed,
    "HM009": NotReversible,
    "HM010": ActNotFound,
    "HM011": StaleRead,
    "HM012": NotInTheSameFamily,
    "HM013": GiftCapReached,
    "HM014": OccurredInFuture,
    "HM015": MoreThanWasSpent,
    "HM016": InvalidArgument,
    "HM017": UnknownStore,
    "HM018": IssuingLimitReached,
    "HM019": MemberMerged,
    "HM020": MergeNotApproved,
    "HM021": HoldsAreOpen,
}
