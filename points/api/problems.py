"""Status and title of the errors of the ledger."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import ReferenceConflict
from hongmi.lib.problems import register, register_error
from points import queries
from points.errors import (
    ActNotFound,
    AlreadyReversed,
    HoldEnded,
    HoldLapsed,
    InsufficientPoints,
    InvalidArgument,
    IssuingLimitReached,
    MerchantNotLive,
    OccurredInFuture,
    StaleRead,
)
from points.operations.returns import PurchaseNotFound, ReturnExceedsPurchase
from points.transparency import receipts

LINES_DO_NOT_SUM = register("lines_do_not_sum", 400, _("The lines do not sum to the amount"))

register_error(InsufficientPoints, 422, _("Not enough points"))
register_error(ReferenceConflict, 422, _("This reference was used for another request"))
register_error(MerchantNotLive, 403, _("The merchant may not do this now"), members=("status",))
register_error(OccurredInFuture, 400, _("It has not happened yet"))
register_error(IssuingLimitReached, 422, _("Deposit and credit cover no more points"))
register_error(InvalidArgument, 400, _("The request makes no sense"))
register_error(PurchaseNotFound, 404, _("No purchase with this reference"))
register_error(ReturnExceedsPurchase, 422, _("More comes back than was bought"))
register_error(AlreadyReversed, 422, _("It was reversed before"))
register_error(StaleRead, 409, _("Others are changing the same purchase; try again"))
register_error(ActNotFound, 404, _("No such act of this merchant"))
register_error(queries.BeyondHorizon, 422, _("The facts known at that time are not settled yet"), members=("horizon",))
register_error(receipts.UnknownTreeSize, 400, _("The tree never had this size"))
register_error(HoldEnded, 422, _("The hold was captured or released before"))
register_error(HoldLapsed, 422, _("The hold ran out of time"), members=("lapsed_at",))
