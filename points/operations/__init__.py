"""The verbs of the books. Everyone above this step calls these; only they hold the pen."""

from points.ledger import BatchResult, Booking, Movement
from points.models import Purse
from points.operations.auditing import audit_books
from points.operations.authorised import hold_with_leave
from points.operations.birthdays import grant_birthdays
from points.operations.corrections import (
    AdjustmentNotOpen,
    SamePerson,
    approve_adjustment,
    compensate,
    propose_adjustment,
    reverse,
)
from points.operations.family import give
from points.operations.granting import award_sign_up, open_balance
from points.operations.importing import Imported, Prepared, book_import, prepare_import, require_issuing
from points.operations.limits import review_issuing_limits
from points.operations.merging import merge
from points.operations.programme import InvalidRule, label_goods, publish_rule
from points.operations.purchases import (
    PurchaseLine,
    PurchaseRequest,
    preview_purchase,
    record_purchase,
    record_purchases,
)
from points.operations.returning import PurchaseNotFound, ReturnExceedsPurchase, record_return
from points.operations.spending import capture, hold, redeem, refund, release
from points.operations.sweeping import expire_due, lapse_due, sweep
from points.operations.welcoming import welcome
from points.refusals import (
    ActNotFound,
    AlreadyReversed,
    GiftCapReached,
    HoldEnded,
    HoldLapsed,
    HoldsAreOpen,
    InsufficientPoints,
    InvalidArgument,
    IssuingLimitReached,
    KeyReused,
    MemberMerged,
    MemberNotFound,
    MerchantNotLive,
    MergeNotApproved,
    MoreThanWasSpent,
    NotInTheSameFamily,
    NotReversible,
    OccurredInFuture,
    ReferenceConflict,
    Refusal,
    StaleRead,
    UnknownStore,
)

__all__ = [
    "ActNotFound",
    "AdjustmentNotOpen",
    "AlreadyReversed",
    "BatchResult",
    "Booking",
    "GiftCapReached",
    "HoldEnded",
    "HoldLapsed",
    "HoldsAreOpen",
    "Imported",
    "InsufficientPoints",
    "InvalidArgument",
    "InvalidRule",
    "IssuingLimitReached",
    "KeyReused",
    "MemberMerged",
    "MemberNotFound",
    "MerchantNotLive",
    "MergeNotApproved",
    "MoreThanWasSpent",
    "Movement",
    "NotInTheSameFamily",
    "NotReversible",
    "OccurredInFuture",
    "Prepared",
    "PurchaseLine",
    "PurchaseNotFound",
    "PurchaseRequest",
    "Purse",
    "ReferenceConflict",
    "Refusal",
    "ReturnExceedsPurchase",
    "SamePerson",
    "StaleRead",
    "UnknownStore",
    "approve_adjustment",
    "audit_books",
    "award_sign_up",
    "book_import",
    "capture",
    "compensate",
    "expire_due",
    "give",
    "grant_birthdays",
    "hold",
    "hold_with_leave",
    "label_goods",
    "lapse_due",
    "merge",
    "open_balance",
    "prepare_import",
    "preview_purchase",
    "propose_adjustment",
    "publish_rule",
    "record_purchase",
    "record_purchases",
    "record_return",
    "redeem",
    "refund",
    "release",
    "require_issuing",
    "reverse",
    "review_issuing_limits",
    "sweep",
    "welcome",
]
