"""Refusals as a person at the desk reads them: one sentence for every code, with its figures."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from redemption.errors import RedemptionRefused
from redemption.models import OrderStatus, OwnReason, ReturnStatus
from redemption.operations.catalogue import CatalogueRefusal

# At which field of a form a refusal is told; the others stand above the form.
FIELD_OF: Final[Mapping[str, str]] = {
    "reference_conflict": "reference",
    "refund_exceeds_original": "points_back",
    "return_refused": "ground",
}

_SENTENCES: Final[Mapping[str, str | Promise]] = {
    "refused": _("It was refused, and nothing was changed."),
    "key_reused": _("The same request was sent before with other contents. Load the page again."),
    "reference_conflict": _("This number was used for another refund of the order; take a new one."),
    "member_not_found": _("This person is not a member here, or not any more."),
    "member_merged": _("This member was merged into another one; look for the other."),
    "reward_not_on_sale": _("The reward is not on sale, or not in this way."),
    "reward_not_found": _("There is no such reward."),
    "not_publishable": _("Something still stands against publishing it."),
    "not_redeemable_now": _("It cannot be redeemed now: %(why)s."),
    "sold_out": _("Too few are left."),
    "limit_reached": _("One person may have %(limit)s of it, no more."),
    "option_needed": _("Something is missing that this reward needs: %(option)s."),
    "logo_refused": _("The upload cannot be printed: %(why)s."),
    "logo_not_found": _("The logo is not there any more."),
    "merchant_takes_no_cash": _("The shop has no account at a payment provider, so it takes no cash beside points."),
    "order_not_found": _("There is no such order."),
    "order_step_refused": _("The order is past that: %(status)s."),
    "order_is_picked_up": _("There is nothing to send: the order has no address, it is handed over with its vouchers."),
    "return_not_found": _("There is no such return."),
    "return_refused": _("It cannot be returned: %(why)s."),
    "return_step_refused": _("The return is past that: %(status)s."),
    "not_a_service": _("Only a service has appointments."),
    "refund_exceeds_original": _("Give back something, and no more than is left: %(points)s points and ¥%(cash)s."),
    "voucher_not_found": _("There is no such voucher."),
    "voucher_not_acceptable": _("The voucher cannot be accepted: %(why)s."),
    "unknown_store": _("The shop is not one of this merchant's."),
    "bill_below_minimum": _("The bill is too small: the coupon holds from ¥%(minimum)s on."),
    "undo_refused": _("The acceptance stands: %(why)s."),
    "offset_exceeds_bill": _("The points are worth more than the bill."),
    "offset_not_found": _("There is no such bill."),
    "price_refused": _("The price was refused, because it would break what was promised before."),
    "below_guarantee": _("A point buys at least 5 fen: this price needs a face value of ¥%(least)s."),
    "prices_overlap": _("Another price of this kind holds in part of that time."),
    "promotion_not_cheaper": _("A promotion is cheaper than the price beside it."),
    "no_evidence": _("The face value must have been charged in the last 30 days, or be attested."),
    "rise_already_announced": _("Members are being told of another rise of this price; withdraw it first."),
    # What the books refuse when an order is spent, ended or given back.
    "insufficient_points": _("The member has too few points: %(missing)s are missing."),
    "merchant_not_live": _("The merchant may not do this in its present state."),
    "hold_ended": _("The points that were set aside are spent or given back already."),
    "hold_lapsed": _("The time for it is over; the points are the member's again."),
    "act_not_found": _("The entry in the books is not there."),
    "stale_read": _("Somebody else changed it at the same moment; try again."),
    "more_than_was_spent": _("More points would come back than were spent."),
    "invalid_argument": _("The figures make no sense together."),
    "issuing_limit_reached": _("Deposit and credit of the shop cover no more points."),
}
_WHY: Final[Mapping[str, str | Promise]] = {
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


class _Figures(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"


def refusal(refused: Exception) -> str:
    """Why nothing was changed: a refusal of redemption, or of the books."""
    code, facts = getattr(refused, "code", "refused"), getattr(refused, "facts", {})
    # Accepted is one thing of an order and another of a return.
    names = ReturnStatus if code == "return_step_refused" else OrderStatus
    return str(_SENTENCES.get(code, _SENTENCES["refused"])) % _figures(facts, names)


def reason(kept: str) -> str:
    """Why something was done, as it was typed; the house's own reasons in the reader's language."""
    return str(OwnReason(kept).label) if kept in OwnReason.values else kept


def has_words(refused: type[Exception]) -> bool:
    """Whether a refusal has a sentence of its own."""
    is_root = refused in (RedemptionRefused, CatalogueRefusal)
    return is_root or getattr(refused, "code", "refused") in _SENTENCES


def reasons() -> frozenset[str]:
    """Every `why` that has its words."""
    return frozenset(_WHY)


def _figures(facts: Mapping[str, Any], names: type[TextChoices]) -> _Figures:
    told = _Figures({name: str(value) for name, value in facts.items()})
    for name, of_fen in (("cash", "cash_fen"), ("minimum", "minimum_fen"), ("least", "least_face_value_fen")):
        if of_fen in facts:
            told[name] = f"{facts[of_fen] / 100:.2f}"
    if "why" in facts:
        told["why"] = str(_WHY.get(facts["why"], facts["why"]))
    if "option" in facts:
        told["option"] = str(_OPTIONS.get(facts["option"], facts["option"]))
    if facts.get("status") in names.values:
        told["status"] = str(names(facts["status"]).label)
    return told
