"""The books as a child would keep them: lots in a list, one loop per act, no SQL, nothing cached.

It shares no code with the ledger functions: a spend remembers the slices it took in their order, and giving back pops
them from the end. Available points are counted afresh at each query.
"""

import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
FOR_EVER = datetime.max.replace(tzinfo=SHANGHAI)


class Refused(Exception):
    """Carries the code the ledger's refusal has."""


@dataclass(eq=False)
class Lot:
    member: str
    purse: str
    shop: str
    granted: int
    usable_from: datetime
    expires_at: datetime | None
    earmark: str | None = None
    transferable: bool = False
    grant: "Act | None" = None
    remaining: int = 0
    expired: int = 0

    def is_over(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def is_usable(self, at: datetime) -> bool:
        return self.usable_from <= at and not self.is_over(at)


@dataclass(eq=False)
class Act:
    kind: str
    member: str
    shop: str
    purse: str = "base"
    at: datetime = FOR_EVER
    lapses_at: datetime = FOR_EVER
    taken: list[tuple[Lot, int]] = field(default_factory=list)  # slices still out, in the order of spending
    points: int = 0
    clawed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    absorbed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    returns: int = 0
    is_open: bool = True
    is_reversed: bool = False


class NaiveBooks:
    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.holds: list[Act] = []
        self.debts: dict[tuple[str, int, str], int] = defaultdict(int)
        self.caps: dict[tuple[str, str, str], int] = defaultdict(int)
        self.once: set[tuple[str, str]] = set()

    # Queries

    def wallet(self, member: str, purse: str, at: datetime) -> tuple[int, int, int, int]:
        """Balance, available, held, owed."""
        mine = self.lots_of(member, purse)
        return (
            sum(lot.remaining for lot in mine),
            sum(lot.remaining for lot in mine if lot.earmark is None and lot.is_usable(at)),
            sum(one.points for one in self.holds if (one.member, one.purse) == (member, purse) and one.is_open),
            sum(owed for (who, where, _), owed in self.debts.items() if (who, where) == (member, purse)),
        )

    def lots_of(self, member: str, purse: str) -> list[Lot]:
        return [lot for lot in self.lots if (lot.member, lot.purse) == (member, purse)]

    # Acts

    def accrue(
        self, shop: str, member: str, awards: Sequence[Mapping[str, Any]], *, occurred_at: datetime, at: datetime
    ) -> Act:
        act = Act("purchase", member, shop, at=at)
        usable: dict[int, int] = defaultdict(int)
        for award in awards:
            points = self._allowed(member, award, min(occurred_at, at))
            if not points:
                continue
            lot = Lot(
                member, award["purse"], shop, points, award.get("usable_from") or min(occurred_at, at),
                award.get("expires_at"), award.get("earmark"), award.get("transferable", False), act, points,
            )  # fmt: skip
            self.lots.append(lot)
            if lot.earmark is None and lot.is_usable(at):
                usable[lot.purse] += points
        for purse, most in usable.items():
            repaid = min(most, self.debts[member, purse, shop])
            self.debts[member, purse, shop] -= repaid
            for lot in self.lots_of(member, purse):
                if lot.grant is act and lot.earmark is None and lot.is_usable(at):
                    part = min(repaid, lot.remaining)
                    lot.remaining -= part
                    repaid -= part
        # Whatever is bought is no first purchase any more.
        self.once.add((member, f"first-purchase:{shop}"))
        return act

    def redeem(
        self, shop: str, member: str, purse: str, points: int, *, earmarks: Sequence[str] = (), at: datetime
    ) -> Act:
        self.lapse(member, purse, at)
        act = Act("redemption", member, shop, purse, at)
        act.taken = self._spend(member, purse, points, earmarks, at)
        return act

    def hold(
        self,
        shop: str,
        member: str,
        purse: str,
        points: int,
        *,
        earmarks: Sequence[str] = (),
        lasts: timedelta,
        at: datetime,
    ) -> Act:
        act = self.redeem(shop, member, purse, points, earmarks=earmarks, at=at)
        act.kind, act.points, act.lapses_at = "hold", points, at + lasts
        self.holds.append(act)
        return act

    def capture(self, held: Act, points: int | None, *, at: datetime) -> Act:
        self._require_running(held, at)
        points = held.points if points is None else points
        if not 0 < points <= held.points:
            raise Refused("invalid_argument")
        self._end(held, held.points - points, at)
        act = Act("capture", held.member, held.shop, held.purse, at)
        act.taken, held.taken = held.taken, []
        return act

    def release(self, held: Act, *, at: datetime) -> None:
        self._require_running(held, at)
        self._end(held, held.points, at)

    def lapse(self, member: str, purse: str, at: datetime) -> None:
        due = [
            one
            for one in self.holds
            if (one.member, one.purse) == (member, purse) and one.is_open and one.lapses_at <= at
        ]
        for held in sorted(due, key=lambda one: one.lapses_at):
            held.kind = "lapsed hold"
            self._end(held, held.points, held.lapses_at)

    def expire(self, member: str, purse: str, at: datetime) -> None:
        for lot in self.lots_of(member, purse):
            if lot.is_over(at):
                lot.expired += lot.remaining
                lot.remaining = 0

    def refund(self, spend: Act, points: int, *, at: datetime) -> None:
        self.expire(spend.member, spend.purse, at)
        self._give_back(spend, points, at, held_at=None)

    def return_goods(self, purchase: Act, points: Mapping[int, int], *, policy: str, at: datetime) -> None:
        if purchase.is_reversed:
            raise Refused("already_reversed")
        if any(points[purse] > self._still_granted(purchase, purse) for purse in ("base", "green")):
            raise Refused("invalid_argument")
        for purse in ("base", "green"):
            self.lapse(purchase.member, purse, at)
            self._claw(purchase.shop, purchase.member, purse, points[purse], purchase, policy, at)
            purchase.clawed[purse] += points[purse]
        purchase.returns += 1

    def reverse(self, act: Act, *, policy: str, at: datetime) -> None:
        if act.is_reversed:
            raise Refused("already_reversed")
        act.is_reversed = True
        for purse in self.purses_of(act):
            self.lapse(act.member, purse, at)
            self.expire(act.member, purse, at)
        for purse in self.purses_of(act):
            if act.kind == "purchase":
                self._claw(act.shop, act.member, purse, self._still_granted(act, purse), act, policy, at)
            else:
                self._give_back(act, sum(points for _, points in act.taken), at, held_at=None)

    def take_away(self, shop: str, member: str, purse: str, points: int, *, at: datetime) -> Act:
        self.lapse(member, purse, at)
        act = Act("adjustment", member, shop, purse, at)
        act.taken = self._claw(shop, member, purse, points, None, "refuse", at)
        return act

    def transfer(self, giver: str, receiver: str, points: int, *, at: datetime) -> None:
        self.lapse(giver, "green", at)
        slices = self._spend(giver, "green", points, (), at, transferable_only=True)
        for lot, part in sorted(slices, key=lambda one: self.lots.index(one[0])):
            self.lots.append(Lot(receiver, "green", lot.shop, part, lot.usable_from, lot.expires_at, remaining=part))

    def purses_of(self, act: Act) -> list[str]:
        if act.kind != "purchase":
            return [act.purse]
        return sorted({lot.purse for lot in self.lots if lot.grant is act}) or ["base"]

    # How

    def _allowed(self, member: str, award: Mapping[str, Any], usable_from: datetime) -> int:
        points: int = award["points"]
        if once := award.get("once"):
            if (member, once) in self.once:
                return 0
            self.once.add((member, once))
        ends = award.get("expires_at")
        if ends is not None and ends <= (award.get("usable_from") or usable_from):
            return 0
        slots = [
            ((member if cap["member"] else "", cap["key"], cap["window"]), cap["limit"])
            for cap in award.get("caps", ())
        ]
        for slot, limit in slots:
            points = max(0, min(points, limit - self.caps[slot]))
        for slot, _ in slots:
            self.caps[slot] += points
        return points

    def _spend(
        self,
        member: str,
        purse: str,
        points: int,
        earmarks: Sequence[str],
        at: datetime,
        *,
        transferable_only: bool = False,
    ) -> list[tuple[Lot, int]]:
        fitting = [
            lot
            for lot in self.lots_of(member, purse)
            if lot.is_usable(at) and (lot.earmark is None or lot.earmark in earmarks)
            and (lot.transferable or not transferable_only)
        ]  # fmt: skip
        fitting.sort(key=lambda lot: (lot.earmark is None, lot.expires_at or FOR_EVER))
        if sum(lot.remaining for lot in fitting) < points:
            raise Refused("insufficient_points")
        return _slices(fitting, points)

    def _claw(
        self, shop: str, member: str, purse: str, points: int, grant: Act | None, policy: str, at: datetime
    ) -> list[tuple[Lot, int]]:
        alive = [lot for lot in self.lots_of(member, purse) if not lot.is_over(at)]
        own = sorted((lot for lot in alive if grant and lot.grant is grant), key=_soonest_first)
        others = sorted(
            (lot for lot in alive if lot not in own and lot.earmark is None and lot.is_usable(at)), key=_soonest_first
        )
        taken = _slices(own, points)
        missing = points - sum(part for _, part in taken)
        if grant:
            gone = sum(
                lot.expired + (lot.remaining if lot.is_over(at) else 0)
                for lot in self.lots_of(member, purse)
                if lot.grant is grant
            )
            absorbed = min(missing, gone - grant.absorbed[purse])
            grant.absorbed[purse] += absorbed
            missing -= absorbed
        rest = _slices(others, missing)
        missing -= sum(part for _, part in rest)
        if missing and policy == "refuse":
            raise Refused("insufficient_points")
        if policy == "owe":
            self.debts[member, purse, shop] += missing
        return taken + rest

    def _require_running(self, held: Act, at: datetime) -> None:
        if held.kind == "lapsed hold" or (held.is_open and held.lapses_at <= at):
            raise Refused("hold_lapsed")
        if not held.is_open:
            raise Refused("hold_ended")

    def _end(self, held: Act, back: int, at: datetime) -> None:
        held.is_open = False
        if back:
            self.expire(held.member, held.purse, at)
            self._give_back(held, back, at, held_at=held.at)

    def _give_back(self, spend: Act, points: int, at: datetime, *, held_at: datetime | None) -> None:
        if sum(part for _, part in spend.taken) < points:
            raise Refused("more_than_was_spent")
        touched: list[Lot] = []
        while points:
            lot, part = spend.taken.pop()
            back = min(part, points)
            if part > back:
                spend.taken.append((lot, part - back))
            lot.remaining += back
            points -= back
            touched.append(lot)
        for lot in touched:
            if lot.expires_at is None:
                continue
            if held_at is None:
                lot.expires_at = max(lot.expires_at, half_a_year_after(at))
            elif lot.is_over(at):
                lot.expires_at = at + max(lot.expires_at - held_at, timedelta(seconds=1))

    def _still_granted(self, purchase: Act, purse: str) -> int:
        granted = sum(lot.granted for lot in self.lots if lot.grant is purchase and lot.purse == purse)
        return granted - purchase.clawed[purse]


def _slices(lots: Iterable[Lot], points: int) -> list[tuple[Lot, int]]:
    """Takes up to `points` from the lots in their order."""
    taken = []
    for lot in lots:
        part = min(points, lot.remaining)
        if part > 0:
            lot.remaining -= part
            points -= part
            taken.append((lot, part))
    return taken


def _soonest_first(lot: Lot) -> datetime:
    return lot.expires_at or FOR_EVER


def half_a_year_after(at: datetime) -> datetime:
    """Six months on by the calendar of Shanghai; the last day of a shorter month."""
    local = at.astimezone(SHANGHAI)
    year, month = divmod(local.year * 12 + local.month - 1 + 6, 12)
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
