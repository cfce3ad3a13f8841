"""What a version of an earning rule can say, as plain values. `points.rules.rule_json` reads them from JSON and judges
them; `points.rules.evaluation` applies them. Money is in fen; a factor is a whole percent (200 is ×2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from points.rules.awards import PurseName

Rounding = Literal["floor", "half_up", "ceil"]
Stacking = Literal["add", "multiply", "best", "exclusive"]
CapScope = Literal["rule", "campaign", "merchant"]
CapWindow = Literal["day", "month", "year", "campaign"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt. `labels` are those valid on the goods when the purchase occurred."""

    sku: str
    category: str | None
    quantity: int
    amount_fen: int
    labels: frozenset[str] = frozenset()


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
    # Worked out once, because they are asked for every purchase.
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
class Rate:
    """`points` for every `per_fen`, as an exact fraction, rounded once per order or once per line."""

    points: int
    per_fen: int
    purse: PurseName = "base"
    rounding: Rounding = "floor"
    round_per: Literal["order", "line"] = "order"

    def points_for(self, amount_fen: int) -> int:
        exact = amount_fen * self.points
        if self.rounding == "floor":
            return exact // self.per_fen
        if self.rounding == "ceil":
            return -(-exact // self.per_fen)
        return (2 * exact + self.per_fen) // (2 * self.per_fen)


@dataclass(frozen=True, slots=True)
class Multiplier:
    """What the rates of one purse grant, times `percent`; the extra points are a bonus, rounded down."""

    percent: int
    purse: PurseName = "base"


@dataclass(frozen=True, slots=True)
class Bonus:
    """Fixed points for an order that fits, or for every piece of the goods that fit. Free goods count for nothing."""

    points: int
    purse: PurseName = "base"
    per: Literal["order", "item"] = "order"


@dataclass(frozen=True, slots=True)
class FirstPurchase:
    """Points for the member's first purchase at the merchant, if it reaches the threshold. Too small uses it up too."""

    points: int
    threshold_fen: int


@dataclass(frozen=True, slots=True)
class SignUp:
    """Points for joining, once per member and merchant."""

    points: int


@dataclass(frozen=True, slots=True)
class Birthday:
    """A birthday's points, once a year, or its factor on a purchase.

    `trigger` `event`: granted when the day comes, to the member or for a pet. `purchase`: to a member who buys on the
    day (or in the month), once a year if it is points and each time if it is a factor.
    """

    points: int | None = None
    percent: int | None = None
    whose: Literal["member", "pet"] = "member"
    on: Literal["day", "month"] = "day"
    trigger: Literal["event", "purchase"] = "event"


@dataclass(frozen=True, slots=True)
class Green:
    """Green points for labelled goods, in addition to base points: for every piece (`per_fen` None), or by amount.

    Each SKU gets its own award, so that the lot can name the goods.
    """

    points: int
    per_fen: int | None = None


Effect = Rate | Multiplier | Bonus | FirstPurchase | SignUp | Birthday | Green


@dataclass(frozen=True, slots=True)
class CapTerm:
    """At most `limit` points per member, or for all members together (a budget)."""

    limit: int
    window: CapWindow
    per: Literal["member", "merchant"] = "member"
    scope: CapScope = "rule"


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What the granted lot is like. Days are Shanghai days: a lot is valid through its last day."""

    pending_days: int = 0  # the return period, after which the points can be spent
    valid_days: int | None = None  # None with expires_on None: never expires
    expires_on: date | None = None
    expiry_notice: str = ""  # what the member is told when the lot is granted (SPEC D1)
    earmark: str | None = None  # the reward code the lot is only for
    transferable: bool = False

    @property
    def ends(self) -> bool:
        return self.valid_days is not None or self.expires_on is not None


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything one version of a rule says, except its name and when it is in force.

    Stacking, among the rules of one kind and purse that fit; the higher `priority` goes first, then the lower rule id:

    - `exclusive`: the first exclusive one counts alone. An exclusive *rate* takes its goods from the rates after it.
    - `best`: of these only the one that gives most counts.
    - `add`: their extras add up (×2 and ×3 give ×4); bonuses and rates add their points.
    - `multiply`: factors multiply (×2 and ×3 give ×6), after those that add.
    """

    effect: Effect
    conditions: Conditions = Conditions()
    priority: int = 0
    stacking: Stacking = "add"
    caps: tuple[CapTerm, ...] = ()
    lot: LotTerms = LotTerms()
    campaign: str | None = None


def grants_green(effect: Effect) -> bool:
    """Whether the points go to the green purse."""
    return isinstance(effect, Green) or (isinstance(effect, Rate | Multiplier | Bonus) and effect.purse == "green")
