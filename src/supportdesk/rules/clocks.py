"""The clock of a promise, derived from facts: never a number that is counted on (field/peers.md 1.3, issue "Promises").

A promise gives an amount of business time from a start. It is met when what was promised is done up to the due time
(on the second still is), missed when the due time has passed without. When its terms change (another priority, another
contract) the same facts are read again under the new terms, from the same start; what had been met or missed until
then stays so, judged by the terms of that time.

All instants and amounts are integers, microseconds, instants UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from supportdesk.rules.business_time import NeverOpen, Span
from supportdesk.rules.calendars import Time

FOR_EVER = 250_000_000_000_000_000
"""The end of a pause that has none yet: in the year 9892."""


WARNINGS = (50, 75, 90)
"""Percent of a promise's time at which it is warned of."""


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised from an instant on: an amount of the business time of some hours; None promises nothing.
    ``name`` says which contract and version this is, for whoever explains it. ``pauses`` and ``done`` are what stops
    the clock and keeps the promise by these terms, besides what does so by all."""

    since: int
    amount: int | None
    time: Time
    name: str = ""
    pauses: tuple[Span, ...] = ()
    done: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """How a promise stands. ``due``: None while it is paused, or where it never comes. ``remaining``: business time,
    negative beyond the due time. ``ended``: when it was met or missed. ``terms``: by which it is judged. ``done``:
    when what was promised happened, in time or too late."""

    state: ClockState
    due: int | None = None
    remaining: int | None = None
    ended: int | None = None
    terms: Terms | None = None
    done: int | None = None


NOTHING = Clock(ClockState.NONE)


def clock(start: int, terms: Sequence[Terms], pauses: Sequence[Span], done: int | None, now: int) -> Clock:
    """How the promise stands at ``now``. ``terms`` in the order of their ``since``, the first from the start on; those
    to come say when it is due beyond their beginning. ``pauses`` may end at :data:`FOR_EVER`; ``done`` is when what
    was promised happened. Facts after ``now`` are not to be given."""
    for place, each in enumerate(terms):
        until = terms[place + 1].since if place + 1 < len(terms) else FOR_EVER
        kept = _first(done, each.done)
        if each.amount is None:
            if now < until or (kept is not None and kept < until):
                return NOTHING
            continue
        stops = _until(kept, (*pauses, *each.pauses))
        due = _due(start, each, stops)
        if kept is not None and kept < until and (due is None or kept <= due):
            return Clock(ClockState.MET, due, _left(start, each, stops, kept), kept, each, kept)
        if due is not None and due < now and max(due, each.since) < until:
            left = _left(start, each, stops, now if kept is None else kept)
            return Clock(ClockState.MISSED, due, left, max(due, each.since), each, kept)
        if now < until:
            if any(since <= now < end for since, end in stops):
                return Clock(ClockState.PAUSED, None, _left(start, each, stops, now), None, each)
            if due is not None and due < until:
                return Clock(ClockState.RUNNING, due, _left(start, each, stops, now), None, each)
            return _by_later_terms(start, terms[place:], pauses, due, now)
    return NOTHING


def share_used(of: Clock) -> float | None:
    """How much of what was promised is used, 1.0 at the due time; None where nothing is promised."""
    if of.terms is None or not of.terms.amount or of.remaining is None:
        return None
    return 1 - of.remaining / of.terms.amount


def warned(of: Clock) -> int | None:
    """The last of the :data:`WARNINGS` a promise that is not settled has passed, in percent; None for none."""
    used = share_used(of)
    if used is None or of.state not in (ClockState.RUNNING, ClockState.PAUSED):
        return None
    return next((share for share in reversed(WARNINGS) if used * 100 >= share), None)


def _by_later_terms(start: int, terms: Sequence[Terms], pauses: Sequence[Span], due: int | None, now: int) -> Clock:
    """The clock that runs by the first of ``terms``, whose due time lies beyond the beginning of the next. What would
    be over before it begins says nothing until then."""
    for place, each in enumerate(terms[1:], 1):
        if each.amount is None:
            break
        until = terms[place + 1].since if place + 1 < len(terms) else FOR_EVER
        stops = (*pauses, *each.pauses)
        later = _due(start, each, stops)
        if later is not None and each.since <= later < until:
            return Clock(ClockState.RUNNING, later, _left(start, each, stops, now), None, each)
    return Clock(ClockState.RUNNING, due, _left(start, terms[0], (*pauses, *terms[0].pauses), now), None, terms[0])


def _first(*instants: int | None) -> int | None:
    return min((at for at in instants if at is not None), default=None)


def _until(done: int | None, pauses: tuple[Span, ...]) -> tuple[Span, ...]:
    """The pauses up to what was done: one it happened in has no further part in it."""
    return pauses if done is None else tuple((since, min(until, done)) for since, until in pauses)


def _due(start: int, terms: Terms, pauses: Sequence[Span]) -> int | None:
    assert terms.amount is not None
    try:
        return terms.time.add(start, terms.amount, pauses)
    except (NeverOpen, OverflowError):
        return None


def _left(start: int, terms: Terms, pauses: Sequence[Span], at: int) -> int:
    assert terms.amount is not None
    return terms.amount - terms.time.between(start, max(start, at), pauses)
