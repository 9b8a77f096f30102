"""Which promise of a ticket counts in the desk's order: of those to the customer not kept yet, the next one due. The
instant the caller needs it by is one more of them, of :data:`supportdesk.rules.window.LOOMS_US` real time: nothing
stops it but the end of the ticket.

One that is overdue stays the next until what was promised is done, or its ticket waits for something that stops its
clock. The choice goes by instants that stand, never by the time of looking: every console makes the same.

Instants, points and amounts are integers, microseconds; instants UTC.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from supportdesk.rules.agreements import IN_CONTRACTS, Target, in_force
from supportdesk.rules.book import Book, Calendar
from supportdesk.rules.business_time import NeverOpen, merged
from supportdesk.rules.calendars import Due, Time
from supportdesk.rules.clocks import FOR_EVER, ClockState
from supportdesk.rules.promises import DESK_TERMS, Case, Promise
from supportdesk.rules.urgency import EPOCH, NEEDED, point
from supportdesk.rules.window import LOOMS_US
from supportdesk.rules.zones import SECOND_US
from supportdesk.terms.codes import Coverage, Priority, PromiseKind

_ORDER = (*IN_CONTRACTS, NEEDED)
_OWED = (ClockState.RUNNING, ClockState.PAUSED, ClockState.MISSED)


class Counting(NamedTuple):
    """The promise that counts, its ``kind`` a PromiseKind or :data:`supportdesk.rules.urgency.NEEDED`. ``calendar``
    None: around the clock. ``due_point`` is where it falls due by what its
    calendar counts (rules/urgency), ``weight`` that of its contract."""

    due: int
    target: int
    kind: str
    calendar: UUID | None
    due_point: int
    weight: int


def counting(case: Case, promises: Iterable[Promise], needed: int | None = None) -> Counting | None:
    """The promise that counts; None where no clock runs. ``needed`` is the instant the caller needs it by."""
    promises = tuple(promises)
    found = [each for promise in promises if (each := _running(case, promise)) is not None]
    if needed is not None:
        found.append(_window(needed, max((promise.basis.terms.weight for promise in promises if promise.handoff is None
                                          and promise.basis is not None and promise.basis.terms is not None),
                                         default=0)))
    return min(found, default=None, key=_nearest)


def _window(needed: int, weight: int) -> Counting:
    return Counting(needed, LOOMS_US, NEEDED, None, point(None, needed), weight)


def _nearest(of: Counting) -> tuple[int, int, int]:
    return of.due, of.target, _ORDER.index(of.kind)


def _running(case: Case, promise: Promise) -> Counting | None:
    clock, basis = promise.clock, promise.basis
    if promise.kind not in IN_CONTRACTS or promise.handoff is not None or basis is None or basis.terms is None:
        return None
    terms = clock.terms
    if clock.state not in _OWED or clock.done is not None or terms is None or terms.amount is None:
        return None
    closed = [(since, FOR_EVER if until is None else until) for since, until in case.ledger.closed()]
    pauses = merged((*closed, *terms.pauses))
    if pauses and pauses[-1][1] >= FOR_EVER:
        return None
    due = clock.due
    if due is None:  # it waits until an instant: what comes then is known now
        try:
            due = terms.time.add(promise.start, terms.amount, pauses)
        except (NeverOpen, OverflowError):
            return None
    time = None if basis.calendar is None else basis.calendar.time
    after = sum(_between(time, max(since, due), until) for since, until in pauses if until > due)
    return Counting(due, terms.amount, promise.kind, _id(basis.calendar), point(time, due) + after, basis.terms.weight)


def _between(time: Time | None, since: int, until: int) -> int:
    return until - since if time is None else time.between(since, until)


def _id(calendar: Calendar | None) -> UUID | None:
    return None if calendar is None or calendar.time is None else calendar.id


class NotSimple(Exception):
    """What was made just now has more of a history than :func:`at_birth` reads."""


def at_birth(contract_id: UUID | None, coverage: Coverage | None, priority: Priority, start: int, answered: int | None,
             book: Book, needed: int | None = None) -> Counting | None:
    """As :func:`counting`, of an open ticket made just now that waits for nothing: nothing was done but that somebody
    may have ``answered``. Raises NotSimple where its contract has a version to come, or only the caller's window
    counts."""
    found = _at_birth(contract_id, coverage, priority, start, answered, book)
    if needed is None:
        return found
    if found is None:
        raise NotSimple
    return min(found, _window(needed, found.weight), key=_nearest)


def _at_birth(contract_id: UUID | None, coverage: Coverage | None, priority: Priority, start: int, answered: int | None,
              book: Book) -> Counting | None:
    contract = book.default() if contract_id is None else book.contracts.get(contract_id)
    if coverage in (Coverage.NOT_ENTITLED, Coverage.GOODWILL) or (contract_id is not None and contract is None):
        return None
    if contract is not None and contract.versions and contract.versions[-1].since > start:
        raise NotSimple
    terms = DESK_TERMS if contract is None else in_force(contract.versions, start)
    target = None if terms is None else terms.targets.get(priority)
    if terms is None or target is None:
        return None
    calendar = book.calendar(target.calendar or terms.calendar)
    time = None if calendar is None else calendar.time

    found: tuple[Due, int, int, PromiseKind] | None = None
    for since, amount, kind in _shortest(target, start, answered):
        if found is not None and found[2] - since + found[1] <= amount:
            continue  # what is longer than the other's amount and its head start together is never due before it
        try:
            due = Due(since + amount, since + amount - EPOCH) if time is None else time.due(since, amount)
        except (NeverOpen, OverflowError):
            continue
        if due.at < FOR_EVER and (found is None or (due.at, amount) < (found[0].at, found[1])):
            found = due, amount, since, kind
    if found is None:
        return None
    due, amount, _since, kind = found
    return Counting(due.at, amount, kind, _id(calendar), due.point, terms.weight)


def _shortest(target: Target, start: int, answered: int | None) -> list[tuple[int, int, PromiseKind]]:
    """Of the promises that begin at one instant the shortest, which is due first: since when, how much, which. What
    begins later stands first."""
    found: dict[int, tuple[int, int, PromiseKind]] = {}
    for kind in IN_CONTRACTS:
        seconds = target.seconds.get(kind)
        if seconds is None or (kind is PromiseKind.ANSWER and answered is not None):
            continue
        since = answered if kind is PromiseKind.UPDATE and answered is not None else start
        if since not in found or seconds * SECOND_US < found[since][1]:
            found[since] = since, seconds * SECOND_US, kind
    return list(found.values())
