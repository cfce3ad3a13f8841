"""What the verbs of ordering refuse; nothing was written then. `code` is stable, `facts` are the refusal's figures."""

from collections.abc import Mapping
from typing import Any, ClassVar


class RedemptionRefused(Exception):
    code: ClassVar[str] = "refused"

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.code)
        self.facts = dict(facts or {})


class KeyReused(RedemptionRefused):
    """The idempotency key was used for another request."""

    code = "key_reused"


class ReferenceConflict(RedemptionRefused):
    """The reference was used for another request of the same kind."""

    code = "reference_conflict"


class MemberNotFound(RedemptionRefused):
    """No member of this merchant."""

    code = "member_not_found"


class MemberMerged(RedemptionRefused):
    """The member was merged into another, `merged_into`, who is a member of this merchant."""

    code = "member_merged"


class NotOnSale(RedemptionRefused):
    """Not in this merchant's catalogue, or not for what was offered (points alone, points and cash)."""

    code = "reward_not_on_sale"


class NotRedeemableNow(RedemptionRefused):
    """`why`: not_yet_open, closed or not_redemption_day."""

    code = "not_redeemable_now"


class SoldOut(RedemptionRefused):
    """Fewer pieces, or places in the slot, are left than were asked for."""

    code = "sold_out"


class LimitReached(RedemptionRefused):
    """More than `limit` pieces per person."""

    code = "limit_reached"


class OptionNeeded(RedemptionRefused):
    """The reward needs `option`: a slot, an address, a logo; or it is not one of this reward's."""

    code = "option_needed"


class LogoRefused(RedemptionRefused):
    """`why` the upload is no logo: see pictures.PictureRefused."""

    code = "logo_refused"


class LogoNotFound(RedemptionRefused):
    """No logo of this merchant, or of this member; or its member was erased."""

    code = "logo_not_found"


class TakesNoCash(RedemptionRefused):
    """The merchant has no account at a payment provider."""

    code = "merchant_takes_no_cash"


class OrderNotFound(RedemptionRefused):
    code = "order_not_found"


class OrderStepRefused(RedemptionRefused):
    """An order does not go from `status` there."""

    code = "order_step_refused"


class PickedUp(RedemptionRefused):
    """The order has no address, or vouchers by which it is handed over: there is nothing to send."""

    code = "order_is_picked_up"


class ReturnNotFound(RedemptionRefused):
    """No return of this merchant's orders."""

    code = "return_not_found"


class ReturnRefused(RedemptionRefused):
    """`why`: nothing_to_return, excepted, return_time_over, return_open, reason_needed or too_many_pieces."""

    code = "return_refused"


class ReturnStepRefused(RedemptionRefused):
    """The return is `status`: settled, or sent already."""

    code = "return_step_refused"


class MoreThanWasTaken(RedemptionRefused):
    """More would come back than is left: `points` and `cash_fen`, or `amount_fen` of a bill."""

    code = "refund_exceeds_original"


class VoucherNotFound(RedemptionRefused):
    """Unknown, or another merchant's; which of them is not told."""

    code = "voucher_not_found"


class VoucherNotAcceptable(RedemptionRefused):
    """`why`: accepted (and when), void, expired, not_yet, wrong_store."""

    code = "voucher_not_acceptable"


class UnknownStore(RedemptionRefused):
    """No store of this merchant."""

    code = "unknown_store"


class BillTooSmall(RedemptionRefused):
    """The coupon holds from a bill of `minimum_fen` on; the bill has to be told."""

    code = "bill_below_minimum"


class UndoRefused(RedemptionRefused):
    """`why`: not_accepted, refunded, too_late, not_a_manager."""

    code = "undo_refused"


class OffsetTooLarge(RedemptionRefused):
    """The points are worth `offset_fen`, more than the bill."""

    code = "offset_exceeds_bill"


class OffsetNotFound(RedemptionRefused):
    code = "offset_not_found"
