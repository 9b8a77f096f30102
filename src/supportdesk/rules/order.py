"""The desk's order: what a queue shows first, and why (field/practice.md 3, issue 2 part 4).

P1 nobody works on, then promises that fell due (a callback, the end of a wait), then the next due
instant, then age; waiting tickets after running ones; closed ones last, newest first. The order is
total up to the creation instant; lists break the last tie by id. All instants are microseconds UTC.
"""

from enum import StrEnum
from typing import NamedTuple

from supportdesk.terms.codes import Lane, Priority, Status

NEVER = 2**63 - 1
"""Sorts behind every instant: stands where a ticket has no such instant (largest SQLite integer)."""


class OrderCode(StrEnum):
    """Why a ticket stands where it stands."""

    P1_UNOWNED = "p1_unowned"
    CALLBACK_OVERDUE = "callback_overdue"
    WAIT_OVER = "wait_over"  # the instant it waited for has come
    DUE = "due"
    AGE = "age"
    WAITING = "waiting"
    CLOSED = "closed"


class OrderReason(NamedTuple):
    """The reason and the instants it was computed from (microseconds UTC); ``at_us`` is the one that decided."""

    code: OrderCode
    lane: Lane
    at_us: int | None
    wake_us: int | None
    due_us: int | None
    created_us: int


def lane(status: Status, priority: Priority, assignee_is_set: bool) -> Lane:
    """The first sort column, stored with the ticket: it changes only with the ticket, not with time."""
    if not status.is_open:
        return Lane.CLOSED
    if status.is_waiting:
        return Lane.WAITING
    if priority is Priority.P1 and not assignee_is_set:
        return Lane.ALARM
    return Lane.RUNNING


def wake_at(status: Status, callback_us: int | None, wait_until_us: int | None) -> int | None:
    """When a ticket calls for somebody by itself: the callback promise or the end of a wait, the earlier.

    ``wait_until_us`` counts only while the ticket waits for it; nothing wakes a ticket that is not open.
    """
    if not status.is_open:
        return None
    instants = [callback_us, wait_until_us if status is Status.WAITING_UNTIL else None]
    return min((instant for instant in instants if instant is not None), default=None)


def rank(
    lane: Lane,
    wake_us: int | None,
    due_us: int | None,
    created_us: int,
    now_us: int,
    *,
    closed_us: int | None = None,
) -> tuple[int, int, int, int]:
    """Sort key of a ticket at ``now_us``: smaller stands higher. ``closed_us`` orders the closed lane.

    Group 0 P1 without owner, 1 overdue wakes, 2 running by due then age, 3 waiting by wake, due,
    age, 4 closed newest first. The SQL of the views orders by the same terms.
    """
    due = NEVER if due_us is None else due_us
    if lane is Lane.CLOSED:
        return 4, -(created_us if closed_us is None else closed_us), 0, -created_us
    if lane is Lane.ALARM:
        return 0, due, 0, created_us
    if wake_us is not None and wake_us <= now_us:
        return 1, wake_us, 0, created_us
    if lane is Lane.RUNNING:
        return 2, due, 0, created_us
    return 3, NEVER if wake_us is None else wake_us, due, created_us


def reason(
    lane: Lane,
    wake_us: int | None,
    due_us: int | None,
    created_us: int,
    now_us: int,
    *,
    callback_us: int | None = None,
    closed_us: int | None = None,
) -> OrderReason:
    """Why :func:`rank` put the ticket there. ``callback_us`` tells an overdue callback from a wait that is over."""

    def because(code: OrderCode, at_us: int | None) -> OrderReason:
        return OrderReason(code, lane, at_us, wake_us, due_us, created_us)

    if lane is Lane.CLOSED:
        return because(OrderCode.CLOSED, closed_us)
    if lane is Lane.ALARM:
        return because(OrderCode.P1_UNOWNED, created_us)
    if wake_us is not None and wake_us <= now_us:
        return because(OrderCode.CALLBACK_OVERDUE if wake_us == callback_us else OrderCode.WAIT_OVER, wake_us)
    if lane is Lane.WAITING:
        return because(OrderCode.WAITING, wake_us)
    if due_us is not None:
        return because(OrderCode.DUE, due_us)
    return because(OrderCode.AGE, created_us)
