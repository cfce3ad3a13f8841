"""An act told in sentences: which rule, on what, how many points, and why. In the language that is active.

The sentences say what the act's own breakdown says and compute nothing, so they stay true when rules change.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from points.models import Act, EarningRule
from points.rules import descriptions
from points.templatetags.amounts import points as written
from points.templatetags.amounts import yuan
from points.types import ActKind, Purse

Names = Mapping[int, str]
# The sentence of an award, from the award and its note, with places for the rule and the points.
Reason = Callable[[Mapping[str, Any], Mapping[str, Any]], str]


def names_of_rules(acts: Collection[Act]) -> dict[int, str]:
    """What the rules that these acts name are called, in one query."""
    wanted = {award["rule"] for act in acts for award in act.breakdown.get("awards", ()) if "rule" in award}
    is_english = (get_language() or "").startswith("en")
    rows = EarningRule.objects.filter(pk__in=wanted).values_list("pk", "name", "name_en")
    return {pk: (name_en or name) if is_english else name for pk, name, name_en in rows}


def sentences(act: Act, names: Names) -> list[str]:
    """Why the act did what it did; the most telling first."""
    told = [*_ACTS[act.kind](act)] if act.kind in _ACTS else []
    for award in act.breakdown.get("awards", ()):
        told += _award(_with_amount(award, act.amount_fen), names)
    if act.kind == ActKind.PURCHASE and not told:
        told.append(_("No rule of the shop grants points for this purchase."))
    return told


def day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d")


def _with_amount(award: Mapping[str, Any], amount_fen: int | None) -> Mapping[str, Any]:
    """An award that does not say what it counted has counted the whole order."""
    if amount_fen is None:
        return award
    return {**award, "note": {"fen": amount_fen, **award.get("note", {})}}


def _award(award: Mapping[str, Any], names: Names) -> list[str]:
    """One sentence with its conditions, so that it is clear whose end or waiting time they are."""
    reason = _REASONS.get(award["reason"])
    told = _terms(award)
    if reason is not None:
        figures = {"rule": names.get(award.get("rule", 0), ""), "points": written(award["points"])}
        told = [_pattern(reason, award) % figures, _lost(award), *told]
    joined = ""
    for sentence in filter(None, told):
        joined = _("%(sentence)s %(why)s") % {"sentence": joined, "why": sentence} if joined else sentence
    return [joined] if joined else []


def _pattern(reason: Reason, award: Mapping[str, Any]) -> str:
    try:
        return reason(award, award.get("note", {}))
    except KeyError:
        # An act from elsewhere may lack the figures; then what is known is told.
        return _("%(rule)s: %(points)s points.")


def _rate(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    points, per_fen = note["rate"].split("/")
    figures = {"fen": yuan(note["fen"]), "rate": written(int(points)), "per": yuan(int(per_fen))}
    # A note leaves out what is usual (`awards.Award`).
    figures["rounding"] = descriptions.rounding(note.get("rounding", "floor"), note.get("round_per", "order"))
    return _("%%(rule)s: %(fen)s yuan at %(rate)s per %(per)s yuan, %(rounding)s: %%(points)s points.") % figures


def _multiplier(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    factor = f"{note['percent'] / 100:g}"
    return _("%%(rule)s: %(base)s points × %(factor)s, %%(points)s more.") % {
        "base": written(note["base"]),
        "factor": factor,
    }


def _bonus(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    if "items" in note:
        return _("%%(rule)s: %(items)s pieces, %(each)s points each: %%(points)s points.") % note
    return _("%(rule)s: %(points)s points.")


def _first_purchase(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    return _("%%(rule)s: your first order reached %(threshold)s yuan, %%(points)s points.") % {
        "threshold": yuan(note["threshold_fen"])
    }


def _first_purchase_missed(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    return _("%%(rule)s: your first order stayed below %(threshold)s yuan, so the gift for it was not earned.") % {
        "threshold": yuan(note["threshold_fen"])
    }


def _sign_up(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    return _("%(rule)s: %(points)s points for joining, once.")


def _birthday(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    return _("%%(rule)s: %%(points)s points for the birthday in %(year)s.") % note


def _green(award: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    if "each" in note:
        return _("%%(rule)s: %(items)s × %(sku)s, %(each)s each: %%(points)s green points.") % note
    points, per_fen = note["rate"].split("/")
    figures = {"sku": note["sku"], "fen": yuan(note["fen"]), "rate": written(int(points)), "per": yuan(int(per_fen))}
    return _("%%(rule)s: %(sku)s for %(fen)s yuan at %(rate)s per %(per)s yuan: %%(points)s green points.") % figures


_REASONS: Mapping[str, Reason] = {
    "rate": _rate,
    "multiplier": _multiplier,
    "bonus": _bonus,
    "first_purchase": _first_purchase,
    "first_purchase_missed": _first_purchase_missed,
    "sign_up": _sign_up,
    "birthday": _birthday,
    "green": _green,
}


def _lost(award: Mapping[str, Any]) -> str:
    """What the books cut of what the rule would have granted."""
    match award.get("dropped"):
        case "already_awarded":
            return _("It is given once and you had it before.")
        case "already_over":
            return _("Its validity was over by then.")
        case "cap_reached":
            return _("The most for this time was reached already.")
    if "asked" in award:
        return _("It would have been %(asked)s, but the most for this time was reached.") % {
            "asked": written(award["asked"])
        }
    return ""


def _terms(award: Mapping[str, Any]) -> list[str]:
    if not award["points"]:
        return []
    told = []
    if "usable_from" in award:
        told.append(_("Usable from %(day)s, after the return period.") % {"day": _day_of(award["usable_from"])})
    if "expires_at" in award:
        told.append(_("Valid until %(day)s.") % {"day": _last_day_of(award["expires_at"])})
    if "earmark" in award:
        told.append(_("Only for: %(earmark)s.") % {"earmark": earmark(award["earmark"])})
    return told


def _day_of(text: str) -> str:
    return day(datetime.fromisoformat(text))


def _last_day_of(text: str) -> str:
    """An end at midnight is the end of the day before."""
    return day(last_moment(datetime.fromisoformat(text)))


def last_moment(expires_at: datetime) -> datetime:
    return expires_at - timedelta(seconds=1)


def _spent(act: Act) -> list[str]:
    reward = act.breakdown.get("reward")
    return [_("For: %(reward)s.") % {"reward": reward}] if reward else []


def _held(act: Act) -> list[str]:
    told = _spent(act)
    lapses_at = act.breakdown.get("lapses_at")
    if lapses_at:
        told.append(_("Set aside until %(day)s; what is not used comes back by itself.") % {"day": _day_of(lapses_at)})
    return told


def _captured(act: Act) -> list[str]:
    return [*_spent(act), _("The points had been set aside before; now they are spent.")]


def _released(act: Act) -> list[str]:
    return [_("What had been set aside is yours again.")]


def _lapsed(act: Act) -> list[str]:
    return [_("Nobody used what had been set aside, so it is yours again.")]


def _expired(act: Act) -> list[str]:
    return [_("The validity told when they were granted is over. Points earned by spending are never among them.")]


def _returned(act: Act) -> list[str]:
    taken: Mapping[str, int] = act.breakdown.get("clawback", {})
    figures = {"fen": yuan(act.amount_fen or 0), "points": written(taken.get(str(int(Purse.BASE)), 0))}
    told = [_("Goods for %(fen)s yuan went back; they had earned %(points)s points.") % figures]
    if green := taken.get(str(int(Purse.GREEN)), 0):
        told.append(_("They had earned %(points)s green points too.") % {"points": written(green)})
    return told


def _given_reason(act: Act) -> list[str]:
    reason = act.breakdown.get("reason")
    return [_("Reason: %(reason)s.") % {"reason": reason}] if reason else []


def _adjusted(act: Act) -> list[str]:
    return [*_given_reason(act), _("Proposed by one person and approved by another.")]


def _refunded(act: Act) -> list[str]:
    return [*_given_reason(act), _("Back in the lots they came from, with no shorter validity.")]


def _reversed(act: Act) -> list[str]:
    return [*_given_reason(act), _("It answers an entry made by mistake; both stay in the book.")]


def _opened(act: Act) -> list[str]:
    return [_("Brought over from an earlier programme.")]


def _transferred(act: Act) -> list[str]:
    return [_("Green points given inside the family; they cannot be passed on.")]


def _merged(act: Act) -> list[str]:
    return [_("Two accounts of one person became one; every lot kept its issuer and its validity.")]


_ACTS: Mapping[int, Callable[[Act], list[str]]] = {
    ActKind.REDEMPTION: _spent,
    ActKind.HOLD: _held,
    ActKind.CAPTURE: _captured,
    ActKind.RELEASE: _released,
    ActKind.LAPSE: _lapsed,
    ActKind.EXPIRY: _expired,
    ActKind.RETURN: _returned,
    ActKind.REVERSAL: _reversed,
    ActKind.TRANSFER: _transferred,
    ActKind.COMPENSATION: _given_reason,
    ActKind.ADJUSTMENT: _adjusted,
    ActKind.OPENING: _opened,
    ActKind.REFUND: _refunded,
    ActKind.MERGE: _merged,
}


def owed(points: int) -> str:
    """What a change of the points owed means."""
    if points > 0:
        return ngettext(
            "%(points)s point was spent already; the next points from this shop repay it.",
            "%(points)s points were spent already; the next points from this shop repay them.",
            points,
        ) % {"points": written(points)}
    return ngettext(
        "%(points)s point went to what you owed this shop.",
        "%(points)s points went to what you owed this shop.",
        -points,
    ) % {"points": written(-points)}


def earmark(code: str) -> str:
    """What points kept for one thing are for; a code without words of its own is shown as it is."""
    match code:
        case "airline-miles":
            return _("tickets of this airline")
        case "pet-birthday-cake":
            return _("a pet's birthday cake")
    return code
