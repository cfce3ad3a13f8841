"""Whether a merchant may publish a rule: law, promises of the programme, consistency (SPEC D1, D6, D7, R51)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from hongmi.lib.shanghai import SHANGHAI
from points.rules.effect import Definition
from points.rules.reader import Problem
from points.rules.text import _
from points.rules.types import Conditions

# 商业银行信用卡业务监督管理办法: no gifts for opening a card; points come from spending (SPEC D6, R51, R52).
NEEDS_PURCHASE: Final = frozenset({"bank", "payment"})


def validate(
    definition: Definition,
    merchant_category: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[Problem, ...]:
    """Every reason why the rule cannot be published; none, if it can. The category is MerchantCategory's value."""
    problems = [problem for check in _CHECKS for problem in check(definition, merchant_category)]
    return (*problems, *_window(definition, starts_at, ends_at))


def _purchase(definition: Definition, merchant_category: str) -> Iterator[Problem]:
    if merchant_category in NEEDS_PURCHASE and definition.effect.is_gift:
        yield Problem(
            "kind",
            "gift_refused",
            _("A bank or payment institution may grant points for spending only, never as a gift."),
        )


def _validity(definition: Definition, merchant_category: str) -> Iterator[Problem]:
    lot = definition.lot
    if not lot.ends:
        return
    if not definition.effect.may_expire(merchant_category):
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


def _consistency(definition: Definition, _category: str) -> Iterator[Problem]:
    effect, conditions = definition.effect, definition.conditions
    yield from effect.problems(conditions)
    if definition.stacking not in effect.stackings:
        yield Problem("stacking", "stacking_refused", _("Rules of this kind cannot stack like this."))
    if definition.lot.transferable and effect.purse != "green":
        yield Problem("transferable", "only_green_transferable", _("Only green points can be given to family."))
    if effect.is_gift and conditions != Conditions():
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
                _("Both included and excluded: %(names)s.", names=", ".join(both)),
            )


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


_Check = Callable[[Definition, str], Iterator[Problem]]
_CHECKS: Final[tuple[_Check, ...]] = (_purchase, _validity, _consistency, _caps)
