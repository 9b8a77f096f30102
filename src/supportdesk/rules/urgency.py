"""How urgent a promise is: what is left of it against what was promised (field/feasibility.md 3).

Promises of one amount of one calendar are a *class*. Inside a class the order by what is left is the order by the *due
point*: how much open time the calendar will have counted when the promise falls due. It stands still while time passes;
only between classes the order moves. Nights and holidays, when the calendar counts nothing, need no care at all.

All instants, points and amounts are integers, microseconds, instants UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # a desk without calendars needs none to show its queue
    from supportdesk.rules.calendars import Time

EPOCH = 1_767_225_600_000_000
"""2026-01-01T00:00Z: from here on calendars count. What lies before it has points below zero."""

MINUTE_US = 60_000_000

NEEDED = "needed"
"""Stands for the kind of a promise where the caller's time window counts instead of one (rules/window)."""

NOTHING_PROMISED = float("inf")
"""The share left of a ticket whose clock stands still, or that nothing was promised on."""


def whole_minute(now: int) -> int:
    """The minute an order is made for: in it every console has the same."""
    return now - now % MINUTE_US


def point(time: Time | None, at: int) -> int:
    """How much open time ``time`` (None: around the clock) has counted at an instant."""
    return at - EPOCH if time is None else time.between(EPOCH, at)


class PromiseClass:
    """Promises of ``target`` of one calendar, None around the clock."""

    __slots__ = ("_counted", "pk", "target", "time")

    def __init__(self, pk: int, time: Time | None, target: int) -> None:
        self.pk, self.time, self.target = pk, time, target
        self._counted = 0, -EPOCH

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PromiseClass) and (self.pk, self.time, self.target) == (
            other.pk, other.time, other.target)

    def now(self, at: int) -> int:
        """The point of an instant; the last one asked for is remembered."""
        if self.time is None:
            return at - EPOCH
        if self._counted[0] != at:
            self._counted = at, point(self.time, at)
        return self._counted[1]

    def left(self, due_point: int, at: int) -> int:
        """What is left of the promise at an instant; below zero beyond its due time."""
        return due_point - self.now(at)

    def share_left(self, due_point: int, at: int) -> float:
        """The same against what was promised: 1.0 at the beginning, 0.0 when it is due. SQL divides alike."""
        return self.left(due_point, at) / self.target


class NextPromise(NamedTuple):
    """The promise that counts of a ticket: which kind, of which class, and where it falls due."""

    kind: str
    of: PromiseClass
    due_point: int

    def left(self, at: int) -> int:
        return self.of.left(self.due_point, at)

    def share_left(self, at: int) -> float:
        """As of the whole minute of ``at``."""
        return self.of.share_left(self.due_point, whole_minute(at))

    def opens(self, at: int) -> int | None:
        """When its calendar opens again, if it is closed at ``at``; None while it is open."""
        time = self.of.time
        return None if time is None or time.is_open(at) else time.next_open(at)
