"""The protocol of a kind of rule, and the input of its evaluation.

A kind is one subclass of Effect in one file under `points/rules/kinds/`, listed in `points.rules.kinds.registry`; the
generic modules (`rule_json`, `descriptions`, `rule_form`, `validation`, `evaluation`) reach it through that list only.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from hongmi.lib.shanghai import SHANGHAI
from points.purchase import Line, Purchase
from points.rules.awards import Award, PurseName
from points.rules.form_fields import Field
from points.rules.reader import Problem, Reader
from points.rules.text import Text
from points.rules.types import CapTerm, Conditions, Event, LotTerms, MemberFacts, Stacking

# The sentence of a booked award, from the award's JSON and its note. The texts `rule` and `points` are filled in later.
# A KeyError means that the note lacks a figure.
Explanation = Callable[[Mapping[str, Any], Mapping[str, Any]], Text]


class Effect(ABC):
    """The grant of one version of a rule. A subclass is a frozen dataclass; its fields are those of the rule's JSON."""

    __slots__ = ()

    kind: ClassVar[str]  # in the rule's JSON
    label: ClassVar[Text]
    fields: ClassVar[tuple[Field, ...]]
    stackings: ClassVar[frozenset[Stacking]] = frozenset({"add"})
    explanations: ClassVar[Mapping[str, Explanation]]  # by the reason of the award

    @classmethod
    @abstractmethod
    def read(cls, reader: Reader) -> Self:
        """Read the kind's own fields; the reader collects every problem."""

    @abstractmethod
    def sentence(self) -> Text:
        """Describes the grant: "Every 1 yuan spent earns 1 point." """

    def terms(self) -> Iterator[tuple[Text, Text]]:
        """Terms beside the sentence, each with its name."""
        return iter(())

    @property
    def purse(self) -> PurseName:
        return "base"

    @property
    def is_gift(self) -> bool:
        """Whether the rule grants points without a purchase, by `event_award`."""
        return False

    @property
    def needs_member_facts(self) -> bool:
        """Whether `applies` reads the occasion's birthday."""
        return False

    def may_expire(self, merchant_category: str) -> bool:
        """Points earned by spending never expire (SPEC D1)."""
        return True

    def problems(self, conditions: Conditions) -> Iterator[Problem]:
        """Reasons why the effect cannot be published, beside those that hold for every kind."""
        return iter(())

    @property
    def group(self) -> "RuleGroup[Any] | None":
        """The rules together with which this one is evaluated on a purchase; None: on no purchase."""
        return None

    def applies(self, occasion: "Occasion") -> bool:
        """Whether the rule applies to a purchase, beside its conditions."""
        return True

    def event_award(self, rule: "Rule", occasion: "Occasion", event: Event) -> Award | None:
        """The award for an event, with its once-only key; of several rules with the same key only the first counts."""
        return None


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a rule, except its name and when it is in force.

    Stacking, among the rules that are evaluated together and grant to the same purse; the higher `priority` goes first,
    then the lower rule id:

    - `exclusive`: the first exclusive one counts alone. An exclusive *rate* takes its goods from the rates after it.
    - `best`: of these only the one that gives most counts.
    - `add`: their extras add up (×2 and ×3 give ×4); bonuses and rates add their points.
    - `multiply`: factors multiply (×2 and ×3 give ×6), after those that add.
    """

    effect: Effect
    conditions: Conditions = Conditions()  # noqa: RUF009  # because it is frozen
    priority: int = 0
    stacking: Stacking = "add"
    caps: tuple[CapTerm, ...] = ()
    lot: LotTerms = LotTerms()  # noqa: RUF009
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule, in force in [starts_at, ends_at) unless a later version of the same rule starts sooner."""

    id: int
    version: int
    code: str
    merchant_id: int
    starts_at: datetime
    ends_at: datetime | None
    definition: Definition


class Earned(NamedTuple):
    """An award in proportion to the amount, which factors multiply."""

    award: Award
    lines: tuple[Line, ...] | None  # that the award counted; None: the whole order
    points_for: Callable[[tuple[Line, ...]], int]  # the points that some of these lines alone would earn


class Occasion:
    """A purchase or event during its evaluation. Shanghai's time and the order's lines are computed once, on demand."""

    __slots__ = ("_lines", "_local", "birthday", "earned", "is_frozen", "merchant_id", "moment", "purchase")

    def __init__(
        self, merchant_id: int, purchase: Purchase, member: MemberFacts | None = None, *, is_frozen: bool = False
    ) -> None:
        self.merchant_id = merchant_id
        self.is_frozen = is_frozen  # the rules applied at the time of the purchase, so `applies` holds
        self.purchase = purchase
        self.moment = purchase.occurred_at
        self.birthday = None if member is None else member.birthday
        self.earned: list[Earned] = []
        self._local: datetime | None = None
        self._lines: tuple[Line, ...] | None = None

    @property
    def local(self) -> datetime:
        """The moment in Shanghai."""
        if self._local is None:
            self._local = self.moment.astimezone(SHANGHAI)
        return self._local

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the order; an order without lines is one line without an SKU."""
        if self._lines is None:
            purchase = self.purchase
            self._lines = purchase.lines or (Line("", 1, purchase.amount_fen),)
        return self._lines


E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class RuleGroup(Generic[E]):
    """Rules that are evaluated together, because they share goods, points to multiply or a once-only key.

    `rank` orders the groups of a purchase. Factors come after the rates that they multiply.
    """

    rank: int
    awards: Callable[[Sequence[tuple[Rule, E]], Occasion], list[Award]]
