"""Dates of agreements: a date in a file is its midnight in a zone; what is no midnight is written as an instant."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from supportdesk.store.instants import instant, micros


def begin_us(of: date | datetime | None, zone: str) -> int | None:
    """When something that is from this date on begins, microseconds UTC; None from ever."""
    if of is None:
        return None
    return micros(of if isinstance(of, datetime) else datetime.combine(of, time(), ZoneInfo(zone)))


def end_us(of: date | datetime | None, zone: str) -> int | None:
    """When something whose last day this is has ended; an instant is itself the end."""
    if of is None or isinstance(of, datetime):
        return begin_us(of, zone)
    return begin_us(of + timedelta(days=1), zone)


def begin_of(us: int, zone: str) -> date | datetime:
    """The date an instant is the midnight of, else the instant."""
    local = instant(us).astimezone(ZoneInfo(zone))
    return local.date() if begin_us(local.date(), zone) == us else instant(us).astimezone(UTC)


def end_of(us: int, zone: str) -> date | datetime:
    """The last day of something that ends at an instant; the instant where that is no midnight."""
    begin = begin_of(us, zone)
    return begin if isinstance(begin, datetime) else begin - timedelta(days=1)


def today(now: datetime, zone: str) -> date:
    """The date it is in a zone."""
    return now.astimezone(ZoneInfo(zone)).date()
