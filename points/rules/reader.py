"""Reading a JSON object strictly, with a sentence for every problem in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final, TypeVar

from points.rules.text import Text, _

MAX_POINTS: Final = 1_000_000
MAX_FEN: Final = 10_000_000_000
MIN_PERCENT: Final = 101
MAX_PERCENT: Final = 1_000

C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem, the field that has it, and a stable code."""

    where: str  # the field as a path such as `conditions.hours` or `caps.0.limit`; empty for the whole rule
    code: str
    text: Text

    def __str__(self) -> str:
        return str(self.text)


class DefinitionInvalid(ValueError):
    """A rule that cannot be read, with every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem}" for problem in problems))
        self.problems = problems


class Reader:
    """Takes fields out of an object one by one. A bad field yields a harmless value and a problem, so that one reading
    finds them all; unknown fields are problems too."""

    def __init__(self, raw: object, path: str = "", problems: list[Problem] | None = None) -> None:
        self._path = path
        self._problems: list[Problem] = [] if problems is None else problems
        self._read: set[str] = set()
        self._raw: Mapping[str, Any] = {}
        if isinstance(raw, Mapping):
            self._raw = raw
        else:
            self._add("", "not_an_object", _("This must be an object with named fields."))

    def integer(self, name: str, default: int | None = None, *, low: int, high: int) -> int:
        value = self._take(name)
        if value is None and default is not None and name not in self._raw:
            return default
        return self._whole(name, value, low, high)

    def optional_integer(self, name: str, *, low: int, high: int) -> int | None:
        value = self._take(name)
        return None if value is None else self._whole(name, value, low, high)

    def choice(self, name: str, options: tuple[C, ...], default: C | None = None) -> C:
        value = self._take(name)
        if default is not None and name not in self._raw:
            return default
        for option in options:
            if value == option:
                return option
        self._add(name, "not_a_choice", _("Choose one of: %(options)s.", options=", ".join(options)))
        return options[0]

    def optional_text(self, name: str, *, longest: int) -> str | None:
        value = self._take(name)
        if value is None or (isinstance(value, str) and len(value) <= longest and value.strip()):
            return value
        if value != "":
            self._add(name, "not_text", _("This must be text of at most %(longest)s characters.", longest=longest))
        return None

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name)
        if name not in self._raw:
            return default
        if not isinstance(value, bool):
            self._add(name, "not_yes_or_no", _("This must be true or false."))
        return value is True

    def optional_date(self, name: str) -> date | None:
        value = self._take(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self._add(name, "not_a_date", _("This must be a date such as 2026-11-22."))
            return None

    def hours(self, name: str) -> tuple[time, time] | None:
        """Two times of day, `["10:00", "12:00"]`, the first before the second."""
        value = self._take(name)
        if value is None:
            return None
        try:
            start, end = (time.max if text == "24:00" else time.fromisoformat(text) for text in value)
        except (TypeError, ValueError):
            start = end = time()
        if not start < end or start.tzinfo or end.tzinfo or start.second or (end.second and end != time.max):
            self._add(name, "not_hours", _("This must be two times of day such as 10:00 and 12:00, the earlier first."))
            return None
        return start, end

    def texts(self, name: str) -> frozenset[str]:
        items = self._list(name)
        if all(isinstance(item, str) and item.strip() for item in items):
            return frozenset(items)
        self._add(name, "not_a_list_of_text", _("This must be a list of texts."))
        return frozenset()

    def integers(self, name: str, *, high: int = 2**63 - 1) -> frozenset[int]:
        return frozenset(self._whole(name, item, 1, high) for item in self._list(name))

    def inner(self, name: str) -> "Reader":
        value = self._take(name)
        return Reader({} if name not in self._raw else value, self._where(name), self._problems)

    def each(self, name: str) -> list["Reader"]:
        return [
            Reader(item, self._where(f"{name}.{index}"), self._problems) for index, item in enumerate(self._list(name))
        ]

    def close(self) -> None:
        for name in self._raw:
            if name not in self._read:
                self._add(str(name), "unknown_field", _("There is no such field."))

    def raise_problems(self) -> None:
        if self._problems:
            raise DefinitionInvalid(tuple(self._problems))

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._raw.get(name)

    def _list(self, name: str) -> list[Any]:
        value = self._take(name)
        if name not in self._raw:
            return []
        if isinstance(value, list):
            return value
        self._add(name, "not_a_list", _("This must be a list."))
        return []

    def _whole(self, name: str, value: object, low: int, high: int) -> int:
        if type(value) is int and low <= value <= high:
            return value
        self._add(name, "not_a_number", _("This must be a whole number from %(low)s to %(high)s.", low=low, high=high))
        return low

    def _where(self, name: str) -> str:
        return ".".join(part for part in (self._path, name) if part)

    def _add(self, name: str, code: str, text: Text) -> None:
        self._problems.append(Problem(self._where(name), code, text))
