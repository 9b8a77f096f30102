"""One version of a calendar as written in a file, checked part by part so that every mistake has its line."""

from typing import Any

from supportdesk.desk.hour_words import bad_hours
from supportdesk.desk.written import YEARS, Table
from supportdesk.i18n import _
from supportdesk.rules.hours import DAYS, BadHours, hours_of

HOURS = ("zone", "weekly", "country", "subdivision", "language", "years", "holidays", "without", "breaks", "extra")
MOST_YEARS = 50

_SOUND = {"mon": [["08:00", "12:00"]]}
"""Hours that are as they should be, to try one part at a time with."""


def hours_of_version(table: Table) -> dict[str, Any] | None:
    """The version in the form it is kept in, the public holidays not yet among its own; None with a problem."""
    before = len(table.problems.listed())
    version: dict[str, Any] = {"zone": _zone(table), "weekly": _weekly(table)}
    for key in ("country", "subdivision", "language"):
        version[key] = table.text(key, most=20)
    version["years"] = _years(table)
    version["holidays"] = _holidays(table)
    version["without"] = _without(table)
    for key in ("breaks", "extra"):
        version[key] = _dated(table, key)
    for key in ("subdivision", "language", "years", "without"):
        if version[key] and not version["country"] and not table.has("country"):
            table.wrong(key, _("{field} goes with country. Name the country, as CH.").format(field=key))
    if len(table.problems.listed()) > before:
        return None
    try:
        hours_of(version["zone"], version["weekly"], (), None, version["extra"])
    except BadHours as bad:
        table.wrong("weekly", bad_hours(bad), bad.what)
        return None
    return {name: value for name, value in version.items() if value or name == "weekly"}


def _zone(table: Table) -> str | None:
    zone = table.text("zone", needed=True)
    if zone is not None:
        _try(table, "zone", zone, _SOUND)
    return zone


def _weekly(table: Table) -> dict[str, Any]:
    weekly = table.values.get("weekly")
    if weekly is not None and not isinstance(weekly, dict):
        _try(table, "weekly", "UTC", weekly)
        return {}
    for day, spans in (weekly or {}).items():
        if spans or day not in DAYS:
            _try(table, "weekly", "UTC", {day: spans}, day)
    return {day: [list(span) for span in weekly[day]] for day in DAYS
            if weekly and isinstance(weekly.get(day), list) and weekly[day]
            and all(isinstance(span, list) for span in weekly[day])}


def _dated(table: Table, key: str) -> dict[str, Any]:
    written = table.values.get(key) or {}
    if not isinstance(written, dict):
        _try(table, key, "UTC", _SOUND, breaks=written)
        return {}
    for on, spans in written.items():
        _try(table, key, "UTC", _SOUND, on, breaks={on: spans})
    return {on: written[on] for on in sorted(written)}


def _holidays(table: Table) -> list[dict[str, str]]:
    """The calendar's own, marked so."""
    found: dict[str, dict[str, Any]] = {}
    for each in _list(table, "holidays"):
        on, name = (each.get("on"), each.get("name") or "") if isinstance(each, dict) else (each, "")
        text = on if isinstance(on, str) else str(on)
        if isinstance(each, dict) and not (set(each) <= {"on", "name"} and isinstance(name, str)):
            table.wrong("holidays", _("A holiday is a date, or has on and name: {example}.").format(
                example='{ on = "08-01", name = "…" }'))
        elif _try(table, "holidays", "UTC", _SOUND, holidays=[text]):
            found[text] = {"on": text, **({"name": name} if name else {}), "own": True}
    return [found[on] for on in sorted(found)]


def _without(table: Table) -> list[str]:
    dates = [str(each) for each in _list(table, "without")]
    return sorted({on for on in dates if _try(table, "without", "UTC", _SOUND, holidays=[on])})


def _years(table: Table) -> list[int] | None:
    years = table.values.get("years")
    if years is None:
        return None
    if (isinstance(years, list) and len(years) == 2 and all(type(year) is int for year in years)
            and YEARS[0] <= years[0] <= years[1] <= YEARS[1] and years[1] - years[0] < MOST_YEARS):
        return list(years)
    table.wrong("years", _("years are the first and the last year of the public holidays: [2025, 2031]."))
    return None


def _list(table: Table, key: str) -> list[Any]:
    written = table.values.get(key) or []
    if isinstance(written, list):
        return written
    table.wrong(key, _("{field} is a list of dates: [\"2026-12-24\", \"08-01\"].").format(field=key))
    return []


def _try(table: Table, key: str, zone: str, weekly: Any, *more: str, **parts: Any) -> bool:
    """Whether these hours can be; else it is a problem of ``key``."""
    try:
        hours_of(zone, weekly, **parts)
    except BadHours as bad:
        table.wrong(key, bad_hours(bad), *more)
        return False
    return True
