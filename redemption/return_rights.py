"""The right to return goods, as for cash (消费者权益保护法 art. 25). Pure.

七日无理由退货: a buyer at a distance may return goods within seven days of receipt without a reason. The days begin
with the day after receipt, in Shanghai's calendar (网络购买商品七日无理由退货暂行办法).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hongmi.lib.shanghai import SHANGHAI

STATUTORY_DAYS: Final = 7
# The exceptions of the law; `agreed` are goods unfit for return by nature, accepted as such when ordering.
EXCEPTED: Final = ("made_to_order", "perishable", "digital", "press", "agreed")
# Kinds of rewards that can be sent back; the others are refunded.
THINGS: Final = frozenset({"goods", "customised", "sample"})
CHANGE_OF_MIND: Final = "change_of_mind"


def days_without_reason(*, kind: str, details: Mapping[str, Any]) -> int:
    """Days for returning without a reason; 0: the goods are excepted. Without a disclosure the law's seven hold."""
    if kind == "customised":
        return 0
    value = details.get("returns")
    returns = value if isinstance(value, Mapping) else {}
    if returns.get("except"):
        return 0
    days = returns.get("days")
    return max(STATUTORY_DAYS, days) if isinstance(days, int) else STATUTORY_DAYS


def open_until(*, days: int, received_at: datetime) -> datetime:
    """The midnight in Shanghai at the end of the last of `days`."""
    day = received_at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=days + 1)


def why_not(
    *, kind: str, details: Mapping[str, Any], reason_code: str, received_at: datetime | None, moment: datetime
) -> str | None:
    """Why a return cannot be requested at `moment`: nothing_to_return, excepted or return_time_over. None: it can.

    Goods that are faulty or not as described may be returned at any time; the merchant then decides. `received_at` is
    None while they are on their way.
    """
    if kind not in THINGS:
        return "nothing_to_return"
    if reason_code != CHANGE_OF_MIND:
        return None
    days = days_without_reason(kind=kind, details=details)
    if not days:
        return "excepted"
    if received_at is not None and moment >= open_until(days=days, received_at=received_at):
        return "return_time_over"
    return None


def share(*, taken: int, pieces: int, before: int, now: int) -> int:
    """The share of `taken` for `now` of `pieces` pieces, when `before` were returned earlier.

    Rounded down cumulatively, so that the last piece brings the odd points and fen.
    """
    return taken * (before + now) // pieces - taken * before // pieces
