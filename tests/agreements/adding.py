"""Adding up by hand what ``promise explain --json`` tells: clock times, zones and sums, nothing of the program.

What calendars say is read from what ``promise export`` writes. Instants are aware datetimes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays

Span = tuple[datetime, datetime]
Wall = tuple[datetime, datetime]
"""From and to on the clock of a calendar's zone, without a zone."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def spans(written: Sequence[Sequence[str]]) -> list[Span]:
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in written]


def joined(of: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Spans in their order, those that touch or overlap as one."""
    found: list[Any] = []
    for since, until in sorted(span for span in of if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def less(of: Iterable[tuple[Any, Any]], taken: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Spans without what is taken out of them."""
    left = list(of)
    for since, until in taken:
        left = [piece for begins, ends in left
                for piece in ((begins, min(ends, since)), (max(begins, until), ends)) if piece[0] < piece[1]]
    return left


def length(of: Iterable[Span]) -> timedelta:
    return sum((until - since for since, until in of), timedelta())


def reached(opened: Iterable[Span], amount: timedelta) -> datetime:
    """Where so much of the spans is used up; for nothing where the first begins."""
    for since, until in opened:
        if amount <= until - since:
            return since + amount
        amount -= until - since
    raise AssertionError(f"the spans end {amount} too early")


class Calendars:
    """The calendars of an exported file."""

    def __init__(self, exported: str) -> None:
        self._versions: dict[str, list[tuple[datetime, Mapping[str, Any]]]] = {
            each["slug"]: sorted({_begins(version): version for version in each["version"]}.items())
            for each in tomllib.loads(exported).get("calendar", ())}

    def zone(self, slug: str, at: datetime) -> str:
        """That of the version in force at an instant."""
        return next(cast(str, version["zone"]) for since, version in reversed(self._versions[slug]) if since <= at)

    def opened(self, slug: str | None, since: datetime, until: datetime) -> list[Span]:
        """The open time between two instants, each stretch by the version in force then; all of it without a
        calendar."""
        if slug is None:
            return joined([(since, until)])
        known = self._versions[slug]
        ends = [begins for begins, _version in known[1:]] + [LAST]
        return joined(
            (max(opens, since, begins), min(closes, until, end))
            for (begins, version), end in zip(known, ends, strict=True) if begins < until and since < end
            for opens, closes in _hours(version, max(since, begins), min(until, end)))


def _begins(version: Mapping[str, Any]) -> datetime:
    since = version.get("from", FIRST)
    return since if isinstance(since, datetime) else datetime.combine(since, time(), ZoneInfo(version["zone"]))


def _hours(version: Mapping[str, Any], since: datetime, until: datetime) -> Iterator[Span]:
    """The open time of one version on the days around two instants."""
    zone = ZoneInfo(version["zone"])
    first, last = since.astimezone(zone).date() - DAY, until.astimezone(zone).date()
    dates = [first + n * DAY for n in range((last - first).days + 1)]
    closed = _holidays(version, dates)
    weekly = [_wall(on, *each) for on in dates if on not in closed
              for each in version.get("weekly", {}).get(DAYS[on.weekday()], ())]
    breaks, extra = ([_wall(on, *each) for on in dates for each in version.get(name, {}).get(on.isoformat(), ())]
                     for name in ("breaks", "extra"))
    for opens, closes in less(joined([*weekly, *extra]), breaks):
        yield opens.replace(tzinfo=zone).astimezone(UTC), closes.replace(tzinfo=zone).astimezone(UTC)


def _wall(on: date, since: str, until: str) -> Wall:
    """A written span that begins on a date; one that does not end after it began ends on the next."""
    opens, closes = (datetime.combine(on, time()) + timedelta(hours=int(text[:2]), minutes=int(text[3:]))
                     for text in (since, until))
    return opens, closes if opens < closes else closes + DAY


def _holidays(version: Mapping[str, Any], dates: Sequence[date]) -> set[date]:
    written = {day if isinstance(day, str) else str(day["on"]) for day in version.get("holidays", ())}
    if "country" in version:
        first, last = version["years"]
        written |= {day.isoformat() for day in holidays.country_holidays(
            version["country"], subdiv=version.get("subdivision"), years=range(first, last + 1))}
    written -= set(version.get("without", ()))
    return {on for on in dates if on.isoformat() in written or on.isoformat()[5:] in written}


def computed_again(told: Mapping[str, Any], calendars: Calendars, now: datetime) -> bool:
    """Add up one promise as ``promise explain --json`` tells it; False where there is nothing to add.

    Its intervals are the open time of its calendar from its start without its pauses, and add up to its due time."""
    started, due, ended = (instant(told[name]) for name in ("started", "due", "ended"))
    end = {"running": due, "missed": due, "met": ended, "paused": now}.get(told["state"])
    if end is None or started is None or told["target_s"] is None:
        return False
    if told["kind"] == "callback" and due is not None and due < started:  # a merge brought it when it was overdue
        assert (told["state"], told["intervals"], told["target_s"]) == ("missed", [], 0), told
        return False
    pauses = [(pause_from, instant(pause["to"]) or LAST) for pause in told["pauses"]
              if (pause_from := instant(pause["from"]))]
    assert started <= end, told
    open_time = less(calendars.opened(told["calendar"], started, end), pauses)
    counted, target = spans(told["intervals"]), timedelta(seconds=told["target_s"])
    assert counted == open_time, told
    if told["state"] in ("running", "missed"):
        assert length(counted) == target, told
        assert reached(counted, target) == end, told
    else:
        assert not counted or counted[-1][1] <= end, told
    if told["state"] != "missed":
        left = target - length(less(open_time, [(now, LAST)]))
        assert told["remaining_s"] == left // timedelta(seconds=1), told
    if told["calendar"] is not None:
        assert told["zone"] == calendars.zone(told["calendar"], end), told
    return True
