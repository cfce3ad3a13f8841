"""What a version of an earning rule says, in words: one sentence, and its terms as a table. In the active language."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from points.rules.types import (
    Birthday,
    Bonus,
    CapTerm,
    Conditions,
    Definition,
    FirstPurchase,
    Goods,
    Green,
    LotTerms,
    Multiplier,
    Rate,
    SignUp,
)
from points.templatetags.amounts import points as written
from points.templatetags.amounts import yuan

Term = tuple[str, str]


def sentence(definition: Definition) -> str:
    """What the rule grants: "Every 1 yuan spent earns 1 point." """
    effect = definition.effect
    return _SENTENCES[type(effect)](effect)


def terms(definition: Definition, *, stores: Mapping[int, str]) -> list[Term]:
    """Everything else that the rule says, each with its name; `stores` are the names of the merchant's own."""
    return [
        *_rounding(definition.effect),
        *_conditions(definition.conditions, stores),
        *(_cap(cap) for cap in definition.caps),
        *_lot(definition.lot),
        *_beside_others(definition),
    ]


def _rate(rate: Rate) -> str:
    figures = {"yuan": yuan(rate.per_fen), "points": _amount(rate.points, rate.purse)}
    return _("Every %(yuan)s yuan spent earns %(points)s.") % figures


def _multiplier(multiplier: Multiplier) -> str:
    figures = {"factor": _factor(multiplier.percent)}
    if multiplier.purse == "green":
        return _("A purchase earns %(factor)s times the green points.") % figures
    return _("A purchase earns %(factor)s times the points.") % figures


def _bonus(bonus: Bonus) -> str:
    figures = {"points": _amount(bonus.points, bonus.purse)}
    if bonus.per == "item":
        return _("Every piece of the goods earns %(points)s.") % figures
    return _("An order earns %(points)s on top.") % figures


def _first_purchase(first: FirstPurchase) -> str:
    figures = {"yuan": yuan(first.threshold_fen), "points": _amount(first.points)}
    return _("The first order of at least %(yuan)s yuan earns %(points)s on top, once.") % figures


def _sign_up(gift: SignUp) -> str:
    return _("Joining earns %(points)s, once.") % {"points": _amount(gift.points)}


def _birthday(birthday: Birthday) -> str:
    whose = _("a pet's birthday") if birthday.whose == "pet" else _("the member's birthday")
    when = {"whose": whose, "on": _("in the month of") if birthday.on == "month" else _("on")}
    if birthday.percent is not None:
        pattern = _("A purchase %(on)s %(whose)s earns %(factor)s times the points.")
        return pattern % (when | {"factor": _factor(birthday.percent)})
    told = when | {"points": _amount(birthday.points or 0)}
    if birthday.trigger == "purchase":
        return _("Whoever buys %(on)s %(whose)s gets %(points)s, once a year.") % told
    return _("Granted by itself %(on)s %(whose)s: %(points)s, once a year.") % told


def _green(green: Green) -> str:
    if green.per_fen is None:
        return _("Every piece of the goods earns %(points)s.") % {"points": _amount(green.points, "green")}
    figures = {"yuan": yuan(green.per_fen), "points": _amount(green.points, "green")}
    return _("Every %(yuan)s yuan spent on the goods earns %(points)s.") % figures


_SENTENCES: Mapping[type, Callable[[Any], str]] = {
    Rate: _rate,
    Multiplier: _multiplier,
    Bonus: _bonus,
    FirstPurchase: _first_purchase,
    SignUp: _sign_up,
    Birthday: _birthday,
    Green: _green,
}


def _rounding(effect: object) -> Iterator[Term]:
    if isinstance(effect, Rate):
        yield _("Rounding"), rounding(effect.rounding, effect.round_per)


def rounding(how: str, per: str) -> str:
    """The whole rule of rounding (R01), as the rule's page and each entry that it made disclose it."""
    return {
        ("floor", "order"): _("rounded down once per order"),
        ("half_up", "order"): _("rounded to the nearest once per order"),
        ("ceil", "order"): _("rounded up once per order"),
        ("floor", "line"): _("rounded down line by line"),
        ("half_up", "line"): _("rounded to the nearest line by line"),
        ("ceil", "line"): _("rounded up line by line"),
    }[how, per]


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
    told = [
        (_("Shops"), shops),
        (_("Not in the shops"), not_shops),
        (_("Channels"), _listed(sorted(conditions.channels))),
        (_("Not through"), _listed(sorted(conditions.exclude_channels))),
        (_("Weekdays"), days),
        (_("Every month on"), dates),
        (_("Hours"), "–".join(_clock(one) for one in conditions.hours or ())),
    ]
    yield from ((name, text) for name, text in told if text)


def _goods(which: str, goods: Goods) -> Iterator[Term]:
    told = [
        (_("%(which)s SKUs"), goods.skus),
        (_("%(which)s categories"), goods.categories),
        (_("%(which)s labels"), goods.labels),
    ]
    yield from ((name % {"which": which}, _listed(sorted(listed))) for name, listed in told if listed)


def _cap(cap: CapTerm) -> Term:
    whose = _("Limit for a member") if cap.per == "member" else _("Budget for all members")
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
    return whose, " ".join(part for part in (_amount(cap.limit), within, scope) if part)


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
        yield _("What the member is told"), lot.expiry_notice
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
        told = ngettext("%(points)s green point", "%(points)s green points", points)
    else:
        told = ngettext("%(points)s point", "%(points)s points", points)
    return told % {"points": written(points)}


def _factor(percent: int) -> str:
    return f"{percent / 100:g}"


def _clock(one: Any) -> str:
    return "24:00" if one.microsecond else one.strftime("%H:%M")


def _listed(parts: Any) -> str:
    return " · ".join(parts)
