"""When people call: the arrival curve of the demo over weekday and hour, and its working hours. Pure arithmetic.

Hours are local to a zone; instants are aware UTC."""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate
from random import Random

WEEKDAYS = (1.25, 1.05, 1.0, 0.98, 0.86, 0.07, 0.04)
"""Relative load from Monday: what broke over the week-end is told on Monday."""

HOURS = (
    0.02, 0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.55, 1.45, 1.75, 1.6, 1.2, 0.5, 0.85, 1.4, 1.3, 1.05, 0.6, 0.2, 0.12,
    0.1, 0.08, 0.05, 0.03,
)
"""Relative load by hour: a peak at nine, a dip at noon, a smaller peak at two."""

OPENS, CLOSES = 8, 18
"""Local hours in which the own teams work, Monday to Friday."""


def arrivals(random: Random, count: int, since: datetime, until: datetime, zone: tzinfo) -> list[datetime]:
    """``count`` instants in [since, until), rising, falling by weekday and hour as people call."""
    hours: list[datetime] = []
    weights: list[float] = []
    hour = since
    while hour < until:
        local = hour.astimezone(zone)
        share = min(1.0, (until - hour) / timedelta(hours=1))
        hours.append(hour)
        weights.append(WEEKDAYS[local.weekday()] * HOURS[local.hour] * share)
        hour += timedelta(hours=1)
    heap = list(accumulate(weights))
    drawn = []
    for _each in range(count):
        start = hours[bisect(heap, random.random() * heap[-1], hi=len(heap) - 1)]
        drawn.append(start + timedelta(seconds=random.randrange(int(min(3600, (until - start).total_seconds())) or 1)))
    return sorted(drawn)


def is_open(instant: datetime, zone: tzinfo) -> bool:
    """Whether the own teams work at ``instant``."""
    local = instant.astimezone(zone)
    return local.weekday() < 5 and OPENS <= local.hour < CLOSES


def at_work(instant: datetime, random: Random, zone: tzinfo) -> datetime:
    """``instant`` if the own teams work then, else some minutes into their next morning."""
    if is_open(instant, zone):
        return instant
    local = instant.astimezone(zone)
    if local.hour >= CLOSES:
        local += timedelta(days=1)
    while local.weekday() >= 5:
        local += timedelta(days=1)
    morning = local.replace(hour=OPENS, minute=0, second=0, microsecond=0)
    return morning.astimezone(instant.tzinfo) + timedelta(seconds=random.randrange(60, 7200))


def table(instants: Sequence[datetime], zone: tzinfo) -> list[list[int]]:
    """Counts by weekday (row, from Monday) and local hour (column)."""
    counts = [[0] * 24 for _day in range(7)]
    for instant in instants:
        local = instant.astimezone(zone)
        counts[local.weekday()][local.hour] += 1
    return counts
