"""The JSON form of a rule version: read strictly, written canonically.

    {"kind": "rate", "points": 1, "per_fen": 100, "purse": "base", "rounding": "floor", "round_per": "order"}
    {"kind": "multiplier", "percent": 200, "purse": "base"}
    {"kind": "bonus", "points": 50, "purse": "base", "per": "order"}
    {"kind": "first_purchase", "points": 200, "threshold_fen": 10000}
    {"kind": "sign_up", "points": 100}
    {"kind": "birthday", "points": 88, "whose": "pet", "on": "day", "trigger": "event"}
    {"kind": "green", "points": 20, "per_fen": null}

and, beside the kind's own fields, what every rule may say:

    "conditions": {"minimum_fen": 0, "minimum_of": "order", "include": {"skus": [], "categories": [], "labels": []},
                   "exclude": {…}, "stores": [], "exclude_stores": [], "channels": [], "exclude_channels": [],
                   "weekdays": [1], "days_of_month": [18], "hours": ["10:00", "12:00"]}
    "priority": 0, "stacking": "add", "campaign": "spring",
    "caps": [{"limit": 100, "window": "day", "per": "member", "scope": "rule"}]
    "pending_days": 0, "valid_days": null, "expires_on": null, "expiry_notice": "", "earmark": null,
    "transferable": false (true where the points are green)

Left out means the default shown. What each means is told in `points.rules.types`; whether a merchant may publish it is
judged by `points.rules.validation`.
"""

from dataclasses import MISSING, fields
from datetime import date, time
from typing import Any, Final, get_args

from points.rules.awards import PurseName
from points.rules.reader import DefinitionInvalid, Problem, Reader
from points.rules.types import (
    Birthday,
    Bonus,
    CapScope,
    CapTerm,
    CapWindow,
    Conditions,
    Definition,
    Effect,
    FirstPurchase,
    Goods,
    Green,
    LotTerms,
    Multiplier,
    Rate,
    Rounding,
    SignUp,
    Stacking,
    grants_green,
)
from points.rules.validation import validate

__all__ = ["DefinitionInvalid", "Problem", "canonical", "parse", "validate"]

KINDS: Final[dict[str, type[Effect]]] = {
    "rate": Rate,
    "multiplier": Multiplier,
    "bonus": Bonus,
    "first_purchase": FirstPurchase,
    "sign_up": SignUp,
    "birthday": Birthday,
    "green": Green,
}

MOST_POINTS: Final = 1_000_000
MOST_FEN: Final = 10_000_000_000


def parse(raw: object) -> Definition:
    """Read the JSON form. Raises DefinitionInvalid with every problem found, each with the field it is in."""
    reader = Reader(raw)
    kind = reader.choice("kind", tuple(KINDS))
    effect = _effect(reader, kind)
    definition = Definition(
        effect=effect,
        conditions=_conditions(reader.inner("conditions")),
        priority=reader.integer("priority", 0, low=-1000, high=1000),
        stacking=reader.choice("stacking", get_args(Stacking), "add"),
        caps=tuple(_cap(cap) for cap in reader.each("caps")),
        lot=_lot(reader, transferable=grants_green(effect)),
        campaign=reader.optional_text("campaign", longest=30),
    )
    reader.close()
    reader.raise_problems()
    return definition


def canonical(definition: Definition) -> dict[str, Any]:
    """The one JSON form of a definition: no defaults, lists sorted. Equal definitions give equal objects."""
    effect = definition.effect
    kind = next(name for name, cls in KINDS.items() if cls is type(effect))
    lot = _said(definition.lot)
    lot.pop("transferable", None)
    if definition.lot.transferable != grants_green(effect):
        lot["transferable"] = definition.lot.transferable
    said = _said(definition)
    return {
        "kind": kind,
        **_said(effect),
        **{name: said[name] for name in said if name not in ("effect", "lot")},
        **lot,
    }


def _effect(reader: Reader, kind: str) -> Effect:
    purse: PurseName = (
        reader.choice("purse", get_args(PurseName), "base") if kind in ("rate", "multiplier", "bonus") else "base"
    )
    if kind == "multiplier":
        return Multiplier(reader.integer("percent", low=101, high=1000), purse)
    if kind == "birthday":
        return _birthday(reader)
    points = reader.integer("points", low=1, high=MOST_POINTS)
    if kind == "bonus":
        return Bonus(points, purse, reader.choice("per", ("order", "item"), "order"))
    if kind == "first_purchase":
        return FirstPurchase(points, reader.integer("threshold_fen", low=0, high=MOST_FEN))
    if kind == "sign_up":
        return SignUp(points)
    if kind == "green":
        return Green(points, reader.optional_integer("per_fen", low=1, high=MOST_FEN))
    return Rate(
        points,
        reader.integer("per_fen", low=1, high=MOST_FEN),
        purse,
        reader.choice("rounding", get_args(Rounding), "floor"),
        reader.choice("round_per", ("order", "line"), "order"),
    )


def _birthday(reader: Reader) -> Birthday:
    return Birthday(
        points=reader.optional_integer("points", low=1, high=MOST_POINTS),
        percent=reader.optional_integer("percent", low=101, high=1000),
        whose=reader.choice("whose", ("member", "pet"), "member"),
        on=reader.choice("on", ("day", "month"), "day"),
        trigger=reader.choice("trigger", ("event", "purchase"), "event"),
    )


def _conditions(reader: Reader) -> Conditions:
    conditions = Conditions(
        minimum_fen=reader.integer("minimum_fen", 0, low=0, high=MOST_FEN),
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


def _said(value: object) -> dict[str, Any]:
    """The fields of a dataclass that are not at their default, in plain JSON values."""
    said: dict[str, Any] = {}
    for one in fields(value):  # type: ignore[arg-type]  # because every caller passes a dataclass
        held = getattr(value, one.name)
        if one.init and (one.default is MISSING or held != one.default):
            said[one.name] = _plain(held)
    return said


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
            return _said(value)
