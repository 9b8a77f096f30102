"""How much of the agreed time a service ran (issue "Promises": percent a month in agreed hours, longest outage,
maintenance not counted; overlapping outages once).

Agreed is the open time of the calendar in force on each day, without what was announced as maintenance. An outage takes
from it what lies in it; outages that overlap or touch are one. One that goes on counts up to now. The longest outage is
measured whole, also where it began before the month or ends after it. Clock-change nights have their 23 or 25 hours.

All instants and amounts are integers, microseconds; instants UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from supportdesk.rules.business_time import Span, merged, without
from supportdesk.rules.calendars import Time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """From ``since`` up to ``until`` the hours agreed on are those of ``time``, None: around the clock."""

    since: int
    until: int
    time: Time | None


class Longest(NamedTuple):
    """The longest outage: from when to when, and how much agreed time that was."""

    span: Span
    amount: int


class Figures(NamedTuple):
    """Of a stretch of time: the spans that were agreed, those of them in which the service did not run, and the longest
    outage, None where there was none."""

    opened: tuple[Span, ...]
    counted: tuple[Span, ...]
    longest: Longest | None = None

    @property
    def agreed(self) -> int:
        return _sum(self.opened)

    @property
    def down(self) -> int:
        return _sum(self.counted)

    @property
    def percent(self) -> Fraction | None:
        """How much of the agreed time it ran, of 100; None where nothing was agreed."""
        return None if not self.agreed else Fraction(100 * (self.agreed - self.down), self.agreed)

    def kept(self, percent: Fraction, longest: int | None) -> bool:
        """Whether that is what was promised; ``longest`` None: nothing was said of a single outage. Where no time was
        agreed every percentage is kept."""
        runs = self.percent
        return (runs is None or runs >= percent) and (
            longest is None or self.longest is None or self.longest.amount <= longest)


def figures(stretches: Sequence[Stretch], outages: Iterable[Span], maintenance: Iterable[Span],
            within: Span) -> Figures:
    """The figures of the time ``within``. The stretches follow each other; they reach as far as outages are to be
    measured."""
    shut = merged(maintenance)
    whole = [(since, until) for since, until in merged(outages) if since < within[1] and until > within[0]]
    clipped = [(max(since, within[0]), min(until, within[1])) for since, until in whole]
    counted = tuple(span for outage in clipped for span in _opened(stretches, outage, shut))
    measured = [Longest(outage, _sum(_opened(stretches, outage, shut))) for outage in whole]
    return Figures(tuple(_opened(stretches, within, shut)), counted,
                   max(measured, key=lambda outage: (outage.amount, outage.span), default=None))


def month(year: int, number: int, zone: ZoneInfo) -> Span:
    """A month of a zone, from midnight to midnight."""
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    since, until = ((datetime(*first, 1, tzinfo=zone) - _EPOCH) // timedelta(microseconds=1)
                    for first in ((year, number), following))
    return since, until


def _sum(spans: Iterable[Span]) -> int:
    return sum(until - since for since, until in spans)


def _opened(stretches: Sequence[Stretch], span: Span, shut: Sequence[Span]) -> Iterator[Span]:
    """The agreed time within a span."""
    for begins, ends, time in stretches:
        since, until = max(begins, span[0]), min(ends, span[1])
        if since < until:
            opened = [(since, until)] if time is None else list(time.openings(since, until))
            yield from without(opened, shut)
