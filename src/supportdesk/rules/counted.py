"""What was counted for a promise: every interval, every pause, every holiday on the way (issue "Promises": an
explanation can be computed again). The intervals of a promise that has a due time add up to what was promised, and the
last of them ends on it.

Instants and amounts are integers, microseconds; instants UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from supportdesk.rules.business_time import Span, merged, without
from supportdesk.rules.calendars import CalendarVersion
from supportdesk.rules.clocks import FOR_EVER, ClockState
from supportdesk.rules.promises import Promise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARLY = 5
"""Signs of MM-DD."""


class Holiday(NamedTuple):
    on: date
    name: str


def ends(promise: Promise, now: int) -> int:
    """Up to where it was, or will be, counted: what was kept up to then, what is missed or runs up to its due time,
    what stands still up to now."""
    clock = promise.clock
    if clock.state is ClockState.MET and clock.ended is not None:
        return clock.ended
    return now if clock.due is None else clock.due


def intervals(promise: Promise, now: int) -> list[Span]:
    """The stretches that count, in their order."""
    if promise.clock.terms is None:
        return []
    end = ends(promise, now)
    pauses = merged((pause.since, FOR_EVER if pause.until is None else pause.until) for pause in promise.pauses)
    return without(promise.calendar_time.openings(promise.start, end), pauses)


def versions(promise: Promise, now: int) -> list[CalendarVersion]:
    """The versions of its calendar that counted, the oldest first."""
    calendar, end = promise.calendar_time, max(promise.start, ends(promise, now))
    first, last = (calendar.versions.index(calendar.version_at(at)) for at in (promise.start, end))
    return list(calendar.versions[first:last + 1])


def holidays(promise: Promise, now: int) -> list[Holiday]:
    """The holidays of its calendar from its start to its end, by the version in force on each."""
    if promise.clock.terms is None:
        return []
    end = max(promise.start, ends(promise, now))
    found = []
    used = versions(promise, now)
    for place, version in enumerate(used):
        since = max(promise.start, version.since)
        until = used[place + 1].since if place + 1 < len(used) else end
        names = dict(version.names)
        for day in _days(since, until, version):
            hours = version.hours
            if day in hours.holidays or (day.month, day.day) in hours.yearly:
                written = day.isoformat()
                found.append(Holiday(day, names.get(written) or names.get(written[-_YEARLY:], "")))
    return sorted(set(found))


def _days(since: int, until: int, version: CalendarVersion) -> Iterator[date]:
    """The dates that the time from ``since`` up to ``until`` touches in the calendar's zone."""
    day, last = ((_EPOCH + timedelta(microseconds=at)).astimezone(version.hours.zone).date()
                 for at in (since, max(since, until - 1)))
    while day <= last:
        yield day
        day += timedelta(days=1)
