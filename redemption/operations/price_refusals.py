"""Refusals of prices: the database judges them, and this module gives its constraints and guards their names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from redemption import pricing


class PriceRefused(DomainError):
    """The database refused the price; `why` is the constraint or SQLSTATE."""

    code = "price_refused"
    sentence = _("The price was refused, because it would break what was promised before.")


class BelowGuarantee(PriceRefused):
    """A point would buy less than 5 fen: `least_face_value_fen` would be needed."""

    code = "below_guarantee"
    sentence = _("A point buys at least 5 fen: this price needs a face value of ¥%(least_face_value_yuan)s.")


class PricesOverlap(PriceRefused):
    """Another price of the same kind holds in part of that time."""

    code = "prices_overlap"
    sentence = _("Another price of this kind holds in part of that time.")


class PromotionNotCheaper(PriceRefused):
    """A promotion must undercut the price in force when it begins."""

    code = "promotion_not_cheaper"
    sentence = _("A promotion is cheaper than the price beside it.")


class NoEvidence(PriceRefused):
    """The face value was not charged within the last 30 days, nor attested."""

    code = "no_evidence"
    sentence = _("The face value must have been charged in the last 30 days, or be attested.")


class RiseAlreadyAnnounced(PriceRefused):
    """Another rise of this price is announced; withdraw it first."""

    code = "rise_already_announced"
    sentence = _("Another rise of this price is announced; withdraw it first.")


@contextmanager
def named(*, points: int, cash_fen: int) -> Iterator[None]:
    """Raises PriceRefused, or its subclass, for a refusal of the database within the block."""
    try:
        yield
    except DatabaseError as error:
        why = name_of(error)
        least = pricing.least_face_value_fen(points=points, cash_fen=cash_fen)
        raise _REFUSALS.get(why, PriceRefused)({"why": why, "least_face_value_fen": least}) from error


_REFUSALS: Final[dict[str, type[PriceRefused]]] = {
    "a_point_buys_at_least_its_guaranteed_value": BelowGuarantee,
    "a_rise_keeps_the_guaranteed_value": BelowGuarantee,
    "an_offer_keeps_the_guaranteed_value": BelowGuarantee,
    "prices_of_one_kind_do_not_overlap": PricesOverlap,
    "prices_with_cash_do_not_overlap": PricesOverlap,
    "promotions_do_not_overlap": PricesOverlap,
    "promotions_with_cash_do_not_overlap": PricesOverlap,
    "a_face_value_has_its_evidence": NoEvidence,
    "one_rise_of_a_price_is_announced_at_a_time": RiseAlreadyAnnounced,
    "HM203": PromotionNotCheaper,
    "HM204": NoEvidence,
}


def name_of(error: DatabaseError) -> str:
    """The constraint's name or the guard's SQLSTATE. Re-raises an error that has neither."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    state = str(getattr(cause, "sqlstate", None) or "")
    if not name and not state.startswith("HM"):
        raise error
    return str(name or state)
