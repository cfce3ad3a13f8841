"""The explanation of an act in sentences: rule, basis, points and reason, in the active language.

The sentences repeat the breakdown of the act and compute nothing, so they stay true when rules change.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from points.amounts import points as written
from points.amounts import yuan
from points.models import Act, EarningRule
from points.rules import descriptions
from points.rules.effect import Explanation
from points.rules.kinds import registry
from points.rules.text import Text
from points.types import ActKind, Purse

Names = Mapping[int, str]


def names_of_rules(acts: Collection[Act]) -> dict[int, str]:
    """Names of the rules in these acts, by one query."""
    wanted = {award["rule"] for act in acts for award in act.breakdown.get("awards", ()) if "rule" in award}
    is_english = (get_language() or "").startswith("en")
    rows = EarningRule.objects.filter(pk__in=wanted).values_list("pk", "name", "name_en")
    return {pk: (name_en or name) if is_english else name for pk, name, name_en in rows}


def sentences(act: Act, names: Names) -> list[str]:
    """The reasons of the act's movements, the most important first."""
    found = [*_ACTS[act.kind](act)] if act.kind in _ACTS else []
    for award in act.breakdown.get("awards", ()):
        found += _award(_with_amount(award, act.amount_fen), names)
    if act.kind == ActKind.PURCHASE and not found:
        found.append(_("No rule of the shop grants points for this purchase."))
    return found


def day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d")


def _with_amount(award: Mapping[str, Any], amount_fen: int | None) -> Mapping[str, Any]:
    """The award with the amount it counted: the whole order, unless its note has another."""
    if amount_fen is None:
        return award
    return {**award, "note": {"fen": amount_fen, **award.get("note", {})}}


def _award(award: Mapping[str, Any], names: Names) -> list[str]:
    """One sentence with its conditions, so that its validity and waiting time clearly belong to it."""
    explanation = registry.explanation(award["reason"])
    parts = _terms(award)
    if explanation is not None:
        figures = {"rule": names.get(award.get("rule", 0), ""), "points": written(award["points"])}
        parts = [descriptions.translated(_explained(explanation, award), **figures), _lost(award), *parts]
    joined = ""
    for sentence in filter(None, parts):
        joined = _("%(sentence)s %(why)s") % {"sentence": joined, "why": sentence} if joined else sentence
    return [joined] if joined else []


def _explained(explanation: Explanation, award: Mapping[str, Any]) -> Text:
    try:
        return explanation(award, award.get("note", {}))
    except KeyError:
        # An act of another programme may lack the figures; then the sentence states the rule and the points only.
        return Text("%(rule)s: %(points)s points.")


def _lost(award: Mapping[str, Any]) -> str:
    """The reason why the ledger granted less than the rule awarded."""
    match award.get("dropped"):
        case "already_awarded":
            return _("It is given once and you had it before.")
        case "already_over":
            return _("Its validity was over by then.")
        case "cap_reached":
            return _("The most for this time was reached already.")
    if "awarded" in award:
        return _("It would have been %(awarded)s, but the most for this time was reached.") % {
            "awarded": written(award["awarded"])
        }
    return ""


def _terms(award: Mapping[str, Any]) -> list[str]:
    if not award["points"]:
        return []
    terms = []
    if "usable_from" in award:
        terms.append(_("Usable from %(day)s, after the return period.") % {"day": _day_of(award["usable_from"])})
    if "expires_at" in award:
        terms.append(_("Valid until %(day)s.") % {"day": _last_day_of(award["expires_at"])})
    if "earmark" in award:
        terms.append(_("Only for: %(earmark)s.") % {"earmark": earmark(award["earmark"])})
    return terms


def _day_of(text: str) -> str:
    return day(datetime.fromisoformat(text))


def _last_day_of(text: str) -> str:
    """The day before an end at midnight."""
    return day(last_moment(datetime.fromisoformat(text)))


def last_moment(expires_at: datetime) -> datetime:
    return expires_at - timedelta(seconds=1)


def _spent(act: Act) -> list[str]:
    reward = act.breakdown.get("reward")
    return [_("For: %(reward)s.") % {"reward": reward}] if reward else []


def _held(act: Act) -> list[str]:
    found = _spent(act)
    lapses_at = act.breakdown.get("lapses_at")
    if lapses_at:
        found.append(_("Set aside until %(day)s; unused points come back by themselves.") % {"day": _day_of(lapses_at)})
    return found


def _captured(act: Act) -> list[str]:
    return [*_spent(act), _("The points had been set aside before; now they are spent.")]


def _released(act: Act) -> list[str]:
    return [_("The points set aside are yours again.")]


def _lapsed(act: Act) -> list[str]:
    return [_("The points set aside were not used, so they are yours again.")]


def _expired(act: Act) -> list[str]:
    return [_("Their validity, disclosed when they were granted, is over. Points earned by spending never expire.")]


def _returned(act: Act) -> list[str]:
    taken: Mapping[str, int] = act.breakdown.get("clawback", {})
    figures = {"fen": yuan(act.amount_fen or 0), "points": written(taken.get(Purse.BASE, 0))}
    found = [_("Goods for %(fen)s yuan went back; they had earned %(points)s points.") % figures]
    if green := taken.get(Purse.GREEN, 0):
        found.append(_("They had earned %(points)s green points too.") % {"points": written(green)})
    return found


def _given_reason(act: Act) -> list[str]:
    reason = act.breakdown.get("reason")
    return [_("Reason: %(reason)s.") % {"reason": reason}] if reason else []


def _adjusted(act: Act) -> list[str]:
    return [*_given_reason(act), _("Proposed by one person and approved by another.")]


def _refunded(act: Act) -> list[str]:
    return [*_given_reason(act), _("Back in the lots they came from, with no shorter validity.")]


def _reversed(act: Act) -> list[str]:
    return [*_given_reason(act), _("It reverses an entry made by mistake; both stay in the ledger.")]


def _opened(act: Act) -> list[str]:
    return [_("Brought over from an earlier programme.")]


def _transferred(act: Act) -> list[str]:
    return [_("Green points given inside the family; they cannot be passed on.")]


def _merged(act: Act) -> list[str]:
    return [_("Two accounts of one person became one; every lot kept its issuer and its validity.")]


_ACTS: Mapping[str, Callable[[Act], list[str]]] = {
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
    """Explains a change of the points owed."""
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
    """The purpose of earmarked points; an unknown code is shown unchanged."""
    match code:
        case "airline-miles":
            return _("tickets of this airline")
        case "pet-birthday-cake":
            return _("a pet's birthday cake")
    return code
