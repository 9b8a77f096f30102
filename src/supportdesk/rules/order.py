"""The desk's order: what a queue shows first, and why (field/practice.md 3, issue 4).

P1 nobody works on (as it was set, or by the time window of its caller, rules/window), then promises that fell due (a
callback, the end of a wait), then what has the least time left against what was promised, then the weight of the
contract, then age; waiting tickets after running ones; closed ones last, newest first. It is made for a whole minute
(rules/urgency.whole_minute), so that every console has the same in the same minute. The order is total up to the
creation instant; lists break the last tie by id. All instants are microseconds UTC.
"""

from enum import StrEnum
from typing import NamedTuple

from supportdesk.rules.urgency import NEEDED, NOTHING_PROMISED, NextPromise, whole_minute
from supportdesk.terms.codes import Lane, Priority, Status

NEVER = 2**63 - 1
"""Sorts behind every instant: stands where a ticket has no such instant (largest SQLite integer)."""


class OrderCode(StrEnum):
    """Why a ticket stands where it stands."""

    P1_UNOWNED = "p1_unowned"
    P1_BY_WINDOW = "p1_by_window"  # the hours of its caller's time window run out, and nobody works on it
    CALLBACK_OVERDUE = "callback_overdue"
    WAIT_OVER = "wait_over"  # the instant it waited for has come
    DUE = "due"
    NEEDED = "needed"  # the instant its caller needs it by comes before what was promised
    AGE = "age"
    WAITING = "waiting"
    CLOSED = "closed"


class OrderReason(NamedTuple):
    """The reason and the instants it was computed from (microseconds UTC); ``at_us`` is the one that decided.
    ``promised`` is the promise that counts, ``contract`` the name of the contract that makes it, ``needed_us`` by when
    the caller needs it."""

    code: OrderCode
    lane: Lane
    at_us: int | None
    wake_us: int | None
    due_us: int | None
    created_us: int
    promised: NextPromise | None = None
    contract: str | None = None
    needed_us: int | None = None


def lane(status: Status, priority: Priority, assignee_is_set: bool) -> Lane:
    """The first sort column, stored with the ticket: it changes only with the ticket, not with time."""
    if not status.is_open:
        return Lane.CLOSED
    if status.is_waiting:
        return Lane.WAITING
    if priority is Priority.P1 and not assignee_is_set:
        return Lane.ALARM
    return Lane.RUNNING


def wake_at(status: Status, callback_us: int | None, wait_until_us: int | None, alarm_us: int | None = None
            ) -> int | None:
    """When a ticket calls for somebody by itself: the callback promise, the end of a wait, or the instant from which
    its window makes it a P1 that nobody works on (``alarm_us``), the earliest.

    ``wait_until_us`` counts only while the ticket waits for it; nothing wakes a ticket that is not open.
    """
    if not status.is_open or (callback_us is None and wait_until_us is None and alarm_us is None):
        return None
    instants = [callback_us, wait_until_us if status is Status.WAITING_UNTIL else None,
                None if status.is_waiting else alarm_us]
    return min((instant for instant in instants if instant is not None), default=None)


Rank = tuple[int, int, float, int, int]


def rank(
    lane: Lane,
    wake_us: int | None,
    share_left: float,
    weight: int,
    created_us: int,
    now_us: int,
    *,
    closed_us: int | None = None,
    alarm_us: int | None = None,
) -> Rank:
    """Sort key of a ticket at ``now_us``: smaller stands higher. ``share_left`` is what is left of its promise against
    what was promised (rules/urgency), ``weight`` that of its contract; ``closed_us`` orders the closed lane,
    ``alarm_us`` is from when on its window makes it a P1 that nobody works on (None: never).

    Group 0 P1 without owner, 1 overdue wakes, 2 running by what is left, 3 waiting by wake, then by what is left,
    4 closed newest first. The SQL of the views orders by the same terms.
    """
    if lane is Lane.CLOSED:
        return 4, -(created_us if closed_us is None else closed_us), 0.0, 0, -created_us
    if lane is Lane.ALARM or (lane is Lane.RUNNING and alarm_us is not None and alarm_us <= whole_minute(now_us)):
        return 0, 0, share_left, -weight, created_us
    if wake_us is not None and wake_us <= whole_minute(now_us):
        return 1, wake_us, 0.0, 0, created_us
    if lane is Lane.RUNNING:
        return 2, 0, share_left, -weight, created_us
    if wake_us is not None:
        return 3, wake_us, 0.0, 0, created_us
    return 3, NEVER, share_left, -weight, created_us


def reason(
    lane: Lane,
    wake_us: int | None,
    due_us: int | None,
    created_us: int,
    now_us: int,
    *,
    callback_us: int | None = None,
    closed_us: int | None = None,
    promised: NextPromise | None = None,
    contract: str | None = None,
    needed_us: int | None = None,
    alarm_us: int | None = None,
) -> OrderReason:
    """Why :func:`rank` put the ticket there. ``callback_us`` tells an overdue callback from a wait that is over;
    ``promised`` is the promise that counts, ``contract`` the name of the contract that makes it, None for what the desk
    promises everybody; ``alarm_us`` as of :func:`rank`."""

    def because(code: OrderCode, at_us: int | None) -> OrderReason:
        return OrderReason(code, lane, at_us, wake_us, due_us, created_us, promised, contract, needed_us)

    if lane is Lane.CLOSED:
        return because(OrderCode.CLOSED, closed_us)
    if lane is Lane.ALARM:
        return because(OrderCode.P1_UNOWNED, created_us)
    if lane is Lane.RUNNING and alarm_us is not None and alarm_us <= whole_minute(now_us):
        return because(OrderCode.P1_BY_WINDOW, needed_us)
    if wake_us is not None and wake_us <= whole_minute(now_us):
        return because(OrderCode.CALLBACK_OVERDUE if wake_us == callback_us else OrderCode.WAIT_OVER, wake_us)
    if lane is Lane.WAITING:
        return because(OrderCode.WAITING, wake_us)
    if due_us is not None:
        by_window = promised is not None and promised.kind == NEEDED
        return because(OrderCode.NEEDED if by_window else OrderCode.DUE, due_us)
    return because(OrderCode.AGE, created_us)


def share_left(promised: NextPromise | None, now_us: int) -> float:
    """What :func:`rank` wants of the promise that counts; of none, what sorts behind all."""
    return NOTHING_PROMISED if promised is None else promised.share_left(now_us)
