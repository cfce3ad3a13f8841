"""What the API answers when redemption refuses."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.idempotency_key import KEY_REUSED
from hongmi.lib.problems import register
from merchants.api.problems import MEMBER_MERGED, MEMBER_NOT_FOUND
from redemption.errors import (
    BillTooSmall,
    KeyReused,
    LimitReached,
    LogoNotFound,
    LogoRefused,
    MemberMerged,
    MemberNotFound,
    MoreThanWasTaken,
    NotOnSale,
    NotRedeemableNow,
    OffsetNotFound,
    OffsetTooLarge,
    OptionNeeded,
    OrderNotFound,
    OrderStepRefused,
    PickedUp,
    ReferenceConflict,
    ReturnNotFound,
    ReturnRefused,
    ReturnStepRefused,
    SoldOut,
    TakesNoCash,
    UnknownStore,
    VoucherNotAcceptable,
    VoucherNotFound,
)
from redemption.operations.catalogue import RewardNotFound

REWARD_NOT_FOUND = register("reward_not_found", 404, _("No such reward on sale"), RewardNotFound)

register("key_reused", KEY_REUSED.status, KEY_REUSED.title, KeyReused)
register("reference_conflict", 422, _("This reference was used for another request"), ReferenceConflict)
register("member_not_found", MEMBER_NOT_FOUND.status, MEMBER_NOT_FOUND.title, MemberNotFound)
register(MEMBER_MERGED.code, MEMBER_MERGED.status, MEMBER_MERGED.title, MemberMerged)
register("unknown_store", 400, _("This merchant has no such store"), UnknownStore)
register("reward_not_on_sale", 404, _("This merchant does not sell that, or not in this way"), NotOnSale)
register(
    "not_redeemable_now",
    422,
    _("It cannot be redeemed now"),
    NotRedeemableNow,
    detail=_("Why: %(why)s."),
)
register("sold_out", 422, _("Too few are left"), SoldOut)
register(
    "limit_reached",
    422,
    _("More than one person may have"),
    LimitReached,
    detail=_("The limit is %(limit)s in %(window)s."),
)
register(
    "option_needed",
    422,
    _("This reward needs to be told more"),
    OptionNeeded,
    detail=_("Tell options.%(option)s, one that this reward has."),
)
register(
    "logo_refused",
    422,
    _("The upload is no logo that can be printed"),
    LogoRefused,
    detail=_("Why: %(why)s."),
)
register("logo_not_found", 404, _("No such logo of this merchant"), LogoNotFound)
register("merchant_takes_no_cash", 422, _("The merchant takes no cash beside points"), TakesNoCash)
register("order_not_found", 404, _("No such order of this merchant"), OrderNotFound)
register(
    "order_step_refused",
    422,
    _("The order is past that"),
    OrderStepRefused,
    detail=_("The order is %(status)s."),
)
register("order_is_picked_up", 422, _("The order is handed over in the shop; there is nothing to send"), PickedUp)
register("return_not_found", 404, _("No such return of this merchant"), ReturnNotFound)
register("return_refused", 422, _("It cannot be returned"), ReturnRefused, detail=_("Why: %(why)s."))
register(
    "return_step_refused",
    422,
    _("The return is past that"),
    ReturnStepRefused,
    detail=_("The return is %(status)s."),
)
register("refund_exceeds_original", 422, _("More would come back than was taken"), MoreThanWasTaken)
register("offset_not_found", 404, _("No offset with this reference"), OffsetNotFound)
register(
    "offset_exceeds_bill",
    422,
    _("The points are worth more than the bill"),
    OffsetTooLarge,
    detail=_("They are worth %(offset_fen)s fen, the bill is %(bill_fen)s."),
)
register("voucher_not_found", 404, _("No such voucher of this merchant"), VoucherNotFound)
register(
    "voucher_not_acceptable",
    422,
    _("The voucher cannot be accepted"),
    VoucherNotAcceptable,
    detail=_("Why: %(why)s."),
)
register(
    "bill_below_minimum",
    422,
    _("The bill is too small for this coupon"),
    BillTooSmall,
    detail=_("It holds from a bill of %(minimum_fen)s fen on; tell bill_fen."),
)
