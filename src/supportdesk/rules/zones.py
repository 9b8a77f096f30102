"""The offsets of a zone as exact periods of real time, which the time-zone database itself only answers one by one."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ValueError when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # folders and files that are no zones, too
        raise ValueError(name) from None


def year_of(day: int) -> int:
    """The year of a day counted from 1970-01-01. Raises OverflowError outside the years 1-9999."""
    try:
        return date.fromordinal(day + EPOCH_ORDINAL).year
    except ValueError:
        raise OverflowError(day) from None


def first_day(year: int) -> int:
    """The first day of a year, counted from 1970-01-01. Raises OverflowError outside the years 1-9999."""
    try:
        return date(year, 1, 1).toordinal() - EPOCH_ORDINAL
    except ValueError:
        raise OverflowError(year) from None


@lru_cache(maxsize=1_024)
def offsets(zone: ZoneInfo, year: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """When each offset begins in a UTC year (the first at the year's beginning), and the offsets: microseconds.

    Exact to the second. No zone has ever changed twice within one UTC day.
    """
    begins, found = [], []
    before = first_day(year) * DAY_US
    known = _offset(zone, before)
    begins.append(before)
    found.append(known)
    for day in range(first_day(year) + 1, _last_day(year) + 2):
        here = day * DAY_US
        now = _offset(zone, here)
        if now != known:
            begins.append(_changed(zone, here - DAY_US, here, known))
            found.append(now)
            known = now
    if begins[-1] >= (_last_day(year) + 1) * DAY_US:  # with the first instant of the next year
        begins.pop()
        found.pop()
    return tuple(begins), tuple(found)


def offset_at(zone: ZoneInfo, instant_us: int) -> int:
    """The offset at an instant: both microseconds, the instant UTC."""
    begins, found = offsets(zone, year_of(instant_us // DAY_US))
    return found[bisect_right(begins, instant_us) - 1]


def _last_day(year: int) -> int:
    return date(year, 12, 31).toordinal() - EPOCH_ORDINAL


def _changed(zone: ZoneInfo, before: int, after: int, known: int) -> int:
    """The first instant up to ``after`` whose offset is another than ``known``, which holds at ``before``."""
    low, high = before // SECOND_US, after // SECOND_US
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * SECOND_US) == known:
            low = middle
        else:
            high = middle
    return high * SECOND_US


def _offset(zone: ZoneInfo, instant_us: int) -> int:
    try:
        offset = (_EPOCH + timedelta(microseconds=instant_us)).astimezone(zone).utcoffset()
    except OverflowError:  # at the very ends of the calendar
        return 0
    assert offset is not None
    return round(offset.total_seconds()) * SECOND_US
