"""A member's statement, newest first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from points.models import Act, Draw, Journal, Lot, Seal
from points.types import Purse


def statement(
    *,
    member_id: int,
    merchant_id: int | None = None,
    purse: Purse | None = None,
    kinds: list[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    act_id: int | None = None,
) -> QuerySet[Journal]:
    """The member's entries with their acts, newest first; only one merchant's acts when `merchant_id` is given.

    `since` ≤ occurred < `until`; with `act_id` the entries of that act.
    """
    lines = (
        Journal.objects.filter(member_id=member_id).select_related("act", "act__merchant").order_by("-act_id", "purse")
    )
    if merchant_id is not None:
        lines = lines.filter(merchant_id=merchant_id)
    if act_id is not None:
        lines = lines.filter(act_id=act_id)
    if purse is not None:
        lines = lines.filter(purse=purse)
    if kinds:
        lines = lines.filter(act__kind__in=kinds)
    if since is not None:
        lines = lines.filter(act__occurred_at__gte=since)
    if until is not None:
        lines = lines.filter(act__occurred_at__lt=until)
    return lines


def act_of(*, merchant_id: int, act_id: int) -> Act | None:
    """One act of this merchant."""
    return Act.objects.filter(pk=act_id, merchant_id=merchant_id).first()


@dataclass(frozen=True, slots=True)
class LotMove:
    """Points that an act granted to (positive), took from or gave back to one lot."""

    lot: Lot
    points: int


def lot_moves(*, act_id: int, member_id: int) -> list[LotMove]:
    """The lots of one member that an act touched, those it granted first."""
    granted = Lot.objects.filter(act_id=act_id, member_id=member_id).select_related("issuer").order_by("id")
    draws = Draw.objects.filter(act_id=act_id, lot__member_id=member_id).select_related("lot__issuer")
    moves = [LotMove(lot, lot.granted) for lot in granted]
    return moves + [LotMove(draw.lot, draw.points) for draw in draws.order_by("lot_id")]


def is_sealed(act_id: int) -> bool:
    return Seal.objects.filter(act_id=act_id).exists()
