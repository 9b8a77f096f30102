"""When nightly work is due, and which backups stay (field/trust.md R87: 7 daily, 4 weekly, 12 monthly)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

HOUR = 2
"""Wall-clock hour at which nights are cut: few work then."""

DAYS, WEEKS, MONTHS = 7, 4, 12


def last_night(now: datetime, zone: tzinfo) -> datetime:
    """The newest instant (UTC) up to ``now`` at which nightly work was due in ``zone``."""
    day = now.astimezone(zone).date()
    due = _at_night(day, zone)
    return due if due <= now else _at_night(day - timedelta(days=1), zone)


def next_night(now: datetime, zone: tzinfo) -> datetime:
    """The first instant (UTC) after ``now`` at which nightly work is due in ``zone``."""
    day = now.astimezone(zone).date()
    due = _at_night(day, zone)
    return due if due > now else _at_night(day + timedelta(days=1), zone)


def _at_night(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(HOUR), zone).astimezone(UTC)


def kept(made: Iterable[datetime]) -> set[datetime]:
    """Which of these backups stay: the newest of each of the last 7 days, 4 weeks and 12 months that have any."""
    newest_first = sorted(made, reverse=True)
    stay: set[datetime] = set()
    for most, period in ((DAYS, _day), (WEEKS, _week), (MONTHS, _month)):
        seen: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            seen.setdefault(period(at), at)
        stay.update(list(seen.values())[:most])
    return stay


def _day(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day


def _week(at: datetime) -> tuple[int, ...]:
    return at.isocalendar()[:2]


def _month(at: datetime) -> tuple[int, ...]:
    return at.year, at.month
