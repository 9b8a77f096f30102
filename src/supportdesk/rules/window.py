"""The time window a caller gives ("payroll runs at 17:00"): it raises urgency as the hours run out (field/practice.md
3, docs/promises.md).

Below eight hours, the time P2 has for its solution and the length of a shift, a stop looms: urgency 2 at least. Below
two hours, half of what P1 has, only what is begun now comes in time: urgency 1. Real time: payroll does not wait for
opening hours. It stays so when the instant is past, and nothing is ever lowered. The priority follows from the matrix
in force when the hours ran out. Nothing of this is stored: whoever looks finds the same.

All instants are integers, microseconds UTC.
"""

from typing import NamedTuple

from supportdesk.rules.matrices import Matrices
from supportdesk.rules.urgency import whole_minute
from supportdesk.rules.zones import SECOND_US
from supportdesk.terms.codes import Priority

HOUR_US = 3600 * SECOND_US

LOOMS_US = 8 * HOUR_US
"""What is left when a stop looms. It is also what the queue measures the time left of a window against."""

STOPS_US = 2 * HOUR_US

STEPS = ((LOOMS_US, 2), (STOPS_US, 1))
"""Time left -> the urgency it has at least."""


class Rise(NamedTuple):
    """From ``at`` on a ticket is that urgent."""

    at: int
    urgency: int
    priority: Priority


class Window(NamedTuple):
    """When something is needed (``at``), for what in the caller's words, and what follows from it."""

    at: int
    words: str
    steps: tuple[Rise, ...]

    def raised(self, is_open: bool, now: int) -> Rise | None:
        """How urgent it has made its ticket at the whole minute of ``now``; None: as urgent as it was set."""
        if not is_open:
            return None
        return next((step for step in reversed(self.steps) if step.at <= whole_minute(now)), None)

    def alarm(self, priority: str, is_assigned: bool) -> int | None:
        """From when on it makes its ticket, which has this priority by itself, a P1 that nobody works on."""
        return None if is_assigned or priority == Priority.P1 else alarm_at(self.steps)


def steps(needed: int, impact: int | None, urgency: int | None, priority: Priority, made: int, matrix: Matrices
          ) -> tuple[Rise, ...]:
    """What a window raises, the first step first: only what is more urgent than before. ``made`` is when the ticket
    was made: hours that had run out before count from that minute on. A rank that is not known counts as what a call
    begins with (impact 4, urgency 3)."""
    found: list[Rise] = []
    row, known = _known(impact, 4), _known(urgency, 3)
    for left, at_least in STEPS:
        if known > at_least:
            at = max(needed - left, whole_minute(made))
            priority = min(priority, matrix.at(at)[row, at_least])
            found.append(Rise(at, at_least, priority))
    return tuple(found)


def alarm_at(found: tuple[Rise, ...]) -> int | None:
    """From when on it is P1 by its window; None for never."""
    return next((step.at for step in found if step.priority is Priority.P1), None)


def _known(rank: int | None, otherwise: int) -> int:
    return otherwise if rank is None else min(max(rank, 1), 4)
