"""The JSON form of a rule version: read strictly, written canonically.

    {"kind": "rate", "points": 1, "per_fen": 100, …}: the fields of each kind stand in its file in `points.rules.kinds`

and, beside the kind's own fields, those of every rule:

    "conditions": {"minimum_fen": 0, "minimum_of": "order", "include": {"skus": [], "categories": [], "labels": []},
                   "exclude": {…}, "stores": [], "exclude_stores": [], "channels": [], "exclude_channels": [],
                   "weekdays": [1], "days_of_month": [18], "hours": ["10:00", "12:00"]}
    "priority": 0, "stacking": "add", "campaign": "spring",
    "caps": [{"limit": 100, "window": "day", "per": "member", "scope": "rule"}]
    "pending_days": 0, "valid_days": null, "expires_on": null, "expiry_notice": "", "earmark": null,
    "transferable": false (true where the points are green)

A field left out has the default shown. `points.rules.types` explains the fields; `points.rules.validation` decides
whether a merchant may publish the rule.
"""

from dataclasses import MISSING, fields
from datetime import date, time
from typing import Any, get_args

from points.rules.effect import Definition
from points.rules.kinds import registry
from points.rules.reader import MAX_FEN, Reader
from points.rules.types import CapScope, CapTerm, CapWindow, Conditions, Goods, LotTerms, Stacking


def parse(raw: object) -> Definition:
    """Read the JSON form. Raises DefinitionInvalid with every problem found, each with the field it is in."""
    reader = Reader(raw)
    kinds = registry.by_name()
    effect = kinds[reader.choice("kind", tuple(kinds))].read(reader)
    definition = Definition(
        effect=effect,
        conditions=_conditions(reader.inner("conditions")),
        priority=reader.integer("priority", 0, low=-1000, high=1000),
        stacking=reader.choice("stacking", get_args(Stacking), "add"),
        caps=tuple(_cap(cap) for cap in reader.each("caps")),
        lot=_lot(reader, transferable=effect.purse == "green"),
        campaign=reader.optional_text("campaign", longest=30),
    )
    reader.close()
    reader.raise_problems()
    return definition


def canonical(definition: Definition) -> dict[str, Any]:
    """The one JSON form of a definition: no defaults, lists sorted. Equal definitions give equal objects."""
    effect = definition.effect
    lot = _explicit(definition.lot)
    lot.pop("transferable", None)
    if definition.lot.transferable != (effect.purse == "green"):
        lot["transferable"] = definition.lot.transferable
    common = _explicit(definition)
    return {
        "kind": effect.kind,
        **_explicit(effect),
        **{name: value for name, value in common.items() if name not in ("effect", "lot")},
        **lot,
    }


def _conditions(reader: Reader) -> Conditions:
    conditions = Conditions(
        minimum_fen=reader.integer("minimum_fen", 0, low=0, high=MAX_FEN),
        minimum_of=reader.choice("minimum_of", ("order", "eligible"), "order"),
        include=_goods(reader.inner("include")),
        exclude=_goods(reader.inner("exclude")),
        stores=reader.integers("stores"),
        exclude_stores=reader.integers("exclude_stores"),
        channels=reader.texts("channels"),
        exclude_channels=reader.texts("exclude_channels"),
        weekdays=reader.integers("weekdays", high=7),
        days_of_month=reader.integers("days_of_month", high=31),
        hours=reader.hours("hours"),
    )
    reader.close()
    return conditions


def _goods(reader: Reader) -> Goods:
    goods = Goods(reader.texts("skus"), reader.texts("categories"), reader.texts("labels"))
    reader.close()
    return goods


def _cap(reader: Reader) -> CapTerm:
    cap = CapTerm(
        limit=reader.integer("limit", low=1, high=10**12),
        window=reader.choice("window", get_args(CapWindow)),
        per=reader.choice("per", ("member", "merchant"), "member"),
        scope=reader.choice("scope", get_args(CapScope), "rule"),
    )
    reader.close()
    return cap


def _lot(reader: Reader, *, transferable: bool) -> LotTerms:
    return LotTerms(
        pending_days=reader.integer("pending_days", 0, low=0, high=365),
        valid_days=reader.optional_integer("valid_days", low=1, high=36_500),
        expires_on=reader.optional_date("expires_on"),
        expiry_notice=reader.optional_text("expiry_notice", longest=500) or "",
        earmark=reader.optional_text("earmark", longest=64),
        transferable=reader.flag("transferable", transferable),
    )


def _explicit(value: object) -> dict[str, Any]:
    """The fields of a dataclass that are not at their default, in plain JSON values."""
    explicit: dict[str, Any] = {}
    for one in fields(value):  # type: ignore[arg-type]  # because every caller passes a dataclass
        held = getattr(value, one.name)
        if one.init and (one.default is MISSING or held != one.default):
            explicit[one.name] = _plain(held)
    return explicit


def _plain(value: object) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case tuple():
            return [_plain(item) for item in value]
        case time():
            return "24:00" if value == time.max else value.strftime("%H:%M")
        case date():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case _:
            return _explicit(value)
