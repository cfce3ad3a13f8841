"""What each kind of reward has to say, field by field: typed here, kept in `Reward.details` as its judge reads it.

`redemption.disclosures` is the judge. What stands in `details` and has no field here stays as it is.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from redemption.forms.fields import DAYS, DatesField, WeekHoursField, WeekWidget, YuanField
from redemption.models import RewardKind

ALL: Final = frozenset(str(kind) for kind in RewardKind)
VOUCHERS: Final = frozenset({"service", "coupon", "offset", "ticket", "sample"})
COUPONS: Final = frozenset({"coupon", "offset"})
# Said by few, and folded away: papers of an insurer, points that are kept for one reward.
RARE: Final = ("insurer_contract", "compliance_approval", "earmark")
EXCEPTIONS: Final = [
    ("", _("no exception")),
    ("made_to_order", _("made to the member's order")),
    ("perishable", _("fresh or perishable")),
    ("digital", _("digital goods that were opened or downloaded")),
    ("press", _("newspapers and magazines")),
    ("agreed", _("not fit for returning, and agreed to by the member when ordering")),
]


@dataclass(frozen=True, slots=True)
class _Line:
    """One field: where it is kept in `details`, and which kinds say it."""

    path: str
    kinds: frozenset[str]
    field: Callable[[], forms.Field]


def _kinds(*names: str) -> frozenset[str]:
    return frozenset(names)


def _whole(label: Any, **said: Any) -> Callable[[], forms.Field]:
    return lambda: forms.IntegerField(
        label=label, required=False, widget=UnfoldAdminIntegerFieldWidget, **({"min_value": 1} | said)
    )


def _words(label: Any, **said: Any) -> Callable[[], forms.Field]:
    said = {"max_length": 200} | said
    return lambda: forms.CharField(label=label, required=False, widget=UnfoldAdminTextInputWidget, **said)


def _story(label: Any, **said: Any) -> Callable[[], forms.Field]:
    return lambda: forms.CharField(
        label=label,
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "class": "max-w-2xl"}),
        **said,
    )


def _choice(label: Any, choices: list[tuple[str, Any]], **said: Any) -> Callable[[], forms.Field]:
    return lambda: forms.TypedChoiceField(
        label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget, empty_value=None, **said
    )


def _yuan(label: Any, **said: Any) -> Callable[[], forms.Field]:
    return lambda: YuanField(label=label, required=False, **said)


_YES_NO: Final = [("", _("please choose")), ("True", _("yes")), ("False", _("no"))]
_SAME: Final = _("Empty: the same as for cash. It may not be less.")
_LINES: Final[dict[str, _Line]] = {
    # goods: 消费者权益保护法 art. 25
    "return_days": _Line("returns.days", _kinds("goods"), _whole(
        _("days for returning without a reason"), min_value=0, max_value=365,
        help_text=_("At least 7 days from the day after receipt (Consumer Protection Law art. 25)."),
    )),
    "cash_return_days": _Line("returns.cash_days", _kinds("goods"), _whole(
        _("days for returning when bought for cash"), min_value=0, max_value=365,
        help_text=_("Who pays with points has no fewer."),
    )),
    "return_except": _Line("returns.except", _kinds("goods"), _choice(
        _("exception of the law"), EXCEPTIONS, help_text=_("Faulty goods are taken back all the same."),
    )),
    "return_terms": _Line("returns.terms", _kinds("goods"), _story(
        _("how goods are returned"),
        help_text=_("In what state, to which address, and who pays the parcel. Members read it when they ask."),
    )),
    # customised
    "pieces": _Line("pieces", _kinds("customised"), _whole(
        _("pieces that one reward makes"), help_text=_("100 printed pieces for 2,000 points: 100."),
    )),
    "needs_logo": _Line("needs_logo", _kinds("customised"), _choice(
        _("the member uploads a logo"), _YES_NO, coerce=lambda typed: typed == "True",
    )),
    # coupons
    "coupon_kind": _Line("coupon.kind", COUPONS, _choice(_("what the coupon takes off"), [
        ("", _("please choose")), ("threshold", _("a sum, from a minimum spend on")), ("fixed", _("a fixed sum")),
        ("percent", _("a percentage")),
    ])),
    "coupon_off": _Line("coupon.off_fen", COUPONS, _yuan(_("yuan off"), help_text=_("Not for a percentage."))),
    "coupon_percent": _Line("coupon.off_percent", COUPONS, _whole(
        _("percent off"), max_value=100, help_text=_("20 makes 80 yuan of 100. Only for a percentage."),
    )),
    "coupon_minimum": _Line("coupon.minimum_fen", COUPONS, _yuan(
        _("minimum spend in yuan"), help_text=_("Needed for a sum from a minimum spend on; else empty means none."),
    )),
    # services
    "slot_minutes": _Line("slot_minutes", _kinds("service"), _whole(
        _("length of an appointment in minutes"), max_value=1440,
        help_text=_("For services at a date and time; the appointments are planned under “Appointments”."),
    )),
    "off_percent": _Line("off_percent", _kinds("service"), _whole(
        _("discount on the service in percent"), max_value=100, help_text=_("Empty: the service itself is free."),
    )),
    "valid_days": _Line("valid_days", VOUCHERS, _whole(
        _("days the voucher is valid"), max_value=3650,
        help_text=_("Needed for coupons, and for services without appointments; else empty means for ever."),
    )),
    # tickets, and the miles of an airline's
    "cash_hours": _Line("cash_hours", _kinds("ticket"), lambda: WeekHoursField(
        label=_("hours of the cash ticket"), help_text=_("A day left empty is closed. Not for flights."),
    )),
    "hours": _Line("hours", _kinds("ticket"), lambda: WeekHoursField(
        label=_("hours of the ticket for points"), help_text=_SAME,
    )),
    "cash_closed_on": _Line("cash_closed_on", _kinds("ticket"), lambda: DatesField(
        label=_("days on which the cash ticket is not valid"), required=False, help_text="2026-10-01, 2026-10-02",
    )),
    "closed_on": _Line("closed_on", _kinds("ticket"), lambda: DatesField(
        label=_("days on which the ticket for points is not valid"), required=False,
        help_text=_("No other days than for cash."),
    )),
    "cash_after_sales": _Line("cash_after_sales", _kinds("ticket"), _story(_("after-sales of the cash ticket"))),
    "after_sales": _Line("after_sales", _kinds("ticket"), _story(
        _("after-sales of the ticket for points"), help_text=_SAME,
    )),
    "miles_rate": _Line("miles.rate", _kinds("ticket"), _words(
        _("how miles are earned"), help_text=_("Airlines say all three: rate, validity, limits."),
    )),
    "miles_validity": _Line("miles.validity", _kinds("ticket"), _words(_("how long miles are valid"))),
    "miles_limits": _Line("miles.limits", _kinds("ticket"), _words(_("limits of redeeming miles"))),
    # rare
    "insurer_contract": _Line("insurer_contract", ALL, _words(
        _("insurer's contract reference"),
        help_text=_("Only for benefits of an insurance: the law forbids those outside the contract."),
    )),
    "compliance_approval": _Line("compliance_approval", ALL, _words(_("compliance approval"))),
    "earmark": _Line("earmark", ALL, _words(
        _("points kept for it"), max_length=64,
        help_text=_("The mark of points that can only be spent here and go first, such as a pet's birthday gift."),
    )),
}  # fmt: skip
NAMES: Final = tuple(_LINES)
_OF_A_FLIGHT: Final = frozenset({"miles_rate", "miles_validity", "miles_limits"})
_OF_A_VISIT: Final = frozenset(name for name, line in _LINES.items() if line.kinds == {"ticket"}) - _OF_A_FLIGHT


def of_kind(kind: str, *, merchant_category: str = "") -> list[str]:
    """The fields that a reward of this kind has; an airline's ticket tells of miles, any other of hours."""
    left_out = _OF_A_VISIT if merchant_category == "airline" else _OF_A_FLIGHT
    return [
        name for name, line in _LINES.items() if kind in line.kinds and not (merchant_category and name in left_out)
    ]


def fields() -> dict[str, forms.Field]:
    """New ones, for one form."""
    new = {name: line.field() for name, line in _LINES.items()}
    for field in new.values():
        field.label = capfirst(field.label)
    return new


def typed(details: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in `details`, by the names of the fields."""
    return {name: _read(details, line.path.split(".")) for name, line in _LINES.items()}


def kept(given: Mapping[str, Any], *, kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """`details` with what was typed in the fields of this kind."""
    given = _completed(given)
    told = copy.deepcopy(dict(before))
    for name, line in _LINES.items():
        if kind in line.kinds and name in given:
            _write(told, line.path.split("."), given[name])
    return told


def field_of(place: str) -> str:
    """The field in which an objection at `place` (details.coupon.off_fen) is put right; "" if it is none of these."""
    path = place.removeprefix("details.")
    below = [name for name, line in _LINES.items() if line.path == path or line.path.startswith(f"{path}.")]
    return below[0] if below and path != place else ""


def told(details: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Each label with what was said, for who may only read."""
    for name, value in typed(details).items():
        if value not in (None, "", {}, []):
            field = _LINES[name].field()
            yield field.label, _shown(field, value)


def _completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was left empty because it goes without saying: the cash ticket's own, and what other coupons have."""
    full = dict(given)
    for name in ("hours", "after_sales"):
        full[name] = given.get(name) or given.get(f"cash_{name}")
    left_out = "coupon_off" if given.get("coupon_kind") == "percent" else "coupon_percent"
    full[left_out] = None
    return full


def _read(details: Any, path: list[str]) -> Any:
    for step in path:
        details = details.get(step) if isinstance(details, Mapping) else None
    return details


def _write(details: dict[str, Any], path: list[str], value: Any) -> None:
    *branches, leaf = path
    for branch in branches:
        inner = details.get(branch)
        details[branch] = inner if isinstance(inner, dict) else {}
    holder = details[branches[0]] if branches else details
    if value in (None, "", {}, []):
        holder.pop(leaf, None)
    else:
        holder[leaf] = value
    if branches and not holder:
        del details[branches[0]]


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        names = {str(key): name for key, name in field.widget.choices}
        return str(names.get(str(value), value))
    if isinstance(field, WeekHoursField):
        days = zip(DAYS, WeekWidget().decompress(value), strict=True)
        return "; ".join(f"{name} {hours}" for (_day, name), hours in days if hours)
    return str(field.prepare_value(value))
