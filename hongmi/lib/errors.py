"""Domain errors: facts because of which an operation wrote nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """An operation was refused. API, console and member pages show the same `message`.

    `code` is stable, because clients program against it. `sentence` has places for `facts`: `%(limit)s`; a fact in fen
    is also written in yuan (`cash_fen`: `%(cash_yuan)s`). `labels` holds the words for facts that are codes.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str | Promise] = _("It was refused, and nothing was changed.")
    labels: ClassVar[Mapping[str, Mapping[Any, str | Promise]]] = {}

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.code)
        self.facts = dict(facts or {})

    def __str__(self) -> str:
        """For logs; people read `message`."""
        return f"{self.code} {self.facts}" if self.facts else self.code

    @property
    def message(self) -> str:
        """The sentence with its figures, in the reader's language."""
        return str(self.sentence) % _Figures({name: self._figure(name, value) for name, value in self._values()})

    def _values(self) -> list[tuple[str, Any]]:
        yuan = [
            (f"{name.removesuffix('_fen')}_yuan", f"{value / 100:.2f}")
            for name, value in self.facts.items()
            if name.endswith("_fen")
        ]
        return [*self.facts.items(), *yuan]

    def _figure(self, name: str, value: Any) -> str:
        if name.endswith("_at") and (moment := parse_datetime(str(value))):
            return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
        return str(self.labels.get(name, {}).get(value, value))


class _Figures(dict[str, str]):
    def __missing__(self, name: str) -> str:
        # A missing figure must not turn a refusal into a fault.
        return "–"


class KeyReused(DomainError):
    """The idempotency key was used for another request."""

    code = "key_reused"
    sentence = _("This key was used before for a request with other contents.")


class ReferenceConflict(DomainError):
    """The reference was used for another request of the same kind."""

    code = "reference_conflict"
    sentence = _("This reference was used before for another request; take a new one.")
