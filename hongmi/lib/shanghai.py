"""The time zone of days, months and business hours: Shanghai, whatever the zone of the machine or the client."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


@lru_cache(maxsize=1024)
def midnight_after(day: date) -> datetime:
    """The end of a Shanghai day, as a moment in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
