"""Errors of the catalogue, orders, vouchers, returns and offsets."""

from collections.abc import Mapping
from typing import ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from redemption.models import OrderStatus, ReturnStatus

WHY: Final[Mapping[str, str | Promise]] = {
    "not_yet_open": _("its time has not begun"),
    "closed": _("its time is over"),
    "not_redemption_day": _("today is not its redemption day"),
    "not_accepted": _("it was not accepted"),
    "refunded": _("the order has been refunded"),
    "too_late": _("more than 15 minutes have passed"),
    "not_a_manager": _("only a manager of the shop takes it back"),
    "accepted": _("it was accepted before"),
    "void": _("it is void"),
    "expired": _("it has expired"),
    "order_not_open": _("its order is not open"),
    "wrong_store": _("it is for another shop"),
    "nothing_to_return": _("there is nothing to send back; it is refunded instead"),
    "excepted": _("the law excepts these goods, unless they are faulty"),
    "return_time_over": _("the days for returning without a reason are over"),
    "return_open": _("another return of this order is not settled yet"),
    "reason_needed": _("say what is wrong with the goods"),
    "too_many_pieces": _("more pieces would come back than were ordered"),
    "empty": _("the file is empty"),
    "too_many_bytes": _("the file is larger than 2 MB"),
    "not_a_picture": _("it is no PNG, JPEG or WebP picture"),
    "broken": _("the picture is damaged or cut short"),
    "more_than_a_picture": _("the file holds more than a picture"),
    "moving": _("it is a moving picture"),
    "too_small": _("it has fewer than 32 pixels on a side"),
    "too_many_pixels": _("it has too many pixels"),
}
_OPTIONS: Final[Mapping[str, str | Promise]] = {
    "slot_id": _("a date and time"),
    "logo": _("a logo of the member's"),
    "address": _("an address"),
}


class NotOnSale(DomainError):
    """Not in this merchant's catalogue, or not for what was offered (points alone, points and cash)."""

    code = "reward_not_on_sale"
    sentence = _("The reward is not on sale, or not in this way.")


class NotRedeemableNow(DomainError):
    """`why`: not_yet_open, closed or not_redemption_day."""

    code = "not_redeemable_now"
    sentence = _("It cannot be redeemed now: %(why)s.")
    labels: ClassVar = {"why": WHY}


class SoldOut(DomainError):
    """Fewer pieces, or places in the slot, are left than the order needs."""

    code = "sold_out"
    sentence = _("Too few are left.")


class LimitReached(DomainError):
    """More than `limit` pieces per person."""

    code = "limit_reached"
    sentence = _("One person may have %(limit)s of it, no more.")


class OptionNeeded(DomainError):
    """The reward needs `option`: a slot, an address, a logo; or it is not one of this reward's."""

    code = "option_needed"
    sentence = _("Something is missing that this reward needs: %(option)s.")
    labels: ClassVar = {"option": _OPTIONS}


class LogoRefused(DomainError):
    """`why` the upload is no logo: see pictures.PictureRefused."""

    code = "logo_refused"
    sentence = _("The upload cannot be printed: %(why)s.")
    labels: ClassVar = {"why": WHY}


class LogoNotFound(DomainError):
    """No logo of this merchant, or of this member; or its member was erased."""

    code = "logo_not_found"
    sentence = _("The logo is not there any more.")


class TakesNoCash(DomainError):
    """The merchant has no account at a payment provider."""

    code = "merchant_takes_no_cash"
    sentence = _("The shop has no account at a payment provider, so it takes no cash beside points.")


class OrderNotFound(DomainError):
    code = "order_not_found"
    sentence = _("There is no such order.")


class OrderStepRefused(DomainError):
    """An order does not go from `status` there."""

    code = "order_step_refused"
    sentence = _("The order is past that: %(status)s.")
    labels: ClassVar = {"status": dict(OrderStatus.choices)}


class PickedUp(DomainError):
    """The order has no address, or vouchers by which it is handed over: there is nothing to send."""

    code = "order_is_picked_up"
    sentence = _("There is nothing to send: the order has no address, it is handed over with its vouchers.")


class ReturnNotFound(DomainError):
    """No return of this merchant's orders."""

    code = "return_not_found"
    sentence = _("There is no such return.")


class ReturnRefused(DomainError):
    """`why`: nothing_to_return, excepted, return_time_over, return_open, reason_needed or too_many_pieces."""

    code = "return_refused"
    sentence = _("It cannot be returned: %(why)s.")
    labels: ClassVar = {"why": WHY}


class ReturnStepRefused(DomainError):
    """The return is `status`: settled, or sent already."""

    code = "return_step_refused"
    sentence = _("The return is past that: %(status)s.")
    labels: ClassVar = {"status": dict(ReturnStatus.choices)}


class MoreThanWasTaken(DomainError):
    """More would come back than is left: `points` and `cash_fen`, or `amount_fen` of a bill."""

    code = "refund_exceeds_original"
    sentence = _("Give back something, and no more than is left: %(points)s points and ¥%(cash_yuan)s.")


class VoucherNotFound(DomainError):
    """Unknown, or another merchant's; the answer does not say which."""

    code = "voucher_not_found"
    sentence = _("There is no such voucher.")


class VoucherNotAcceptable(DomainError):
    """`why`: accepted (and when), void, expired, not_yet, wrong_store."""

    code = "voucher_not_acceptable"
    sentence = _("The voucher cannot be accepted: %(why)s.")
    labels: ClassVar = {"why": WHY}


class BillTooSmall(DomainError):
    """The coupon holds from a bill of `minimum_fen` on; `bill_fen` is required."""

    code = "bill_below_minimum"
    sentence = _("The bill is too small: the coupon holds from ¥%(minimum_yuan)s on.")


class UndoRefused(DomainError):
    """`why`: not_accepted, refunded, too_late, not_a_manager."""

    code = "undo_refused"
    sentence = _("The acceptance stands: %(why)s.")
    labels: ClassVar = {"why": WHY}


class OffsetTooLarge(DomainError):
    """The points are worth `offset_fen`, more than the bill."""

    code = "offset_exceeds_bill"
    sentence = _("The points are worth ¥%(offset_yuan)s, more than the bill of ¥%(bill_yuan)s.")


class OffsetNotFound(DomainError):
    code = "offset_not_found"
    sentence = _("There is no such bill.")
