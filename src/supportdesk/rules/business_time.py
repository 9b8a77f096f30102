"""Business time: how much of it lies between two instants, and when an amount of it has passed.

An instant is open when its wall clock in the zone lies in an open interval [from, to) of its day. An interval over
midnight belongs to the day it starts on; a holiday closes the shift that starts on it. What is counted is real elapsed
time: in the night of a clock change an open hour that is repeated counts twice, one that is skipped not at all. A due
time that falls on closing stays on closing; zero outside hours is the next opening. (The rules with examples:
docs/business-time.md; the worked cases they were read from: field/peers.md 3.)

All instants and amounts are integers, microseconds, instants UTC.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from supportdesk.rules.zones import DAY_US, EPOCH_ORDINAL, SECOND_US, first_day, offsets, year_of

HORIZON = 200
"""Years after which a calendar is taken for one that never opens again."""

_DAYS = 4_096
"""So many days are remembered of each calendar."""

_WEEK = 7
_THURSDAY = 3
"""The weekday of 1970-01-01."""
_LEAP = (2, 29)

Span = tuple[int, int]
"""From (within) and to (beyond)."""


class NeverOpen(ValueError):
    """These hours do not open for as long as was asked."""


class Hours(NamedTuple):
    """When a desk is open. Spans are seconds from the midnight the day starts with; one that ends beyond 86,400 goes
    over midnight. ``week`` begins with Monday; ``holidays`` are dates, ``yearly`` (month, day) of every year;
    ``breaks`` close spans of one date, ``extra`` open some, on a holiday too."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    breaks: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    extra: tuple[tuple[date, tuple[Span, ...]], ...] = ()


@lru_cache(maxsize=512)
def business_time(hours: Hours) -> "BusinessTime":
    """The business time of these hours; made once for equal ones."""
    return BusinessTime(hours)


class BusinessTime:
    """Counts the open time of some hours."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self._breaks = {_day(each): spans for each, spans in hours.breaks}
        self._extra = {_day(each): spans for each, spans in hours.extra}
        self._holidays = {_day(each) for each in hours.holidays}
        written = [*hours.week, *self._breaks.values(), *self._extra.values()]
        self._carries = any(until * SECOND_US > DAY_US for spans in written for _since, until in spans)
        self._years: dict[int, _Year] = {}
        self._plain: dict[tuple[int, int], tuple[tuple[Span, ...], int]] = {}
        self._spans = lru_cache(maxsize=_DAYS)(self._opened)

    # -- what is asked

    def between(self, start: int, end: int, pauses: Iterable[Span] = ()) -> int:
        """The open time from ``start`` to ``end`` without the pauses; negative when ``end`` comes first."""
        if end < start:
            return -self.between(end, start, pauses)
        counted = self._count(start, end)
        for since, until in merged(pauses):
            counted -= self._count(max(since, start), min(until, end))
        return counted

    def add(self, start: int, amount: int, pauses: Iterable[Span] = ()) -> int:
        """The first instant at which ``amount`` of open time has passed since ``start``, pauses not counted; for zero
        the first open instant. Raises NeverOpen."""
        if not amount:
            return self.next_open(start, pauses)
        at = start
        for since, until in merged(pauses):
            if until <= at:
                continue
            if since > at:
                passed = self._count(at, since)
                if passed >= amount:
                    break
                amount -= passed
            at = until
        return self._due(at, amount)

    def next_open(self, at: int, pauses: Iterable[Span] = ()) -> int:
        """The first instant from ``at`` on that is open and in no pause. Raises NeverOpen."""
        found = self._due(at, 1) - 1
        for since, until in merged(pauses):
            if since <= found < until:
                found = self._due(until, 1) - 1
        return found

    def is_open(self, at: int) -> bool:
        return any(since <= at < until for since, until in self._spans(at // DAY_US))

    def openings(self, start: int, end: int) -> Iterator[Span]:
        """The open spans of real time from ``start`` to ``end``, in their order, none touching the next."""
        whole: Span | None = None
        for day in range(start // DAY_US, -(-end // DAY_US)):
            for since, until in self._spans(day):
                since, until = max(since, start), min(until, end)
                if since >= until:
                    continue
                if whole is not None and whole[1] == since:
                    whole = whole[0], until
                    continue
                if whole is not None:
                    yield whole
                whole = since, until
        if whole is not None:
            yield whole

    # -- counting: days are UTC days, so that they follow each other whatever clocks do

    def _count(self, start: int, end: int) -> int:
        if start >= end:
            return 0
        year, before = self._in_year(start)
        last, until = self._in_year(end)
        return until - before + sum(self._year(each).opened[-1] for each in range(year, last))

    def _due(self, start: int, amount: int) -> int:
        year, before = self._in_year(start)
        goal = before + amount
        for each in range(year, year + HORIZON):
            try:
                counted = self._year(each)
            except OverflowError:
                break
            if goal <= counted.opened[-1]:
                place = bisect_left(counted.opened, goal) - 1
                left = goal - counted.opened[place]
                spans = iter(self._spans(counted.first + place))
                since, until = next(spans)
                while left > until - since:
                    left -= until - since
                    since, until = next(spans)
                return since + left
            goal -= counted.opened[-1]
        raise NeverOpen

    def _in_year(self, at: int) -> tuple[int, int]:
        """The UTC year of an instant, and the open time of that year before it."""
        day = at // DAY_US
        year = year_of(day)
        known = self._year(year)
        counted = known.opened[day - known.first]
        for since, until in self._spans(day):
            if at <= since:
                break
            counted += min(at, until) - since
        return year, counted

    def _year(self, year: int) -> "_Year":
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._counted(year)
        return known

    def _counted(self, year: int) -> "_Year":
        first, beyond = first_day(year), first_day(year + 1)
        opened = [0] * (beyond - first)
        begins, found = offsets(self.hours.zone, year)
        unlike = {begin // DAY_US for begin in begins[1:]} | self._unlike(year)
        for place, offset in enumerate(found):
            since = begins[place] // DAY_US
            until = begins[place + 1] // DAY_US if place + 1 < len(begins) else beyond
            week = [self._usual(day, offset)[1] for day in range(since, since + _WEEK)]
            opened[since - first:until - first] = (week * ((until - since) // _WEEK + 1))[:until - since]
        for day in unlike:
            if first <= day < beyond:
                opened[day - first] = sum(until - since for since, until in self._walk(day))
        return _Year(first, list(accumulate(opened, initial=0)), unlike)

    def _unlike(self, year: int) -> set[int]:
        """The UTC days that a local date may reach into which is not like every other of its weekday: one with
        something of its own, or the one after it."""
        dates = {_day(date(each, month, day)) for each in (year - 1, year, year + 1) if 1 <= each <= 9999
                 for month, day in self.hours.yearly if (month, day) != _LEAP or isleap(each)}
        dates |= self._holidays
        dates.update(self._breaks, self._extra)
        return {day + near for day in dates for near in (-1, 0, 1, 2)[:4 if self._carries else 3]}

    def _opened(self, day: int) -> Sequence[Span]:
        """The open spans of real time of a UTC day; those asked for lately are remembered."""
        year = year_of(day)
        if day in self._year(year).unlike:
            return list(self._walk(day))
        begins, found = offsets(self.hours.zone, year)
        begin = day * DAY_US
        offset = found[bisect_right(begins, begin) - 1]
        return [(begin + since, begin + until) for since, until in self._usual(day, offset)[0]]

    def _usual(self, day: int, offset: int) -> tuple[tuple[Span, ...], int]:
        """The spans from its beginning, and the open time, of a day like every other of its weekday."""
        weekday = (day + _THURSDAY) % _WEEK
        known = self._plain.get((weekday, offset))
        if known is None:
            begin = day * DAY_US
            spans = tuple((since - begin, until - begin) for since, until in self._by_wall(
                begin, begin + DAY_US, offset, self._week_day))
            known = self._plain[weekday, offset] = spans, sum(until - since for since, until in spans)
        return known

    def _walk(self, day: int) -> Iterator[Span]:
        """The open spans of a UTC day, offset by offset, each date for itself."""
        start, end = day * DAY_US, (day + 1) * DAY_US
        begins, found = offsets(self.hours.zone, year_of(day))
        for since, until, offset in zip(begins, (*begins[1:], end), found, strict=True):
            yield from self._by_wall(max(start, since), min(end, until), offset, self._date)

    @staticmethod
    def _by_wall(start: int, end: int, offset: int, of: Callable[[int], list[Span]]) -> Iterator[Span]:
        """The open spans from ``start`` to ``end``, while the wall clock is ``offset`` ahead."""
        for day in range((start + offset) // DAY_US, -(-(end + offset) // DAY_US)):
            midnight = day * DAY_US - offset
            for opens, closes in of(day):
                since, until = max(start, midnight + opens), min(end, midnight + closes)
                if since < until:
                    yield since, until

    # -- wall clock: days are local dates, spans within them

    def _week_day(self, day: int) -> list[Span]:
        """What every such weekday is open, with what goes over midnight from the day before."""
        weekday = (day + _THURSDAY) % _WEEK
        return _united([*_carried(self.hours.week[weekday - 1]), *_own(self.hours.week[weekday])])

    def _date(self, day: int) -> list[Span]:
        """What one date is open."""
        week, weekday = self.hours.week, (day + _THURSDAY) % _WEEK
        opened = [*_carried(self._extra.get(day - 1, ())), *_own(self._extra.get(day, ()))]
        if not self._is_holiday(day - 1):
            opened += _carried(week[weekday - 1])
        if not self._is_holiday(day):
            opened += _own(week[weekday])
        closed = [*_carried(self._breaks.get(day - 1, ())), *_own(self._breaks.get(day, ()))]
        return without(_united(opened), _united(closed))

    def _is_holiday(self, day: int) -> bool:
        if day in self._holidays:
            return True
        local = date.fromordinal(day + EPOCH_ORDINAL)
        return (local.month, local.day) in self.hours.yearly


class _Year(NamedTuple):
    """The first day of a year, the open time of it before each of its days and before the next year, and the days that
    are not like every other of their weekday."""

    first: int
    opened: list[int]
    unlike: set[int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans in their order that neither overlap nor touch; empty ones are left out."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if since >= until:
            continue
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found


def _day(of: date) -> int:
    return of.toordinal() - EPOCH_ORDINAL


def _own(spans: Iterable[Span]) -> list[Span]:
    return [(since * SECOND_US, min(until * SECOND_US, DAY_US)) for since, until in spans]


def _carried(spans: Iterable[Span]) -> list[Span]:
    """What the spans of the day before leave for this one."""
    return [(0, until * SECOND_US - DAY_US) for _since, until in spans if until * SECOND_US > DAY_US]


_united = merged


def without(opened: Iterable[Span], closed: Sequence[Span]) -> list[Span]:
    """What is left of the opened spans without the closed ones, which stand in their order and apart."""
    left = []
    for since, until in opened:
        for shut, again in closed:
            if shut < until and again > since:
                if since < shut:
                    left.append((since, shut))
                since = max(since, again)
        if since < until:
            left.append((since, until))
    return left
