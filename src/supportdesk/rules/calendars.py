"""Calendars by date: what is past stays as it was, a change applies from its instant (field/peers.md 1.6).

A calendar is written as its versions, each from an instant on. Its business time counts every stretch by the version
in force then, so that a change moves no due time that was reached before it.

All instants and amounts are integers, microseconds, instants UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from supportdesk.rules.business_time import BusinessTime, Hours, NeverOpen, Span, business_time, merged
from supportdesk.rules.hours import BadHours, hours_of
from supportdesk.rules.urgency import EPOCH
from supportdesk.rules.zones import DAY_US

ALWAYS = -(2**63)
"""The beginning of the first version."""


class Time(Protocol):
    """Whatever counts open time: one set of hours, or several by date."""

    def between(self, start: int, end: int, pauses: Iterable[Span] = ()) -> int: ...
    def add(self, start: int, amount: int, pauses: Iterable[Span] = ()) -> int: ...
    def next_open(self, at: int, pauses: Iterable[Span] = ()) -> int: ...
    def is_open(self, at: int) -> bool: ...
    def openings(self, start: int, end: int) -> Iterator[Span]: ...


class CalendarVersion(NamedTuple):
    """The hours from ``since`` on; ``names`` are those of its holidays, by date as written."""

    since: int
    hours: Hours
    names: tuple[tuple[str, str], ...] = ()


class Due(NamedTuple):
    """When a promise falls due, and how much its calendar will have counted then (rules/urgency)."""

    at: int
    point: int


class _Stretch(NamedTuple):
    """What begins from ``since`` (within) to ``until`` (beyond) is due when what begins first is, or, if it ``moves``,
    as much later as it begins."""

    since: int
    until: int
    moves: bool
    due: Due


class CalendarTime:
    """The business time of a calendar with several versions, the first of which holds from ever."""

    def __init__(self, versions: Sequence[CalendarVersion]) -> None:
        self.versions = tuple(versions)
        self._begins = [version.since for version in versions]
        self._times: list[BusinessTime] = [business_time(version.hours) for version in versions]
        self._stretches: dict[int, _Stretch] = {}

    def version_at(self, at: int) -> CalendarVersion:
        """The version in force at an instant."""
        return self.versions[self._place(at)]

    def between(self, start: int, end: int, pauses: Iterable[Span] = ()) -> int:
        """The open time from ``start`` to ``end`` without the pauses; negative when ``end`` comes first."""
        if end < start:
            return -self.between(end, start, pauses)
        out = merged(pauses)
        return sum(time.between(since, until, out) for time, since, until in self._pieces(start, end))

    def add(self, start: int, amount: int, pauses: Iterable[Span] = ()) -> int:
        """The first instant at which ``amount`` of open time has passed since ``start``, pauses not counted; for zero
        the first open instant. Raises NeverOpen."""
        if not amount:
            return self.next_open(start, pauses)
        out = merged(pauses)
        place = self._place(start)
        while True:
            time, until = self._times[place], self._until(place)
            since = max(start, self._begins[place])
            passed = amount if until is None else time.between(since, until, out)
            if passed >= amount:
                return time.add(since, amount, out)
            amount -= passed
            place += 1

    def due(self, start: int, amount: int) -> Due:
        """When an amount, more than nothing, has passed since ``start``. Raises NeverOpen.

        While both are open, the due time moves on as the start does; before an opening it stands still. So what was
        counted for one start holds for those after it for a while: the last such stretch of each amount is
        remembered."""
        known = self._stretches.get(amount)
        if known is None or not known.since <= start < known.until:
            known = self._stretches[amount] = self._stretch(start, amount)
        if not known.moves:
            return known.due
        later = start - known.since
        return Due(known.due.at + later, known.due.point + later)

    def _stretch(self, start: int, amount: int) -> "_Stretch":
        at = self.add(start, amount)
        due = Due(at, self.between(EPOCH, at))
        opens = self.next_open(start)
        if opens > start:
            return _Stretch(start, opens, False, due)
        closes, ends = (next(self.openings(each, each + DAY_US))[1] for each in (start, at - 1))
        return _Stretch(start, min(closes, start + ends - at), True, due)

    def next_open(self, at: int, pauses: Iterable[Span] = ()) -> int:
        """The first instant from ``at`` on that is open and in no pause. Raises NeverOpen."""
        out = merged(pauses)
        place = self._place(at)
        while True:
            until = self._until(place)
            try:
                found = self._times[place].next_open(max(at, self._begins[place]), out)
                if until is None or found < until:
                    return found
            except NeverOpen:
                if until is None:
                    raise
            place += 1

    def is_open(self, at: int) -> bool:
        return self._times[self._place(at)].is_open(at)

    def openings(self, start: int, end: int) -> Iterator[Span]:
        """The open spans of real time from ``start`` to ``end``, in their order, none touching the next."""
        whole: Span | None = None
        for time, since, until in self._pieces(start, end):
            for span in time.openings(since, until):
                if whole is not None and whole[1] == span[0]:
                    whole = whole[0], span[1]
                    continue
                if whole is not None:
                    yield whole
                whole = span
        if whole is not None:
            yield whole

    def _place(self, at: int) -> int:
        return max(0, bisect_right(self._begins, at) - 1)

    def _until(self, place: int) -> int | None:
        return self._begins[place + 1] if place + 1 < len(self._begins) else None

    def _pieces(self, start: int, end: int) -> Iterator[tuple[BusinessTime, int, int]]:
        """What of the time from ``start`` to ``end`` each version counts."""
        for place in range(self._place(start), len(self._times)):
            since, until = max(start, self._begins[place]), self._until(place)
            if since >= end:
                return
            yield self._times[place], since, end if until is None else min(end, until)


def written(version: Mapping[str, Any]) -> Hours:
    """The hours of one written version: zone, weekly, holidays (``{"on", "name"}``), breaks, extra. Raises BadHours."""
    holidays = version.get("holidays") or ()
    if not isinstance(holidays, Sequence) or isinstance(holidays, str):
        raise BadHours("form", holidays)
    dates = [day.get("on") if isinstance(day, Mapping) else day for day in holidays]
    return hours_of(version.get("zone"), version.get("weekly"), dates, version.get("breaks"), version.get("extra"))


@lru_cache(maxsize=256)
def _time(versions: tuple[CalendarVersion, ...]) -> CalendarTime:
    return CalendarTime(versions)


def calendar_time(versions: Sequence[tuple[int | None, Mapping[str, Any]]]) -> CalendarTime:
    """The business time of a calendar as written: (from when on, what is written), None for ever, in any order; of two
    from the same instant the later one written counts. Equal calendars share it. Raises BadHours."""
    by_date: dict[int, CalendarVersion] = {}
    for since, version in versions:
        begins, hours = ALWAYS if since is None else since, written(version)
        names = tuple(sorted((str(day["on"]), str(day.get("name") or "")) for day in version.get("holidays") or ()
                             if isinstance(day, Mapping) and day.get("on")))
        by_date[begins] = CalendarVersion(begins, hours, names)
    if not by_date:
        raise BadHours("never")
    return _time(tuple(by_date[begins] for begins in sorted(by_date)))
