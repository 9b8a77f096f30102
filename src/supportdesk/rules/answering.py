"""How long an offered handoff may wait for its answer (field/practice.md 3; field/oncall-and-handoffs.md 3).

The receiver accepts or returns within the time in which the desk answers a caller of that priority. When it is over
the sender is reminded; when it is over once more the ticket comes back: nothing is thrown over a wall and forgotten.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from supportdesk.terms.codes import Priority

WITHIN: Mapping[Priority, timedelta] = {
    Priority.P1: timedelta(minutes=15), Priority.P2: timedelta(minutes=30), Priority.P3: timedelta(hours=2),
    Priority.P4: timedelta(hours=4), Priority.P5: timedelta(days=1),
}
"""Time to answer; that of P1 runs around the clock, that of the others while the receiving team is there."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_AHEAD = 400
"""Days after which a calendar without hours is no calendar."""

Weekly = Mapping[str, Sequence[Sequence[str]]]


def answer_by(since: datetime, priority: Priority | None, weekly: Weekly | None, zone: tzinfo) -> datetime:
    """The instant (UTC) up to which a handoff that waits ``since`` is to be answered. ``weekly`` are the hours of
    the receiving team, wall times in ``zone`` by day (``{"mon": [["08:00", "12:00"]]}``); None: it is always there."""
    priority = priority or Priority.P3
    within = WITHIN[priority]
    if priority is Priority.P1 or not weekly:
        return since + within
    left = within
    first = since.astimezone(zone).date()
    for ahead in range(LOOKED_AHEAD):
        for opens, closes in _hours(first + timedelta(days=ahead), weekly, zone):
            begin = max(opens, since)
            if begin + left <= closes:
                return begin + left
            left -= max(closes - begin, timedelta())
    return since + within


def _hours(day: date, weekly: Weekly, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    spans = [(_instant(day, a, zone), _instant(day, b, zone)) for a, b in weekly.get(DAYS[day.weekday()], ())]
    return sorted(span for span in spans if span[0] < span[1])


def _instant(day: date, wall: str, zone: tzinfo) -> datetime:
    hour, _, minute = wall.partition(":")
    midnight = datetime.combine(day + timedelta(days=int(hour) // 24), time(int(hour) % 24, int(minute)), zone)
    return midnight.astimezone(UTC)
