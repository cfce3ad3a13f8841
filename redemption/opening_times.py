"""Hours of tickets and redemption days of rewards, in Shanghai's calendar. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from hongmi.lib.shanghai import SHANGHAI

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY: Final = 24 * 60

Span = tuple[int, int]
"""Minutes of a day, [from, to)."""


class NotATime(ValueError):
    """Hours are written as [["08:00", "17:30"], …] by weekday mon … sun, the end after the start."""


def spans_of(hours: object) -> list[Span]:
    """One weekday's hours as sorted spans that do not touch. Raises NotATime."""
    if not isinstance(hours, Sequence) or isinstance(hours, str):
        raise NotATime
    spans = sorted(_span(pair) for pair in hours)
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def missing_hours(*, offered: Mapping[str, object], cash: Mapping[str, object]) -> dict[str, list[str]]:
    """By weekday the hours of the cash ticket that the offered one lacks. Raises NotATime."""
    unknown = (set(offered) | set(cash)) - set(WEEKDAYS)
    if unknown:
        raise NotATime
    missing = {}
    for day in WEEKDAYS:
        lacking = _without(spans_of(cash.get(day, [])), spans_of(offered.get(day, [])))
        if lacking:
            missing[day] = [f"{_clock(start)}–{_clock(end)}" for start, end in lacking]
    return missing


def is_redemption_day(day_of_month: int | None, *, moment: datetime) -> bool:
    """Whether it is that day in Shanghai; a shorter month has it on its last day (SPEC R28)."""
    if day_of_month is None:
        return True
    today = moment.astimezone(SHANGHAI)
    return today.day == min(day_of_month, monthrange(today.year, today.month)[1])


def next_redemption_day(day_of_month: int, *, moment: datetime) -> datetime:
    """The midnight in Shanghai at which the next redemption day begins, or today's on such a day."""
    midnight = moment.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    while not is_redemption_day(day_of_month, moment=midnight):
        midnight += timedelta(days=1)
    return midnight


def why_closed(
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    redemption_day: int | None,
    stock: int | None,
    quantity: int = 1,
    moment: datetime,
) -> str | None:
    """None, or why nothing can be redeemed at `moment`: not_yet_open, closed, not_redemption_day, sold_out."""
    if opens_at is not None and moment < opens_at:
        return "not_yet_open"
    if closes_at is not None and moment >= closes_at:
        return "closed"
    if not is_redemption_day(redemption_day, moment=moment):
        return "not_redemption_day"
    if stock is not None and stock < quantity:
        return "sold_out"
    return None


def _span(pair: object) -> Span:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise NotATime
    start, end = _minutes(pair[0]), _minutes(pair[1])
    if start >= end:
        raise NotATime
    return start, end


def _minutes(text: object) -> int:
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":" or not (text[:2] + text[3:]).isdecimal():
        raise NotATime
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour * 60 + minute > MINUTES_PER_DAY:
        raise NotATime
    return hour * 60 + minute


def _without(whole: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    left = []
    for start, end in whole:
        for from_, to in taken:
            if to <= start or from_ >= end:
                continue
            if from_ > start:
                left.append((start, from_))
            start = max(start, to)
        if start < end:
            left.append((start, end))
    return left


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
