"""How long an offered handoff may wait for its answer (field/practice.md 3; field/oncall-and-handoffs.md 3).

The receiver accepts or returns within the time in which the desk answers a caller of that priority. When it is over
the sender is reminded; when it is over once more the ticket comes back: nothing is thrown over a wall and forgotten.
"""

from collections.abc import Mapping

from supportdesk.rules.business_time import NeverOpen
from supportdesk.rules.calendars import Time
from supportdesk.rules.zones import SECOND_US
from supportdesk.terms.codes import Priority

_MINUTE = 60 * SECOND_US
WITHIN: Mapping[Priority, int] = {
    Priority.P1: 15 * _MINUTE, Priority.P2: 30 * _MINUTE, Priority.P3: 120 * _MINUTE, Priority.P4: 240 * _MINUTE,
    Priority.P5: 24 * 60 * _MINUTE,
}
"""Microseconds to answer; those of P1 run around the clock, those of the others while the receiving team is there."""


def answer_by(since: int, priority: Priority | None, there: Time | None) -> int:
    """The instant up to which a handoff that waits ``since`` is to be answered, microseconds UTC. ``there`` is the
    calendar of the receiving team; without one, or with one that never opens, the team is always there."""
    priority = priority or Priority.P3
    if priority is not Priority.P1 and there is not None:
        try:
            return there.add(since, WITHIN[priority])
        except (NeverOpen, OverflowError):
            pass
    return since + WITHIN[priority]
