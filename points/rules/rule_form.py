"""A rule version as a form: fields to the JSON of `points.rules.rule_json` and back, and its problems by the field.

A definition that the fields cannot express stands in `raw` as JSON; when `raw` is filled in, it counts instead of them.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import dates
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
from points.rules.descriptions import translated
from points.rules.form_fields import Field
from points.rules.kinds import registry
from points.rules.reader import DefinitionInvalid, Problem

OF_CONDITIONS = (
    *("minimum_yuan", "include_skus", "include_categories", "include_labels", "exclude_skus"),
    *("days_of_month", "hours"),
)
# Where the form's field has another name than the definition's, beside the fields of the kinds.
FIELD_OF = {
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
WEEKDAYS = [(day + 1, name) for day, name in dates.WEEKDAYS.items()]
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


def _input(field: Field) -> forms.Field:
    help_text = translated(field.help_text) if field.help_text else ""
    label = translated(field.label)
    if field.input == "choice":
        return _choice(label, [(value, translated(text)) for value, text in field.choices], help_text=help_text)
    return (_yuan if field.input == "yuan" else _number)(label, help_text=help_text)


class RuleVersionForm(forms.Form):
    kind = _choice(_("kind of rule"), [])

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
    expiry_notice = _text(_("notice to the member about it"))
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
        help_text=_("For rules that the fields above cannot express. When it is filled in, it counts instead of them."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )

    starts_at = _moment(
        _("in force from"), required=True, help_text=_("Shanghai time. Earlier purchases are not affected.")
    )
    ends_at = _moment(_("in force until"), required=False, help_text=_("Empty: until the next version."))
    sample_yuan = _yuan(_("What would a purchase of … yuan earn?"), initial=Decimal("199.99"))

    SECTIONS = (
        (_("When it applies"), (*OF_CONDITIONS, "stores", "weekdays")),
        (_("Nature of the points"), ("pending_days", "valid_days", "expires_on", "expiry_notice", "earmark")),
        (
            _("Limits and other rules"),
            ("cap_limit", "cap_window", "budget_limit", "budget_window", "priority", "stacking", "campaign"),
        ),
        (_("In force"), ("starts_at", "ends_at")),
        (_("Expert"), ("raw",)),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.kind, translated(kind.label)) for kind in registry.KINDS]  # type: ignore[attr-defined]
        self.fields |= {field.name: _input(field) for field in registry.form_fields()}
        self.fields["stores"].choices = [(store.pk, store.name) for store in merchant.stores.order_by("code")]  # type: ignore[attr-defined]

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        effect = ("kind", *(field.name for field in registry.form_fields()))
        return [
            (title, [self[name] for name in names]) for title, names in ((_("Points granted"), effect), *self.SECTIONS)
        ]

    def clean_raw(self) -> Any:
        typed = self.cleaned_data["raw"].strip()
        if not typed:
            return None
        try:
            return json.loads(typed)
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is not JSON.")) from None

    def definition(self) -> Any:
        """The entered values as the JSON of a rule; publishing validates it."""
        given = self.cleaned_data
        if given["raw"] is not None:
            return given["raw"]
        definition = {"kind": given["kind"]} | self._effect(given) | self._lot(given)
        conditions = self._conditions(given)
        if conditions:
            definition["conditions"] = conditions
        return definition

    def add_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show each problem at the field it is in."""
        # Read first, because a field with an error loses its cleaned value.
        is_raw = self.cleaned_data.get("raw") is not None
        field_of = FIELD_OF | {field.key: field.name for field in registry.form_fields()}
        for problem in problems:
            name = field_of.get(problem.where, problem.where)
            sentence = translated(problem.text)
            if is_raw:
                self.add_error("raw", f"{problem.where}: {sentence}")
            else:
                self.add_error(name if name in self.fields else None, sentence)

    def _effect(self, given: Mapping[str, Any]) -> dict[str, Any]:
        kind = registry.by_name().get(given["kind"])
        values = {field.key: field.to_definition(given[field.name]) for field in (kind.fields if kind else ())}
        return {name: value for name, value in values.items() if value is not None}

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
        terms = {name: given[name] for name in names if given[name] not in (None, "")}
        if given["expires_on"]:
            terms["expires_on"] = given["expires_on"].isoformat()
        caps = [
            {"limit": given[f"{name}_limit"], "window": given[f"{name}_window"], "per": per}
            for name, per in (("cap", "member"), ("budget", "merchant"))
            if given[f"{name}_limit"] is not None
        ]
        return terms | ({"caps": caps} if caps else {})


def initial_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the fields for `definition`; `needs_raw` decides whether they express all of it."""
    conditions: Mapping[str, Any] = definition.get("conditions", {})
    include: Mapping[str, Any] = conditions.get("include", {})
    values: dict[str, Any] = {
        name: value for name, value in definition.items() if name in RuleVersionForm.base_fields
    } | {
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
    values |= {field.name: field.from_definition(definition.get(field.key)) for field in registry.form_fields()}
    for cap in definition.get("caps", []):
        name = "cap" if cap.get("per", "member") == "member" else "budget"
        values |= {f"{name}_limit": cap["limit"], f"{name}_window": cap["window"]}
    return values


def needs_raw(definition: Mapping[str, Any], merchant: Merchant) -> bool:
    """Whether the fields cannot express all of the definition."""
    form = RuleVersionForm({**initial_of(definition), "starts_at": "2026-01-01T00:00"}, merchant=merchant)
    if not form.is_valid():
        return True
    try:
        again = rule_json.canonical(rule_json.parse(form.definition()))
    except DefinitionInvalid:
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
