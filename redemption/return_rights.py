"""The right to send goods back, as for cash (消费者权益保护法 art. 25). Pure.

七日无理由退货: who bought at a distance may return within seven days of receiving the goods and need give no reason.
The days begin with the day after receipt and run in Shanghai's calendar (网络购买商品七日无理由退货暂行办法).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hongmi.lib.shanghai import SHANGHAI

STATUTORY_DAYS: Final = 7
# What the law excepts, and what the member agreed to when ordering because its nature does not bear returning.
EXCEPTED: Final = ("made_to_order", "perishable", "digital", "press", "agreed")
# Kinds of rewards that are things: the others are refunded, there is nothing to send back.
THINGS: Final = frozenset({"goods", "customised", "sample"})
CHANGE_OF_MIND: Final = "change_of_mind"


def days_without_reason(*, kind: str, details: Mapping[str, Any]) -> int:
    """For how many days a reason need not be given; 0: the goods are excepted. Never told means the law's seven."""
    if kind == "customised":
        return 0
    told = details.get("returns")
    returns = told if isinstance(told, Mapping) else {}
    if returns.get("except"):
        return 0
    days = returns.get("days")
    return max(STATUTORY_DAYS, days) if isinstance(days, int) else STATUTORY_DAYS


def open_until(*, days: int, received_at: datetime) -> datetime:
    """The midnight in Shanghai with which the last of `days` ends."""
    day = received_at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=days + 1)


def why_not(
    *, kind: str, details: Mapping[str, Any], ground: str, received_at: datetime | None, moment: datetime
) -> str | None:
    """A code why a return is not open at `moment`, or None: nothing_to_return, excepted or return_time_over.

    What is faulty or not as described may be returned whenever it shows; the shop then judges. `received_at` None:
    it is still on its way.
    """
    if kind not in THINGS:
        return "nothing_to_return"
    if ground != CHANGE_OF_MIND:
        return None
    days = days_without_reason(kind=kind, details=details)
    if not days:
        return "excepted"
    if received_at is not None and moment >= open_until(days=days, received_at=received_at):
        return "return_time_over"
    return None


def share(*, taken: int, pieces: int, before: int, now: int) -> int:
    """What `now` of `pieces` pieces are worth of what was taken for all, when `before` were returned earlier.

    Rounded down over all of them together, so that the last piece brings the odd points and fen.
    """
    return taken * (before + now) // pieces - taken * before // pieces
