"""What the pen refuses, as facts. The database says no (SQLSTATE class HM); these are its words in Python.

`code` is stable: the API shows it. `facts` are the figures of the refusal: points missing, what is left of a cap.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A business refusal: nothing was written."""

    code: ClassVar[str] = "refused"

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.code)
        self.facts = dict(facts or {})


class InsufficientPoints(Refusal):
    """`available` points could have been used, `missing` points are wanting."""

    code = "insufficient_points"


class KeyReused(Refusal):
    """The idempotency key was used for another request."""

    code = "key_reused"


class ReferenceConflict(Refusal):
    """The reference was used for another request of the same kind."""

    code = "reference_conflict"


class MemberNotFound(Refusal):
    """Unknown, closed, or not a member of this merchant; which of them is not told."""

    code = "member_not_found"


class MerchantNotLive(Refusal):
    """The merchant may not do this in its present `status`."""

    code = "merchant_not_live"


class HoldEnded(Refusal):
    """The hold was captured, released or lapsed before."""

    code = "hold_ended"


class HoldLapsed(Refusal):
    """The hold ran out of time at `lapsed_at`; its points are the member's again."""

    code = "hold_lapsed"


class AlreadyReversed(Refusal):
    code = "already_reversed"


class NotReversible(Refusal):
    """Acts of this `kind` are answered in another way: a hold is released, a transfer given back."""

    code = "not_reversible"


class ActNotFound(Refusal):
    """No such act of this merchant."""

    code = "act_not_found"


class StaleRead(Refusal):
    """Another return of the same purchase came in between; compute again."""

    code = "stale_read"


class NotInTheSameFamily(Refusal):
    code = "not_in_the_same_family"


class GiftCapReached(Refusal):
    """`left` points may still be given in this window, of `limit`."""

    code = "gift_cap_reached"


class OccurredInFuture(Refusal):
    """More than five minutes later than now."""

    code = "occurred_in_future"


class MoreThanWasSpent(Refusal):
    """`left` points of the spend can still be given back."""

    code = "more_than_was_spent"


class InvalidArgument(Refusal):
    """The request makes no sense: no points, a hold of more than 30 days."""

    code = "invalid_argument"


class UnknownStore(Refusal):
    """No store of this merchant."""

    code = "unknown_store"


class IssuingLimitReached(Refusal):
    """The merchant's deposit and credit cover no more points (SPEC D10)."""

    code = "issuing_limit_reached"


class MemberMerged(Refusal):
    """The member was merged into another, `merged_into`, whom the merchant knows."""

    code = "member_merged"


class MergeNotApproved(Refusal):
    """No second person approved it."""

    code = "merge_not_approved"


class HoldsAreOpen(Refusal):
    """`holds` of the duplicate member have not ended; a hold ends in the wallet it was taken from."""

    code = "holds_are_open"


BY_SQLSTATE: Mapping[str, type[Refusal]] = {
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
