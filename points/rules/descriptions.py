"""A rule version in the active language: one sentence, and a table of its terms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import time

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from points.amounts import points as written
from points.amounts import yuan
from points.rules.effect import Definition
from points.rules.text import Factor, Figure, Number, Points, Text, Yuan
from points.rules.types import CapTerm, Conditions, Goods, LotTerms

Term = tuple[str, str]


def sentence(definition: Definition) -> str:
    """One sentence: "Every 1 yuan spent earns 1 point." """
    return translated(definition.effect.sentence())


def terms(definition: Definition, *, stores: Mapping[int, str]) -> list[Term]:
    """All other terms of the rule, each with its name; `stores` are the names of the merchant's own."""
    return [
        *((translated(name), translated(term)) for name, term in definition.effect.terms()),
        *_conditions(definition.conditions, stores),
        *(_cap(cap) for cap in definition.caps),
        *_lot(definition.lot),
        *_beside_others(definition),
    ]


def translated(text: Text, **figures: str) -> str:
    """A text of a pure module in the active language; `figures` are further ones, already in their written form."""
    message = pgettext(text.context, text.message) if text.context else _(text.message)
    return message % ({name: _figure(figure) for name, figure in text.figures.items()} | figures)


def _figure(figure: Figure) -> object:
    match figure:
        case Text():
            return translated(figure)
        case Points():
            return _amount(figure.value, figure.purse)
        case Number():
            return written(figure.value)
        case Yuan():
            return yuan(figure.fen)
        case Factor():
            return f"{figure.percent / 100:g}"
    return figure


def _conditions(conditions: Conditions, stores: Mapping[int, str]) -> Iterator[Term]:
    if conditions.minimum_fen:
        of = _("of the goods that count") if conditions.minimum_of == "eligible" else _("of the order")
        yield _("Minimum spend"), f"¥{yuan(conditions.minimum_fen)} {of}"
    yield from _goods(_("Only"), conditions.include)
    yield from _goods(_("Not"), conditions.exclude)
    shops = _listed(stores.get(one, f"#{one}") for one in sorted(conditions.stores))
    not_shops = _listed(stores.get(one, f"#{one}") for one in sorted(conditions.exclude_stores))
    days = _listed(str(WEEKDAYS[day - 1]) for day in sorted(conditions.weekdays))
    dates = _listed(_("day %(day)s") % {"day": day} for day in sorted(conditions.days_of_month))
    listed = [
        (_("Shops"), shops),
        (_("Not in the shops"), not_shops),
        (_("Channels"), _listed(sorted(conditions.channels))),
        (_("Not through"), _listed(sorted(conditions.exclude_channels))),
        (_("Weekdays"), days),
        (_("Every month on"), dates),
        (_("Hours"), "–".join(_clock(one) for one in conditions.hours or ())),
    ]
    yield from ((name, text) for name, text in listed if text)


def _goods(which: str, goods: Goods) -> Iterator[Term]:
    lists = [
        (_("%(which)s SKUs"), goods.skus),
        (_("%(which)s categories"), goods.categories),
        (_("%(which)s labels"), goods.labels),
    ]
    yield from ((name % {"which": which}, _listed(sorted(listed))) for name, listed in lists if listed)


def _cap(cap: CapTerm) -> Term:
    name = _("Limit for a member") if cap.per == "member" else _("Budget for all members")
    within = {
        "day": _("a day"),
        "month": _("a month"),
        "year": _("a year"),
        "campaign": _("in the whole campaign"),
    }[cap.window]
    scope = {
        "rule": "",
        "campaign": _("over all rules of the campaign"),
        "merchant": _("over all rules of the merchant"),
    }[cap.scope]
    return name, " ".join(part for part in (_amount(cap.limit), within, scope) if part)


def _lot(lot: LotTerms) -> Iterator[Term]:
    if lot.pending_days:
        days = ngettext("after %(days)d day", "after %(days)d days", lot.pending_days) % {"days": lot.pending_days}
        yield _("Usable"), days
    if lot.valid_days is not None:
        yield _("Valid"), ngettext("%(days)d day", "%(days)d days", lot.valid_days) % {"days": lot.valid_days}
    elif lot.expires_on is not None:
        yield _("Valid until"), lot.expires_on.isoformat()
    else:
        yield _("Valid"), _("for ever")
    if lot.expiry_notice:
        yield _("Notice to the member"), lot.expiry_notice
    if lot.earmark:
        yield _("Usable only for"), lot.earmark


def _beside_others(definition: Definition) -> Iterator[Term]:
    stacking = {
        "add": "",
        "multiply": _("multiplies with other factors"),
        "best": _("only the best of these counts"),
        "exclusive": _("counts alone"),
    }[definition.stacking]
    if stacking:
        yield _("Beside other rules"), stacking
    if definition.priority:
        yield _("Priority"), str(definition.priority)
    if definition.campaign:
        yield _("Campaign"), definition.campaign


def _amount(points: int, purse: str = "base") -> str:
    if purse == "green":
        message = ngettext("%(points)s green point", "%(points)s green points", points)
    else:
        message = ngettext("%(points)s point", "%(points)s points", points)
    return message % {"points": written(points)}


def _clock(one: time) -> str:
    return "24:00" if one.microsecond else one.strftime("%H:%M")


def _listed(parts: Iterable[str]) -> str:
    return " · ".join(parts)
