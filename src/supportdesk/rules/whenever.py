"""A time as people type it while talking: minutes, a clock time, a day and a time.

``30`` is in thirty minutes, ``2h`` in two hours, ``14:30`` (also 14h30, 14.30) the next time the clock
says so, ``tomorrow 9:00`` / ``demain 9h`` / ``morgen 9:00``, ``tu 9:00`` the next such weekday,
``24.12. 10:00`` that day, or an ISO 8601 instant.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from supportdesk.rules.text import fold

LONGEST_MINUTES = 7 * 24 * 60
"""A bare number above a week of minutes is a slip, not a promise."""

_MINUTES = re.compile(r"(\d{1,5})\s*(?:m|min|minutes?|minuten?)?")
_HOURS = re.compile(r"(\d{1,3})\s*(?:std|stunden?|hours?|heures?)|(\d{1,3})h")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|\s*h|\s*uhr)(?:\s*uhr)?")
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.?(\d{4})?")
_DAYS = {
    "today": 0, "aujourdhui": 0, "aujourd'hui": 0, "heute": 0, "tomorrow": 1, "demain": 1, "morgen": 1,
}  # fmt: skip
_YESTERDAY = frozenset({"yesterday", "hier", "gestern"})
_WEEKDAYS = {
    name: number
    for number, names in enumerate((
        "mo mon monday lu lun lundi montag", "tu tue tuesday ma mar mardi di die dienstag",
        "we wed wednesday me mer mercredi mi mit mittwoch", "th thu thursday je jeu jeudi do don donnerstag",
        "fr fri friday ve ven vendredi fre freitag", "sa sat saturday sam samedi samstag",
        "su sun sunday dim dimanche so son sonntag",
    ))
    for name in names.split()
}  # fmt: skip


def parse_when(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The instant meant, aware UTC and after ``now``; None when it cannot be read.

    ``now`` is aware; clock times are wall times of ``zone``, a time that has passed today means tomorrow.
    """
    typed = _typed(text)
    if not typed:
        return None
    if (found := _MINUTES.fullmatch(typed)) and 0 < int(found[1]) <= LONGEST_MINUTES:
        return now.astimezone(UTC) + timedelta(minutes=int(found[1]))
    if (found := _HOURS.fullmatch(typed)) and _is_span(found):
        return now.astimezone(UTC) + timedelta(hours=int(found[1] or found[2]))
    return _iso(text.strip(), zone, now) or _wall(typed, now, zone)


def parse_clock(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """As :func:`parse_when`, of a clock time with or without a day; None also for a span from now."""
    typed = _typed(text)
    if (found := _HOURS.fullmatch(typed)) and _is_span(found):
        return None
    return _iso(text.strip(), zone, now) or _wall(typed, now, zone)


def parse_since(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The past instant meant, aware UTC and not after ``now``: ``30`` was thirty minutes ago, ``14:30`` the last time
    the clock said so, ``yesterday 9:00`` / ``hier 9h`` / ``gestern 9:00``, ``tu 9:00`` the last such weekday,
    ``24.12. 10:00`` the last such day, or an ISO 8601 instant. None when it cannot be read."""
    typed = _typed(text)
    if (found := _MINUTES.fullmatch(typed)) and int(found[1]) <= LONGEST_MINUTES:
        return now.astimezone(UTC) - timedelta(minutes=int(found[1]))
    if (found := _HOURS.fullmatch(typed)) and _is_span(found):
        return now.astimezone(UTC) - timedelta(hours=int(found[1] or found[2]))
    if (at := _instant(text.strip(), zone)) is not None:
        return at if at <= now else None
    day, _space, clock = typed.partition(" ")
    if _DAYS.get(day) == 1:
        return None
    back = 2 if day in _YESTERDAY else 1 if _DAYS.get(day) == 0 else None
    tries = [(typed, days) for days in (1, 7, 366, 36_600)] if back is None else [(f"tomorrow {clock}", back)]
    for said, days in tries:  # the next such time after an instant that lies far enough back
        at = _wall(said, now - timedelta(days=days), zone)
        if at is not None and at <= now:
            return at
    return None


def _typed(text: str) -> str:
    return " ".join(fold(text[:64]).replace(",", " ").split())


def _is_span(hours: re.Match[str]) -> bool:
    """Hours from now: "2h" is, "9h" is a clock time in French."""
    count = int(hours[1] or hours[2])
    return 0 < count <= LONGEST_MINUTES // 60 and (hours[2] is None or count < 8)


def _iso(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    at = _instant(text, zone)
    return at if at is not None and at > now else None


def _instant(text: str, zone: tzinfo) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d", text):
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wall(typed: str, now: datetime, zone: tzinfo) -> datetime | None:
    """A day (or none) and a clock time of the zone."""
    local = now.astimezone(zone)
    day, _space, clock = typed.rpartition(" ")
    if not (found := _CLOCK.fullmatch(clock)) or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)

    def on(date: datetime) -> datetime:
        return date.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0).astimezone(UTC)

    if not day:
        at = on(local)
        return at if at > now else on(local + timedelta(days=1))
    if day in _DAYS:
        at = on(local + timedelta(days=_DAYS[day]))
    elif day in _WEEKDAYS:
        ahead = (_WEEKDAYS[day] - local.weekday()) % 7
        at = on(local + timedelta(days=ahead))
        if at <= now:
            at = on(local + timedelta(days=ahead + 7))
    elif date := _DATE.fullmatch(day):
        at = _on_date(local, int(date[1]), int(date[2]), date[3], on) or now
    else:
        return None
    return at if at > now else None


def _on_date(
    local: datetime, day: int, month: int, year: str | None, on: Callable[[datetime], datetime]
) -> datetime | None:
    for candidate in (int(year),) if year else (local.year, local.year + 1):
        try:
            at = on(local.replace(year=candidate, month=month, day=day))
        except ValueError:
            continue
        if year or at > local:
            return at
    return None
