"""Opening hours as people write them down, read and checked.

Wall times are "HH:MM" ("24:00" ends a day), spans pairs of them; one whose end is not after its beginning goes over
midnight. Weekdays are mon … sun, dates YYYY-MM-DD, holidays MM-DD for every year too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from supportdesk.rules.business_time import Hours, Span
from supportdesk.rules.zones import zone_named

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400
"""Seconds."""

_TIME = re.compile(r"(\d\d):(\d\d)", re.ASCII)
_YEARLY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class BadHours(ValueError):
    """Hours that cannot be. ``code`` names what is wrong: ``form``, ``zone``, ``day``, ``time``, ``span``,
    ``overlap``, ``date`` or ``never``; ``what`` is the part of the text that says it."""

    def __init__(self, code: str, what: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.what = str(what)


def hours_of(zone: object, weekly: object, holidays: object = (), breaks: object = None,
             extra: object = None) -> Hours:
    """The hours that are written so, whoever wrote them: ``weekly`` is {weekday: spans}, ``breaks`` and ``extra``
    {date: spans}, ``holidays`` a list of dates. Raises BadHours."""
    try:
        if not isinstance(zone, str):
            raise ValueError
        found = zone_named(zone)
    except ValueError:
        raise BadHours("zone", zone) from None
    week = _week(weekly)
    dates, yearly = _holidays(holidays)
    open_extra = _dated(extra)
    if not any(week) and not open_extra:
        raise BadHours("never")
    return Hours(found, week, dates, yearly, _dated(breaks), open_extra)


def _week(weekly: object) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(weekly, Mapping):
        raise BadHours("form", weekly)
    for name in weekly:
        if name not in DAYS:
            raise BadHours("day", name)
    week = tuple(_spans(weekly.get(name) or ()) for name in DAYS)
    around = [(since + place * DAY, until + place * DAY, name)
              for place, name in enumerate(DAYS) for since, until in week[place]]
    for (_since, until, name), (begins, _until, _name) in pairwise(around):
        if begins < until:
            raise BadHours("overlap", name)
    if around and around[-1][1] > around[0][0] + 7 * DAY:
        raise BadHours("overlap", around[-1][2])
    return week


def _spans(written: object) -> tuple[Span, ...]:
    if not isinstance(written, Sequence) or isinstance(written, str):
        raise BadHours("span", written)
    return tuple(sorted(_span(each) for each in written))


def _span(written: object) -> Span:
    if not isinstance(written, Sequence) or isinstance(written, str) or len(written) != 2:
        raise BadHours("span", written)
    since, until = _seconds(written[0]), _seconds(written[1])
    if since == DAY:
        raise BadHours("time", written[0])
    return since, until if until > since else until + DAY


def _seconds(text: object) -> int:
    read = _TIME.fullmatch(text) if isinstance(text, str) else None
    if read is None:
        raise BadHours("time", text)
    hour, minute = int(read[1]), int(read[2])
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise BadHours("time", text)
    return hour * 3_600 + minute * 60


def _holidays(written: object) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
    dates, yearly = set(), set()
    if not isinstance(written, Iterable) or isinstance(written, str):
        raise BadHours("form", written)
    for text in written:
        every_year = _YEARLY.fullmatch(text) if isinstance(text, str) else None
        if every_year is None:
            dates.add(_date(text))
            continue
        month, day = int(every_year[1]), int(every_year[2])
        _date(f"2024-{text}", text)  # a leap year: the 29th of February is a holiday where there is one
        yearly.add((month, day))
    return frozenset(dates), frozenset(yearly)


def _date(text: object, written: object = None) -> date:
    try:
        if not isinstance(text, str) or not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadHours("date", text if written is None else written) from None


def _dated(written: object) -> tuple[tuple[date, tuple[Span, ...]], ...]:
    if not isinstance(written or {}, Mapping):
        raise BadHours("form", written)
    items = written.items() if isinstance(written, Mapping) else ()
    return tuple(sorted((_date(on), _spans(spans)) for on, spans in items))
