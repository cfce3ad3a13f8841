"""Points on a birthday, once a year, or a factor for a purchase on it.

{"kind": "birthday", "points": 88, "whose": "pet", "on": "day", "trigger": "event"}
{"kind": "birthday", "percent": 200, "trigger": "purchase"}

`trigger` `event`: granted when the day comes, to the member or for a pet. `purchase`: to a member who buys on the day
(or in the month), once a year if it grants points, each time if it is a factor. The note of the points holds `year`
and, for a pet, `subject`; a factor's award is a multiplier's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, get_args

from points.rules.awards import Award
from points.rules.effect import Effect, Explanation, Occasion, Rule, RuleGroup
from points.rules.form_fields import PERCENT, POINTS, Field
from points.rules.granting import award
from points.rules.groups import BONUSES, FACTORS
from points.rules.reader import MAX_PERCENT, MAX_POINTS, MIN_PERCENT, Problem, Reader
from points.rules.text import Factor, Points, Text, _
from points.rules.types import Conditions, Event

Whose = Literal["member", "pet"]
On = Literal["day", "month"]
Trigger = Literal["event", "purchase"]


def birthday_in(born_on: date, year: int) -> date:
    """The day on which a birthday is celebrated. For 29 February it is the 28th in a common year, so that the month of
    the birthday is the same every year."""
    if (born_on.month, born_on.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
        return date(year, 2, 28)
    return born_on.replace(year=year)


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _("%(rule)s: %(points)s points for the birthday in %(year)s.", year=note["year"])


@dataclass(frozen=True, slots=True)
class Birthday(Effect):
    points: int | None = None
    percent: int | None = None
    whose: Whose = "member"
    on: On = "day"
    trigger: Trigger = "event"

    kind: ClassVar[str] = "birthday"
    label: ClassVar[Text] = _("birthday")
    fields: ClassVar[tuple[Field, ...]] = (
        POINTS,
        PERCENT,
        Field("whose", _("whose birthday"), "choice", (("member", _("the member's")), ("pet", _("a pet's")))),
        Field("on", _("counts"), "choice", (("day", _("on the day")), ("month", _("in the month")))),
        Field(
            "trigger",
            _("granted"),
            "choice",
            (("event", _("when the day comes")), ("purchase", _("with a purchase"))),
        ),
    )
    explanations: ClassVar[Mapping[str, Explanation]] = {"birthday": explained}

    @classmethod
    def read(cls, reader: Reader) -> "Birthday":
        return cls(
            points=reader.optional_integer("points", low=1, high=MAX_POINTS),
            percent=reader.optional_integer("percent", low=MIN_PERCENT, high=MAX_PERCENT),
            whose=reader.choice("whose", get_args(Whose), "member"),
            on=reader.choice("on", get_args(On), "day"),
            trigger=reader.choice("trigger", get_args(Trigger), "event"),
        )

    def sentence(self) -> Text:
        whose = _("a pet's birthday") if self.whose == "pet" else _("the member's birthday")
        on = _("in the month of") if self.on == "month" else _("on")
        if self.percent is not None:
            return _(
                "A purchase %(on)s %(whose)s earns %(factor)s times the points.",
                on=on,
                whose=whose,
                factor=Factor(self.percent),
            )
        points = Points(self.points or 0)
        if self.trigger == "purchase":
            return _("A purchase %(on)s %(whose)s earns %(points)s, once a year.", on=on, whose=whose, points=points)
        return _("Granted automatically %(on)s %(whose)s: %(points)s, once a year.", on=on, whose=whose, points=points)

    @property
    def is_gift(self) -> bool:
        return self.trigger == "event"

    @property
    def needs_member_facts(self) -> bool:
        return self.trigger == "purchase"

    def problems(self, conditions: Conditions) -> Iterator[Problem]:
        if (self.points is None) == (self.percent is None):
            sentence = _("A birthday grants points or multiplies them: give one of the two.")
            yield Problem("points", "points_or_percent", sentence)
        if self.percent is not None and self.trigger == "event":
            yield Problem("trigger", "nothing_to_multiply", _("Only a purchase has points to multiply."))
        if self.whose == "pet" and self.trigger == "purchase":
            yield Problem("whose", "pets_do_not_buy", _("A pet's birthday cannot depend on a purchase."))

    @property
    def group(self) -> RuleGroup[Any] | None:
        if self.trigger == "event":
            return None
        return BONUSES if self.percent is None else FACTORS

    def applies(self, occasion: Occasion) -> bool:
        if occasion.is_frozen:
            return True
        if occasion.birthday is None:
            return False
        today = occasion.local.date()
        if self.on == "month":
            return occasion.birthday.month == today.month
        return birthday_in(occasion.birthday, today.year) == today

    def bonus_award(self, rule: Rule, occasion: Occasion, pieces: int) -> Award:
        return self._award(rule, occasion, subject=None)

    def event_award(self, rule: Rule, occasion: Occasion, event: Event) -> Award | None:
        if event.kind != f"{self.whose}_birthday" or not self.points:
            return None
        return self._award(rule, occasion, event.subject)

    def _award(self, rule: Rule, occasion: Occasion, subject: str | None) -> Award:
        year = occasion.local.year
        note: dict[str, Any] = {"year": year}
        once_key = f"birthday:{rule.id}:{year}"
        if subject is not None:
            note["subject"] = subject
            once_key += f":{subject}"
        return award(rule, occasion, self.points or 0, "birthday", once_key=once_key, note=note)
