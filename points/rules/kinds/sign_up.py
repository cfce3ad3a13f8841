"""Points for joining, once per member and merchant.

{"kind": "sign_up", "points": 100}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from points.rules.awards import Award
from points.rules.effect import Effect, Explanation, Occasion, Rule
from points.rules.form_fields import POINTS, Field
from points.rules.granting import award
from points.rules.reader import MAX_POINTS, Reader
from points.rules.text import Points, Text, _
from points.rules.types import Event


def explained(award: Mapping[str, Any], note: Mapping[str, Any]) -> Text:
    return _("%(rule)s: %(points)s points for joining, once.")


@dataclass(frozen=True, slots=True)
class SignUp(Effect):
    points: int

    kind: ClassVar[str] = "sign_up"
    label: ClassVar[Text] = _("sign-up gift")
    fields: ClassVar[tuple[Field, ...]] = (POINTS,)
    explanations: ClassVar[Mapping[str, Explanation]] = {"sign_up": explained}

    @classmethod
    def read(cls, reader: Reader) -> "SignUp":
        return cls(reader.integer("points", low=1, high=MAX_POINTS))

    def sentence(self) -> Text:
        return _("Joining earns %(points)s, once.", points=Points(self.points))

    @property
    def is_gift(self) -> bool:
        return True

    def event_award(self, rule: Rule, occasion: Occasion, event: Event) -> Award | None:
        if event.kind != "sign_up":
            return None
        return award(rule, occasion, self.points, "sign_up", once_key=f"sign-up:{rule.merchant_id}")
