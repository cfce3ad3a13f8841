"""What the API answers when redemption refuses."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.idempotency import KEY_REUSED
from hongmi.lib.problems import register
from merchants.problems import MEMBER_MERGED, MEMBER_NOT_FOUND
from redemption import operations

REWARD_NOT_FOUND = register("reward_not_found", 404, _("No such reward on sale"), operations.RewardNotFound)

register("key_reused", KEY_REUSED.status, KEY_REUSED.title, operations.KeyReused)
register("reference_conflict", 422, _("This reference was used for another request"), operations.ReferenceConflict)
register("member_not_found", MEMBER_NOT_FOUND.status, MEMBER_NOT_FOUND.title, operations.MemberNotFound)
register(MEMBER_MERGED.code, MEMBER_MERGED.status, MEMBER_MERGED.title, operations.MemberMerged)
register("unknown_store", 400, _("This merchant has no such store"), operations.UnknownStore)
register("reward_not_on_sale", 404, _("This merchant does not sell that, or not in this way"), operations.NotOnSale)
register(
    "not_redeemable_now",
    422,
    _("It cannot be redeemed now"),
    operations.NotRedeemableNow,
    detail=_("Why: %(why)s."),
)
register("sold_out", 422, _("Too few are left"), operations.SoldOut)
register(
    "limit_reached",
    422,
    _("More than one person may have"),
    operations.LimitReached,
    detail=_("The limit is %(limit)s in %(window)s."),
)
register(
    "option_needed",
    422,
    _("This reward needs to be told more"),
    operations.OptionNeeded,
    detail=_("Tell options.%(option)s, one that this reward has."),
)
register(
    "logo_refused",
    422,
    _("The upload is no logo that can be printed"),
    operations.LogoRefused,
    detail=_("Why: %(why)s."),
)
register("logo_not_found", 404, _("No such logo of this merchant"), operations.LogoNotFound)
register("merchant_takes_no_cash", 422, _("The merchant takes no cash beside points"), operations.TakesNoCash)
register("order_not_found", 404, _("No such order of this merchant"), operations.OrderNotFound)
register(
    "order_step_refused",
    422,
    _("The order is past that"),
    operations.OrderStepRefused,
    detail=_("The order is %(status)s."),
)
register(
    "order_is_picked_up", 422, _("The order is handed over in the shop; there is nothing to send"), operations.PickedUp
)
register("return_not_found", 404, _("No such return of this merchant"), operations.ReturnNotFound)
register("return_refused", 422, _("It cannot be returned"), operations.ReturnRefused, detail=_("Why: %(why)s."))
register(
    "return_step_refused",
    422,
    _("The return is past that"),
    operations.ReturnStepRefused,
    detail=_("The return is %(status)s."),
)
register("refund_exceeds_original", 422, _("More would come back than was taken"), operations.MoreThanWasTaken)
register("offset_not_found", 404, _("No offset with this reference"), operations.OffsetNotFound)
register(
    "offset_exceeds_bill",
    422,
    _("The points are worth more than the bill"),
    operations.OffsetTooLarge,
    detail=_("They are worth %(offset_fen)s fen, the bill is %(bill_fen)s."),
)
register("voucher_not_found", 404, _("No such voucher of this merchant"), operations.VoucherNotFound)
register(
    "voucher_not_acceptable",
    422,
    _("The voucher cannot be accepted"),
    operations.VoucherNotAcceptable,
    detail=_("Why: %(why)s."),
)
register(
    "bill_below_minimum",
    422,
    _("The bill is too small for this coupon"),
    operations.BillTooSmall,
    detail=_("It holds from a bill of %(minimum_fen)s fen on; tell bill_fen."),
)
