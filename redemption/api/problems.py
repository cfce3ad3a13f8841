"""Status and title of the errors of redemption; codes among their facts are members of the problem."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.problems import register_error
from redemption.errors import (
    BillTooSmall,
    LimitReached,
    LogoNotFound,
    LogoRefused,
    MoreThanWasTaken,
    NotOnSale,
    NotRedeemableNow,
    OffsetNotFound,
    OffsetTooLarge,
    OptionNeeded,
    OrderNotFound,
    OrderStepRefused,
    PickedUp,
    ReturnNotFound,
    ReturnRefused,
    ReturnStepRefused,
    SoldOut,
    TakesNoCash,
    VoucherNotAcceptable,
    VoucherNotFound,
)
from redemption.operations.catalogue import RewardNotFound

register_error(RewardNotFound, 404, _("No such reward on sale"))

register_error(NotOnSale, 404, _("This merchant does not sell that, or not in this way"))
register_error(NotRedeemableNow, 422, _("It cannot be redeemed now"), members=("why",))
register_error(SoldOut, 422, _("Too few are left"))
register_error(LimitReached, 422, _("More than one person may have"), members=("limit", "window"))
register_error(OptionNeeded, 422, _("This reward needs more options"), members=("option",))
register_error(LogoRefused, 422, _("The upload is no logo that can be printed"), members=("why",))
register_error(LogoNotFound, 404, _("No such logo of this merchant"))
register_error(TakesNoCash, 422, _("The merchant takes no cash beside points"))
register_error(OrderNotFound, 404, _("No such order of this merchant"))
register_error(OrderStepRefused, 422, _("The order is past that"), members=("status",))
register_error(PickedUp, 422, _("The order is handed over in the shop; there is nothing to send"))
register_error(ReturnNotFound, 404, _("No such return of this merchant"))
register_error(ReturnRefused, 422, _("It cannot be returned"), members=("why",))
register_error(ReturnStepRefused, 422, _("The return is past that"), members=("status",))
register_error(MoreThanWasTaken, 422, _("More would come back than was taken"))
register_error(OffsetNotFound, 404, _("No offset with this reference"))
register_error(OffsetTooLarge, 422, _("The points are worth more than the bill"), members=("offset_fen", "bill_fen"))
register_error(VoucherNotFound, 404, _("No such voucher of this merchant"))
register_error(VoucherNotAcceptable, 422, _("The voucher cannot be accepted"), members=("why",))
register_error(BillTooSmall, 422, _("The bill is too small for this coupon"), members=("minimum_fen",))
