"""A rule version as a form: fields to the JSON of `points.rules.rule_json` and back, and its problems by the field.

What the fields cannot say is said in `raw`, the whole definition as JSON; when it is filled in, it counts instead.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from merchants.models import Merchant
from points.rules import rule_json
from points.rules.reader import Problem

KINDS = [
    ("rate", _("points by amount")),
    ("multiplier", _("multiplied points")),
    ("bonus", _("bonus for an order or piece")),
    ("first_purchase", _("first purchase")),
    ("sign_up", _("sign-up gift")),
    ("birthday", _("birthday")),
    ("green", _("green points for goods")),
]
# What each kind says of itself; the other fields of the form do not reach its definition.
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "rate": ("points", "per_fen", "purse", "rounding", "round_per"),
    "multiplier": ("percent", "purse"),
    "bonus": ("points", "purse", "per"),
    "first_purchase": ("points", "threshold_fen"),
    "sign_up": ("points",),
    "birthday": ("points", "percent", "whose", "on", "trigger"),
    "green": ("points", "per_fen"),
}
OF_EFFECT = (
    *("points", "per_yuan", "percent", "threshold_yuan", "purse", "per"),
    *("rounding", "round_per", "whose", "on", "trigger"),
)
OF_CONDITIONS = (
    *("minimum_yuan", "include_skus", "include_categories", "include_labels", "exclude_skus"),
    *("days_of_month", "hours"),
)
# Where the form's field has another name than the definition's.
FIELD_OF = {
    "per_fen": "per_yuan",
    "threshold_fen": "threshold_yuan",
    "conditions.minimum_fen": "minimum_yuan",
    "conditions.include": "include_labels",
    "conditions.include.skus": "include_skus",
    "conditions.include.categories": "include_categories",
    "conditions.include.labels": "include_labels",
    "conditions.exclude.skus": "exclude_skus",
    "conditions.skus": "exclude_skus",
    "conditions.stores": "stores",
    "conditions.weekdays": "weekdays",
    "conditions.days_of_month": "days_of_month",
    "conditions.hours": "hours",
    "conditions": "minimum_yuan",
    "caps.0": "cap_limit",
    "caps.0.limit": "cap_limit",
    "caps.1": "budget_limit",
    "caps.1.limit": "budget_limit",
}
WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]
WINDOWS = [("day", _("a day")), ("month", _("a month")), ("year", _("a year"))]


def _number(label: Any, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, widget=UnfoldAdminIntegerFieldWidget, **kwargs)


def _yuan(label: Any, **kwargs: Any) -> forms.DecimalField:
    kwargs = {"decimal_places": 2, "min_value": 0, "max_value": 100_000_000} | kwargs
    return forms.DecimalField(label=label, required=False, widget=UnfoldAdminDecimalFieldWidget, **kwargs)


def _text(label: Any, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("max_length", 500)
    return forms.CharField(label=label, required=False, widget=UnfoldAdminTextInputWidget, **kwargs)


def _choice(label: Any, choices: list[tuple[Any, Any]], **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget, **kwargs)


def _moment(label: Any, *, required: bool, help_text: Any = "") -> forms.DateTimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    widget.format = "%Y-%m-%dT%H:%M"
    return forms.DateTimeField(label=label, required=required, widget=widget, help_text=help_text)


class RuleVersionForm(forms.Form):
    kind = _choice(_("kind of rule"), KINDS)
    points = _number(_("points"))
    per_yuan = _yuan(_("for every … yuan"), help_text=_("1 point for every 1 yuan: points 1, here 1."))
    percent = _number(_("factor in percent"), help_text=_("200 doubles the points."))
    threshold_yuan = _yuan(_("first order of at least … yuan"))
    purse = _choice(_("purse"), [("base", pgettext_lazy("purse", "points")), ("green", _("green points"))])
    per = _choice(_("bonus for"), [("order", _("the order")), ("item", _("every piece"))])
    rounding = _choice(
        _("rounding"), [("floor", _("down")), ("half_up", _("to the nearest")), ("ceil", pgettext_lazy("round", "up"))]
    )
    round_per = _choice(_("rounded"), [("order", _("once per order")), ("line", _("line by line"))])
    whose = _choice(_("whose birthday"), [("member", _("the member's")), ("pet", _("a pet's"))])
    on = _choice(_("counts"), [("day", _("on the day")), ("month", _("in the month"))])
    trigger = _choice(_("granted"), [("event", _("when the day comes")), ("purchase", _("with a purchase"))])

    minimum_yuan = _yuan(_("order of at least … yuan"))
    include_skus = _text(_("only these SKUs"), help_text=_("Several with commas between them; empty means all."))
    include_categories = _text(_("only these categories"))
    include_labels = _text(_("only goods with these labels"), help_text=_("green:* means every green label."))
    exclude_skus = _text(_("not these SKUs"))
    stores = forms.TypedMultipleChoiceField(
        label=_("only in these stores"), required=False, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("only on"),
        required=False,
        coerce=int,
        choices=WEEKDAYS,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    days_of_month = _text(_("only on these days of the month"), help_text=_("For example 8, 18, 28."))
    hours = _text(_("only between"), help_text=_("For example 10:00-12:00, Shanghai time."))

    pending_days = _number(_("usable after … days"), help_text=_("The time for returning goods; 0 means at once."))
    valid_days = _number(_("valid for … days"), help_text=_("Empty: for ever. Points earned by spending never expire."))
    expires_on = forms.DateField(
        label=_("or until"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    expiry_notice = _text(_("what the member is told about it"))
    earmark = _text(
        _("usable only for"), max_length=64, help_text=_("The code of one reward; empty means for anything.")
    )

    cap_limit = _number(_("at most … points per member"))
    cap_window = _choice(_("within"), WINDOWS)
    budget_limit = _number(_("at most … points for all members together"))
    budget_window = _choice(_("within"), WINDOWS)
    priority = _number(_("priority"), initial=0)
    stacking = _choice(
        _("beside other rules of its kind"),
        [
            ("add", _("adds up")),
            ("multiply", _("multiplies")),
            ("best", _("only the best counts")),
            ("exclusive", _("counts alone")),
        ],
    )
    campaign = _text(_("campaign"), max_length=30)
    raw = forms.CharField(
        label=_("The whole definition as JSON"),
        required=False,
        help_text=_("For what the fields above cannot say. When it is filled in, it counts instead of them."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )

    starts_at = _moment(
        _("in force from"), required=True, help_text=_("Shanghai time. What came before stays as it was.")
    )
    ends_at = _moment(_("in force until"), required=False, help_text=_("Empty: until the next version."))
    sample_yuan = _yuan(_("What would a purchase of … yuan earn?"), initial=Decimal("199.99"))

    SECTIONS = (
        (_("What it grants"), ("kind", *OF_EFFECT)),
        (_("When it applies"), (*OF_CONDITIONS, "stores", "weekdays")),
        (_("What the points are like"), ("pending_days", "valid_days", "expires_on", "expiry_notice", "earmark")),
        (
            _("Limits and other rules"),
            ("cap_limit", "cap_window", "budget_limit", "budget_window", "priority", "stacking", "campaign"),
        ),
        (_("In force"), ("starts_at", "ends_at")),
        (_("Expert"), ("raw",)),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stores"].choices = [(store.pk, store.name) for store in merchant.stores.order_by("code")]  # type: ignore[attr-defined]

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.SECTIONS]

    def clean_raw(self) -> Any:
        typed = self.cleaned_data["raw"].strip()
        if not typed:
            return None
        try:
            return json.loads(typed)
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is not JSON.")) from None

    def definition(self) -> Any:
        """What was typed, as the JSON of a rule; judged by whoever publishes it."""
        given = self.cleaned_data
        if given["raw"] is not None:
            return given["raw"]
        said = {"kind": given["kind"]} | self._effect(given) | self._lot(given)
        conditions = self._conditions(given)
        if conditions:
            said["conditions"] = conditions
        return said

    def tell(self, problems: tuple[Problem, ...]) -> None:
        """Show each problem at the field it is in."""
        # Asked before, because a field with an error loses its answer.
        is_raw = self.cleaned_data.get("raw") is not None
        for problem in problems:
            name = FIELD_OF.get(problem.where, problem.where)
            sentence = gettext(problem.sentence) % problem.figures
            if is_raw:
                self.add_error("raw", f"{problem.where}: {sentence}")
            else:
                self.add_error(name if name in self.fields else None, sentence)

    def _effect(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values = {
            **given,
            "per_fen": _fen(given["per_yuan"]),
            "threshold_fen": _fen(given["threshold_yuan"]),
        }
        return {name: values[name] for name in OF_KIND[given["kind"]] if values[name] not in (None, "")}

    def _conditions(self, given: Mapping[str, Any]) -> dict[str, Any]:
        include = _filled(
            skus=_listed(given["include_skus"]),
            categories=_listed(given["include_categories"]),
            labels=_listed(given["include_labels"]),
        )
        return _filled(
            minimum_fen=_fen(given["minimum_yuan"]),
            include=include,
            exclude=_filled(skus=_listed(given["exclude_skus"])),
            stores=given["stores"],
            weekdays=given["weekdays"],
            days_of_month=[int(day) if day.isdecimal() else day for day in _listed(given["days_of_month"])],
            hours=[part.strip() for part in given["hours"].replace("–", "-").split("-")] if given["hours"] else [],
        )

    def _lot(self, given: Mapping[str, Any]) -> dict[str, Any]:
        names = ("pending_days", "valid_days", "expiry_notice", "earmark", "priority", "stacking", "campaign")
        said = {name: given[name] for name in names if given[name] not in (None, "")}
        if given["expires_on"]:
            said["expires_on"] = given["expires_on"].isoformat()
        caps = [
            {"limit": given[f"{what}_limit"], "window": given[f"{what}_window"], "per": per}
            for what, per in (("cap", "member"), ("budget", "merchant"))
            if given[f"{what}_limit"] is not None
        ]
        return said | ({"caps": caps} if caps else {})


def initial_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say `definition`; where they cannot say all of it, `raw` does."""
    conditions: Mapping[str, Any] = definition.get("conditions", {})
    include: Mapping[str, Any] = conditions.get("include", {})
    said: dict[str, Any] = {
        name: value for name, value in definition.items() if name in RuleVersionForm.base_fields
    } | {
        "per_yuan": _in_yuan(definition.get("per_fen")),
        "threshold_yuan": _in_yuan(definition.get("threshold_fen")),
        "minimum_yuan": _in_yuan(conditions.get("minimum_fen")),
        "include_skus": ", ".join(include.get("skus", [])),
        "include_categories": ", ".join(include.get("categories", [])),
        "include_labels": ", ".join(include.get("labels", [])),
        "exclude_skus": ", ".join(conditions.get("exclude", {}).get("skus", [])),
        "stores": conditions.get("stores", []),
        "weekdays": conditions.get("weekdays", []),
        "days_of_month": ", ".join(map(str, conditions.get("days_of_month", []))),
        "hours": "-".join(conditions.get("hours") or []),
    }
    for cap in definition.get("caps", []):
        what = "cap" if cap.get("per", "member") == "member" else "budget"
        said |= {f"{what}_limit": cap["limit"], f"{what}_window": cap["window"]}
    return said


def needs_raw(definition: Mapping[str, Any], merchant: Merchant) -> bool:
    """Whether the fields cannot say all of the definition."""
    said = initial_of(definition)
    form = RuleVersionForm({**said, "starts_at": "2026-01-01T00:00"}, merchant=merchant)
    if not form.is_valid():
        return True
    try:
        again = rule_json.canonical(rule_json.parse(form.definition()))
    except rule_json.DefinitionInvalid:
        return True
    return again != rule_json.canonical(rule_json.parse(definition))


def _fen(yuan: Decimal | None) -> int | None:
    return None if yuan is None else int(yuan * 100)


def _in_yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else (Decimal(fen) / 100).quantize(Decimal("0.01"))


def _listed(typed: str) -> list[str]:
    parts = typed.replace("\uff0c", ",").replace("、", ",").split(",")
    return [part.strip() for part in parts if part.strip()]


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
