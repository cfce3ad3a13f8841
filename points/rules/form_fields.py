"""Fields of the console's form for a rule, as plain data: `points.rules.rule_form` builds Django's fields from them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from points.rules.text import Text, _, pgettext


@dataclass(frozen=True, slots=True)
class Field:
    """One input. Kinds that share a field of the definition share its Field too, so that the form shows it once."""

    name: str
    label: Text
    input: Literal["number", "yuan", "choice"] = "number"
    choices: tuple[tuple[str, Text], ...] = ()
    help_text: Text | None = None
    definition_name: str = ""  # in the rule's JSON, where it differs: an amount is entered in yuan and stored in fen

    @property
    def key(self) -> str:
        return self.definition_name or self.name

    def to_definition(self, entered: Any) -> Any:
        """The value in the rule's JSON of what was entered; None where nothing was."""
        if entered in (None, ""):
            return None
        return int(entered * 100) if self.input == "yuan" else entered

    def from_definition(self, value: Any) -> Any:
        if self.input == "yuan" and value is not None:
            return (Decimal(value) / 100).quantize(Decimal("0.01"))
        return value


POINTS: Final = Field("points", _("points"))
PERCENT: Final = Field("percent", _("factor in percent"), help_text=_("200 doubles the points."))
PURSE: Final = Field(
    "purse", _("purse"), "choice", (("base", pgettext("purse", "points")), ("green", _("green points")))
)
PER_YUAN: Final = Field(
    "per_yuan",
    _("for every … yuan"),
    "yuan",
    help_text=_("1 point for every 1 yuan: points 1, here 1."),
    definition_name="per_fen",
)
