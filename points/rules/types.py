"""The plain values that rules of every kind share: events, conditions, caps, terms of the lots.

Money is in fen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from points.purchase import Line

Stacking = Literal["add", "multiply", "best", "exclusive"]
CapScope = Literal["rule", "campaign", "merchant"]
CapWindow = Literal["day", "month", "year", "campaign"]


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Facts about the buyer that conditions depend on; read only if `RuleSet.needs_member_facts`."""

    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A reason for points without a purchase. `subject` names the pet whose birthday it is."""

    kind: Literal["sign_up", "member_birthday", "pet_birthday"]
    occurred_at: datetime
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """A list of goods: a line is on it by its SKU, its category or a label (`green:*` means any that begins so)."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    label_prefixes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prefixes = tuple(sorted(label[:-1] for label in self.labels if label.endswith("*")))
        object.__setattr__(self, "label_prefixes", prefixes)

    def __bool__(self) -> bool:
        return bool(self.skus or self.categories or self.labels)

    def lists(self, line: Line) -> bool:
        if line.sku in self.skus or line.category in self.categories:
            return True
        if not self.labels or not line.labels:
            return False
        return not self.labels.isdisjoint(line.labels) or (
            bool(self.label_prefixes) and any(label.startswith(self.label_prefixes) for label in line.labels)
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a rule applies, and to which goods. An empty list excludes nobody; an exclusion wins over an inclusion.

    Days and hours are Shanghai's. A purchase that came without lines has no SKU, so only exclusions can let it in.
    """

    minimum_fen: int = 0
    minimum_of: Literal["order", "eligible"] = "order"
    include: Goods = Goods()
    exclude: Goods = Goods()
    stores: frozenset[int] = frozenset()
    exclude_stores: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    exclude_channels: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()  # 1 Monday … 7 Sunday
    days_of_month: frozenset[int] = frozenset()
    hours: tuple[time, time] | None = None  # [from, to) of each day; time.max is midnight
    # Computed once, because every purchase reads them.
    choose_goods: bool = field(init=False, repr=False, compare=False)
    choose_place: bool = field(init=False, repr=False, compare=False)
    choose_time: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = self.stores or self.exclude_stores or self.channels or self.exclude_channels
        when = self.weekdays or self.days_of_month or self.hours is not None
        object.__setattr__(self, "choose_goods", bool(self.include) or bool(self.exclude))
        object.__setattr__(self, "choose_place", bool(place))
        object.__setattr__(self, "choose_time", bool(when))

    def choose(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """The lines whose goods the rule is about."""
        if not self.choose_goods:
            return tuple(lines)
        include, exclude = self.include, self.exclude
        return tuple(line for line in lines if (not include or include.lists(line)) and not exclude.lists(line))

    def allow_place(self, store_id: int | None, channel: str | None) -> bool:
        return (
            (not self.stores or store_id in self.stores)
            and store_id not in self.exclude_stores
            and (not self.channels or channel in self.channels)
            and channel not in self.exclude_channels
        )

    def allow_time(self, local: datetime) -> bool:
        """`local` is the moment on Shanghai's clock."""
        if self.weekdays and local.isoweekday() not in self.weekdays:
            return False
        if self.days_of_month and local.day not in self.days_of_month:
            return False
        if self.hours is None:
            return True
        start, end = self.hours
        return start <= local.time() and (local.time() < end or end == time.max)


@dataclass(frozen=True, slots=True)
class CapTerm:
    """At most `limit` points per member, or for all members together (a budget)."""

    limit: int
    window: CapWindow
    per: Literal["member", "merchant"] = "member"
    scope: CapScope = "rule"


@dataclass(frozen=True, slots=True)
class LotTerms:
    """Terms of the granted lot. Days are Shanghai days: a lot is valid through its last day."""

    pending_days: int = 0  # the return period, after which the points can be spent
    valid_days: int | None = None  # None with expires_on None: never expires
    expires_on: date | None = None
    expiry_notice: str = ""  # shown to the member when the lot is granted (SPEC D1)
    earmark: str | None = None  # the reward code the lot is only for
    transferable: bool = False

    @property
    def ends(self) -> bool:
        return self.valid_days is not None or self.expires_on is not None
