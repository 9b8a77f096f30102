"""Calendars as people read them: what holds today, and what comes."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from supportdesk.rules.agreed import begins
from supportdesk.store.instants import instant
from supportdesk.store.views.agreed import KeptCalendar, kept_calendars

AHEAD = timedelta(days=60)
"""How long before its holidays run out a calendar is to be brought in again."""


@dataclass(frozen=True, slots=True)
class CalendarVersionLine:
    """The hours from ``since`` on (None: from ever). ``holidays`` are (YYYY-MM-DD or MM-DD, name); ``holidays_until``
    is the last year public holidays are written down for."""

    since: datetime | None
    zone: str
    weekly: dict[str, Any]
    country: str
    subdivision: str
    holidays: tuple[tuple[str, str], ...]
    holidays_until: int | None
    breaks: dict[str, Any]
    extra: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A calendar; ``current`` is the version in force at the instant asked for, and one of ``versions``."""

    id: UUID
    slug: str
    name: str
    current: CalendarVersionLine
    versions: tuple[CalendarVersionLine, ...]

    @property
    def running_out(self) -> int | None:
        """The last year with public holidays, where the newest version knows some."""
        return self.versions[-1].holidays_until


def calendars(conn: sqlite3.Connection, now_us: int) -> list[CalendarLine]:
    """All calendars by slug, as they stand at an instant."""
    return [_line(kept, now_us) for kept in kept_calendars(conn) if kept.versions]


def runs_out(line: CalendarLine, on: date) -> bool:
    """Whether the public holidays written down have run out on a day, or will within :data:`AHEAD`."""
    return line.running_out is not None and date(line.running_out, 12, 31) - on <= AHEAD


def _line(kept: KeptCalendar, now_us: int) -> CalendarLine:
    versions = [_version(version) for version in kept.versions]
    begun = [version for version, raw in zip(versions, kept.versions, strict=True)
             if begins(raw.get("since")) <= now_us]
    return CalendarLine(kept.id, kept.slug, kept.name, begun[-1] if begun else versions[0], tuple(versions))


def _version(raw: dict[str, Any]) -> CalendarVersionLine:
    since, years = raw.get("since"), raw.get("years")
    return CalendarVersionLine(
        None if since is None else instant(since), str(raw.get("zone") or ""), raw.get("weekly") or {},
        raw.get("country") or "", raw.get("subdivision") or "",
        tuple((str(day.get("on")), str(day.get("name") or "")) for day in raw.get("holidays") or ()),
        years[1] if years else None, raw.get("breaks") or {}, raw.get("extra") or {},
    )
