"""Form fields of each kind of reward, stored in `Reward.details` as `redemption.disclosures` reads it.

Keys of `details` without a field here are preserved.
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
# Collapsed, because few rewards need them: documents of an insurer, earmarked points.
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
class _DetailField:
    """A form field with its path in `details` and the kinds of rewards that have it."""

    path: str
    kinds: frozenset[str]
    field: Callable[[], forms.Field]


def _kinds(*names: str) -> frozenset[str]:
    return frozenset(names)


def _whole(label: Any, **options: Any) -> Callable[[], forms.Field]:
    return lambda: forms.IntegerField(
        label=label, required=False, widget=UnfoldAdminIntegerFieldWidget, **({"min_value": 1} | options)
    )


def _text(label: Any, **options: Any) -> Callable[[], forms.Field]:
    options = {"max_length": 200} | options
    return lambda: forms.CharField(label=label, required=False, widget=UnfoldAdminTextInputWidget, **options)


def _long_text(label: Any, **options: Any) -> Callable[[], forms.Field]:
    return lambda: forms.CharField(
        label=label,
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "class": "max-w-2xl"}),
        **options,
    )


def _choice(label: Any, choices: list[tuple[str, Any]], **options: Any) -> Callable[[], forms.Field]:
    return lambda: forms.TypedChoiceField(
        label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget, empty_value=None, **options
    )


def _yuan(label: Any, **options: Any) -> Callable[[], forms.Field]:
    return lambda: YuanField(label=label, required=False, **options)


_YES_NO: Final = [("", _("please choose")), ("True", _("yes")), ("False", _("no"))]
_SAME: Final = _("Empty: the same as for cash. It may not be less.")
_FIELDS: Final[dict[str, _DetailField]] = {
    # goods: 消费者权益保护法 art. 25
    "return_days": _DetailField("returns.days", _kinds("goods"), _whole(
        _("days for returning without a reason"), min_value=0, max_value=365,
        help_text=_("At least 7 days from the day after receipt (Consumer Protection Law art. 25)."),
    )),
    "cash_return_days": _DetailField("returns.cash_days", _kinds("goods"), _whole(
        _("days for returning when bought for cash"), min_value=0, max_value=365,
        help_text=_("A member who pays with points has as many at least."),
    )),
    "return_except": _DetailField("returns.except", _kinds("goods"), _choice(
        _("exception of the law"), EXCEPTIONS, help_text=_("Faulty goods are taken back all the same."),
    )),
    "return_terms": _DetailField("returns.terms", _kinds("goods"), _long_text(
        _("how goods are returned"),
        help_text=_("In what state, to which address, and who pays the parcel. Members read it before returning."),
    )),
    # customised
    "pieces": _DetailField("pieces", _kinds("customised"), _whole(
        _("pieces that one reward makes"), help_text=_("100 printed pieces for 2,000 points: 100."),
    )),
    "needs_logo": _DetailField("needs_logo", _kinds("customised"), _choice(
        _("the member uploads a logo"), _YES_NO, coerce=lambda typed: typed == "True",
    )),
    # coupons
    "coupon_kind": _DetailField("coupon.kind", COUPONS, _choice(_("kind of discount"), [
        ("", _("please choose")), ("threshold", _("a sum, from a minimum spend on")), ("fixed", _("a fixed sum")),
        ("percent", _("a percentage")),
    ])),
    "coupon_off": _DetailField("coupon.off_fen", COUPONS, _yuan(_("yuan off"), help_text=_("Not for a percentage."))),
    "coupon_percent": _DetailField("coupon.off_percent", COUPONS, _whole(
        _("percent off"), max_value=100, help_text=_("20 makes 80 yuan of 100. Only for a percentage."),
    )),
    "coupon_minimum": _DetailField("coupon.minimum_fen", COUPONS, _yuan(
        _("minimum spend in yuan"), help_text=_("Needed for a sum from a minimum spend on; else empty means none."),
    )),
    # services
    "slot_minutes": _DetailField("slot_minutes", _kinds("service"), _whole(
        _("length of an appointment in minutes"), max_value=1440,
        help_text=_("For services at a date and time; the appointments are planned under “Appointments”."),
    )),
    "off_percent": _DetailField("off_percent", _kinds("service"), _whole(
        _("discount on the service in percent"), max_value=100, help_text=_("Empty: the service itself is free."),
    )),
    "valid_days": _DetailField("valid_days", VOUCHERS, _whole(
        _("days the voucher is valid"), max_value=3650,
        help_text=_("Needed for coupons, and for services without appointments; else empty means for ever."),
    )),
    # tickets, and the miles of an airline's
    "cash_hours": _DetailField("cash_hours", _kinds("ticket"), lambda: WeekHoursField(
        label=_("hours of the cash ticket"), help_text=_("A day left empty is closed. Not for flights."),
    )),
    "hours": _DetailField("hours", _kinds("ticket"), lambda: WeekHoursField(
        label=_("hours of the ticket for points"), help_text=_SAME,
    )),
    "cash_closed_on": _DetailField("cash_closed_on", _kinds("ticket"), lambda: DatesField(
        label=_("days on which the cash ticket is not valid"), required=False, help_text="2026-10-01, 2026-10-02",
    )),
    "closed_on": _DetailField("closed_on", _kinds("ticket"), lambda: DatesField(
        label=_("days on which the ticket for points is not valid"), required=False,
        help_text=_("No other days than for cash."),
    )),
    "cash_after_sales": _DetailField(
        "cash_after_sales", _kinds("ticket"), _long_text(_("after-sales of the cash ticket")),
    ),
    "after_sales": _DetailField("after_sales", _kinds("ticket"), _long_text(
        _("after-sales of the ticket for points"), help_text=_SAME,
    )),
    "miles_rate": _DetailField("miles.rate", _kinds("ticket"), _text(
        _("how miles are earned"), help_text=_("Airlines fill in all three: rate, validity, limits."),
    )),
    "miles_validity": _DetailField("miles.validity", _kinds("ticket"), _text(_("how long miles are valid"))),
    "miles_limits": _DetailField("miles.limits", _kinds("ticket"), _text(_("limits of redeeming miles"))),
    # rare
    "insurer_contract": _DetailField("insurer_contract", ALL, _text(
        _("insurer's contract reference"),
        help_text=_("Only for benefits of an insurance: the law forbids those outside the contract."),
    )),
    "compliance_approval": _DetailField("compliance_approval", ALL, _text(_("compliance approval"))),
    "earmark": _DetailField("earmark", ALL, _text(
        _("earmarked points"), max_length=64,
        help_text=_("The mark of points that can only be spent on this reward, such as a pet's birthday gift."),
    )),
}  # fmt: skip
NAMES: Final = tuple(_FIELDS)
_MILES: Final = frozenset({"miles_rate", "miles_validity", "miles_limits"})
_ADMISSION: Final = frozenset(name for name, detail in _FIELDS.items() if detail.kinds == {"ticket"}) - _MILES


def of_kind(kind: str, *, merchant_category: str = "") -> list[str]:
    """Names of the fields of a kind; an airline's ticket has miles, any other ticket has hours."""
    left_out = _ADMISSION if merchant_category == "airline" else _MILES
    return [
        name
        for name, detail in _FIELDS.items()
        if kind in detail.kinds and not (merchant_category and name in left_out)
    ]


def fields() -> dict[str, forms.Field]:
    """New field instances for one form."""
    new = {name: detail.field() for name, detail in _FIELDS.items()}
    for field in new.values():
        field.label = capfirst(field.label)
    return new


def initial(details: Mapping[str, Any]) -> dict[str, Any]:
    """Values in `details` by field name."""
    return {name: _read(details, detail.path.split(".")) for name, detail in _FIELDS.items()}


def updated(given: Mapping[str, Any], *, kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The details `before` with the values of the fields of this kind."""
    given = _completed(given)
    details = copy.deepcopy(dict(before))
    for name, detail in _FIELDS.items():
        if kind in detail.kinds and name in given:
            _write(details, detail.path.split("."), given[name])
    return details


def field_of(place: str) -> str:
    """The form field for an objection at `place` (details.coupon.off_fen); "" if there is none."""
    path = place.removeprefix("details.")
    below = [name for name, detail in _FIELDS.items() if detail.path == path or detail.path.startswith(f"{path}.")]
    return below[0] if below and path != place else ""


def labelled(details: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Label and text of each detail that is set, for a read-only page."""
    for name, value in initial(details).items():
        if value not in (None, "", {}, []):
            field = _FIELDS[name].field()
            yield field.label, _shown(field, value)


def _completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with defaults: terms equal to the cash ticket's, and no fields of the other kind of coupon."""
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
