"""One notation of time for every screen (LOOK.md "Time"): minutes near, clock times far.

Values, not text: "3 min", "16:40", "ma 08:30" are written by the faces in the reader's language.
Instants are microseconds UTC, zones are :class:`datetime.tzinfo`; nothing here looks at a clock.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

MINUTE_US = 60_000_000
NEAR_MINUTES = 120
"""From here on a clock time is easier to keep in mind than a number of minutes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = 7


class WhenKind(StrEnum):
    """How an instant is written."""

    MIN = "min"  # minutes from now: "3 min", "-12 min"
    TIME = "time"  # later or earlier today: "16:40"
    WEEKDAY_TIME = "weekday_time"  # within six days: "ma 08:30"
    DATE = "date"  # farther away: a date


class When(NamedTuple):
    """An instant as it is to be written at ``now``.

    ``minutes`` is set for ``MIN`` only, rounded down: negative as soon as the instant has passed.
    ``local`` is the instant in the reader's zone, ``days`` its calendar days from today there.
    """

    kind: WhenKind
    local: datetime
    days: int
    minutes: int | None
    overdue: bool


class Span(NamedTuple):
    """A length of time in whole units, rounded down: 3 h 39 is ``Span(False, 0, 3, 39)``. A day has 24 hours."""

    negative: bool
    days: int
    hours: int
    minutes: int


def near(delta_us: int) -> int | None:
    """Minutes to say for something ``delta_us`` from now (negative: past); None when too far for minutes."""
    minutes = delta_us // MINUTE_US
    return minutes if -NEAR_MINUTES < minutes < NEAR_MINUTES else None


def instant(instant_us: int) -> datetime:
    """Microseconds UTC as an aware datetime UTC, exact. Raises OverflowError outside the years 1-9999."""
    return _EPOCH + timedelta(microseconds=instant_us)


def when(instant_us: int, now_us: int, zone: tzinfo) -> When:
    """How to write ``instant_us`` at ``now_us`` for a reader in ``zone``."""
    local = instant(instant_us).astimezone(zone)
    days = (local.date() - instant(now_us).astimezone(zone).date()).days
    minutes = near(instant_us - now_us)
    if minutes is not None:
        kind = WhenKind.MIN
    elif days == 0:
        kind = WhenKind.TIME
    else:
        kind = WhenKind.WEEKDAY_TIME if abs(days) < _WEEK else WhenKind.DATE
    return When(kind, local, days, minutes, instant_us < now_us)


def span(delta_us: int) -> Span:
    """A length of time cut into days, hours and minutes ("solution dans 3 h 39")."""
    hours, minutes = divmod(abs(delta_us) // MINUTE_US, 60)
    days, hours = divmod(hours, 24)
    return Span(delta_us < 0, days, hours, minutes)
