"""What the API answers when the books refuse: each refusal's stable code, its status, its words."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.idempotency_key import KEY_REUSED
from hongmi.lib.problems import register
from merchants.api.problems import MEMBER_MERGED, MEMBER_NOT_FOUND
from points import queries
from points.errors import (
    ActNotFound,
    AlreadyReversed,
    HoldEnded,
    HoldLapsed,
    InsufficientPoints,
    InvalidArgument,
    IssuingLimitReached,
    KeyReused,
    MemberMerged,
    MemberNotFound,
    MerchantNotLive,
    OccurredInFuture,
    ReferenceConflict,
    StaleRead,
    UnknownStore,
)
from points.operations.returns import PurchaseNotFound, ReturnExceedsPurchase
from points.transparency import receipts

LINES_DO_NOT_SUM = register("lines_do_not_sum", 400, _("The lines do not sum to the amount"))

register("insufficient_points", 422, _("Not enough points"), InsufficientPoints)
register("key_reused", KEY_REUSED.status, KEY_REUSED.title, KeyReused)
register("reference_conflict", 422, _("This reference was used for another request"), ReferenceConflict)
register("member_not_found", MEMBER_NOT_FOUND.status, MEMBER_NOT_FOUND.title, MemberNotFound)
register(MEMBER_MERGED.code, MEMBER_MERGED.status, MEMBER_MERGED.title, MemberMerged)
register(
    "merchant_not_live",
    403,
    _("The merchant may not do this now"),
    MerchantNotLive,
    detail=_("The merchant's status is %(status)s."),
)
register(
    "occurred_in_future",
    400,
    _("It has not happened yet"),
    OccurredInFuture,
    detail=_("occurred_at is more than five minutes later than now."),
)
register("issuing_limit_reached", 422, _("Deposit and credit cover no more points"), IssuingLimitReached)
register("unknown_store", 400, _("This merchant has no such store"), UnknownStore)
register("invalid_argument", 400, _("The request makes no sense"), InvalidArgument)
register("purchase_not_found", 404, _("No purchase with this reference"), PurchaseNotFound)
register(
    "return_exceeds_purchase",
    422,
    _("More comes back than was bought"),
    ReturnExceedsPurchase,
    detail="%(why)s",
)
register("already_reversed", 422, _("It was reversed before"), AlreadyReversed)
register("stale_read", 409, _("Others are changing the same purchase; try again"), StaleRead)
register("act_not_found", 404, _("No such act of this merchant"), ActNotFound)
register(
    "beyond_horizon",
    422,
    _("What was known then is not settled yet"),
    queries.BeyondHorizon,
    detail=_("known_at can be answered up to %(horizon)s."),
)
register("tree_size_unknown", 400, _("The tree never had this size"), receipts.UnknownTreeSize)
register("hold_ended", 422, _("The hold was captured or released before"), HoldEnded)
register(
    "hold_lapsed",
    422,
    _("The hold ran out of time"),
    HoldLapsed,
    detail=_("Its points are the member's again since %(lapsed_at)s."),
)
