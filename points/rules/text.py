"""A text before its translation: the English message with named figures.

Pure modules import no Django, so they return a Text; `points.rules.descriptions.translated` writes it in the active
language. `_` and `pgettext` are the names by which `hongmi.messages` finds the messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from points.rules.awards import PurseName


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number with its thousands grouped."""

    value: int


@dataclass(frozen=True, slots=True)
class Points:
    """A number of points with the name of the purse: "1,000 green points"."""

    value: int
    purse: PurseName = "base"


@dataclass(frozen=True, slots=True)
class Yuan:
    """An amount of money, given in fen and written in yuan."""

    fen: int


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor, given in percent: 250 is written 2.5."""

    percent: int


@dataclass(frozen=True, slots=True)
class Text:
    message: str
    figures: Mapping[str, "Figure"] = field(default_factory=dict)
    context: str = ""

    def __str__(self) -> str:
        """In English, for logs and for clients of the API; only for texts whose figures are numbers and strings."""
        return self.message % self.figures


Figure = str | int | Number | Points | Yuan | Factor | Text


def _(message: str, **figures: Figure) -> Text:
    return Text(message, figures)


def pgettext(context: str, message: str) -> Text:
    """A text whose English means several things; `context` tells the translators which."""
    return Text(message, context=context)
