"""Whether a merchant may publish a rule: the law, the programme's promises, and plain sense (SPEC D1, D6, D7, R51)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from points.rules.reader import Problem, _
from points.rules.rule_set import SHANGHAI
from points.rules.types import (
    Birthday,
    Bonus,
    Conditions,
    Definition,
    Green,
    Multiplier,
    Rate,
    SignUp,
    Stacking,
    grants_green,
)

# 商业银行信用卡业务监督管理办法: no gifts for opening a card; points come from spending (SPEC D6, R51, R52).
NEEDS_PURCHASE: Final = frozenset({"bank", "payment"})
CLEARING_VALUE_FEN: Final = 5  # SPEC D3

_STACKING: Final[dict[type, frozenset[Stacking]]] = {
    Rate: frozenset({"add", "exclusive"}),
    Multiplier: frozenset({"add", "multiply", "best", "exclusive"}),
    Bonus: frozenset({"add", "best", "exclusive"}),
}


def validate(
    definition: Definition,
    merchant_category: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[Problem, ...]:
    """Every reason why the rule cannot be published; none, if it can. The category is MerchantCategory's value."""
    problems = [problem for judge in _JUDGES for problem in judge(definition, merchant_category)]
    return (*problems, *_window(definition, starts_at, ends_at))


def _purchase(definition: Definition, merchant_category: str) -> Iterator[Problem]:
    if merchant_category in NEEDS_PURCHASE and is_gift(definition):
        yield Problem(
            "kind",
            "gift_refused",
            _("A bank or payment institution may grant points for spending only, never as a gift."),
        )


def is_gift(definition: Definition) -> bool:
    """Points without a purchase."""
    effect = definition.effect
    return isinstance(effect, SignUp) or (isinstance(effect, Birthday) and effect.trigger == "event")


def _validity(definition: Definition, merchant_category: str) -> Iterator[Problem]:
    lot, effect = definition.lot, definition.effect
    if not lot.ends:
        return
    by_spending = isinstance(effect, Rate | Green)
    miles = isinstance(effect, Rate) and effect.purse == "base" and merchant_category == "airline"
    if by_spending and not miles:
        yield Problem("valid_days", "spending_never_expires", _("Points earned by spending never expire."))
    if not lot.expiry_notice:
        yield Problem(
            "expiry_notice",
            "expiry_not_disclosed",
            _("Points that expire need a notice that says so when they are granted."),
        )
    if lot.valid_days is not None and lot.expires_on is not None:
        yield Problem("expires_on", "two_expiries", _("Give a number of days or a last day, not both."))
    if lot.valid_days is not None and lot.valid_days <= lot.pending_days:
        yield Problem("valid_days", "expires_while_pending", _("The points would expire before they can be used."))


def _window(definition: Definition, starts_at: datetime | None, ends_at: datetime | None) -> Iterator[Problem]:
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        yield Problem("ends_at", "ends_before_start", _("The rule must end after it starts."))
    last = definition.lot.expires_on
    if last is not None and starts_at is not None and starts_at.astimezone(SHANGHAI).date() > last:
        yield Problem("expires_on", "expired_at_start", _("The points would have expired before the rule starts."))


def _sense(definition: Definition, _category: str) -> Iterator[Problem]:
    effect, conditions = definition.effect, definition.conditions
    if isinstance(effect, Rate) and effect.points * CLEARING_VALUE_FEN >= effect.per_fen:
        yield Problem("points", "rate_too_high", _("The points would be worth more than what is paid."))
    if isinstance(effect, Green) and not conditions.include:
        yield Problem(
            "conditions.include", "green_without_goods", _("A green rule must name its goods or their label.")
        )
    if definition.stacking not in _STACKING.get(type(effect), {"add"}):
        yield Problem("stacking", "stacking_refused", _("Rules of this kind cannot stack like this."))
    if definition.lot.transferable and not grants_green(effect):
        yield Problem("transferable", "only_green_transferable", _("Only green points can be given to family."))
    if is_gift(definition) and conditions != Conditions():
        yield Problem("conditions", "conditions_without_purchase", _("Without a purchase there is nothing to judge."))
    for name, listed, left_out in (
        ("skus", conditions.include.skus, conditions.exclude.skus),
        ("categories", conditions.include.categories, conditions.exclude.categories),
        ("labels", conditions.include.labels, conditions.exclude.labels),
        ("stores", conditions.stores, conditions.exclude_stores),
        ("channels", conditions.channels, conditions.exclude_channels),
    ):
        both = sorted(map(str, set(listed) & set(left_out)))
        if both:
            yield Problem(
                f"conditions.{name}",
                "both_in_and_out",
                _("Both included and excluded: %(names)s."),
                {"names": ", ".join(both)},
            )


def _birthday(definition: Definition, _category: str) -> Iterator[Problem]:
    effect = definition.effect
    if not isinstance(effect, Birthday):
        return
    if (effect.points is None) == (effect.percent is None):
        yield Problem(
            "points", "points_or_percent", _("A birthday grants points or multiplies them: give one of the two.")
        )
    if effect.percent is not None and effect.trigger == "event":
        yield Problem("trigger", "nothing_to_multiply", _("Only a purchase has points to multiply."))
    if effect.whose == "pet" and effect.trigger == "purchase":
        yield Problem("whose", "pets_do_not_buy", _("A pet's birthday cannot depend on a purchase."))


def _caps(definition: Definition, _category: str) -> Iterator[Problem]:
    seen = set()
    for index, cap in enumerate(definition.caps):
        kind = (cap.window, cap.per, cap.scope)
        if kind in seen:
            yield Problem(f"caps.{index}", "cap_twice", _("There is already a cap of this kind."))
        seen.add(kind)
        if cap.scope == "campaign" and not definition.campaign:
            yield Problem(
                f"caps.{index}.scope", "campaign_unnamed", _("A cap of a campaign needs the campaign's code.")
            )


_Judge = Callable[[Definition, str], Iterator[Problem]]
_JUDGES: Final[tuple[_Judge, ...]] = (_purchase, _validity, _sense, _birthday, _caps)
