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

from supportdesk.rules.business_time import BusinessTime, NeverOpen, Span

FOR_EVER = 250_000_000_000_000_000
"""The end of a pause that has none yet: in the year 9892."""


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised from an instant on: an amount of the business time of some hours; None promises nothing.
    ``name`` says which contract and version this is, for whoever explains it."""

    since: int
    amount: int | None
    time: BusinessTime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a promise stands. ``due``: None while it is paused, or where it never comes. ``remaining``: business time,
    negative beyond the due time. ``ended``: when it was met or missed. ``terms``: by which it is judged."""

    state: ClockState
    due: int | None = None
    remaining: int | None = None
    ended: int | None = None
    terms: Terms | None = None


NOTHING = Clock(ClockState.NONE)


def clock(start: int, terms: Sequence[Terms], pauses: Sequence[Span], done: int | None, now: int) -> Clock:
    """How the promise stands at ``now``. ``terms`` in the order of their ``since``, the first from the start on;
    ``pauses`` may end at :data:`FOR_EVER`; ``done`` is when what was promised happened. Facts after ``now`` are not to
    be given."""
    if done is not None:  # a pause he was in has no further part in it
        pauses = [(since, min(until, done)) for since, until in pauses]
    for place, each in enumerate(terms):
        until = terms[place + 1].since if place + 1 < len(terms) else None
        if each.amount is None:
            if done is not None and (until is None or done < until):
                return NOTHING
            continue
        due = _due(start, each, pauses)
        here = done if done is not None and (until is None or done < until) else None
        if here is not None and (due is None or here <= due):
            return Clock(ClockState.MET, due, _left(start, each, pauses, here), here, each)
        if due is not None and due < now and (until is None or max(due, each.since) < until):
            left = _left(start, each, pauses, now if here is None else here)
            return Clock(ClockState.MISSED, due, left, max(due, each.since), each)
        if until is None:
            paused = any(since <= now < end for since, end in pauses)
            state = ClockState.PAUSED if paused else ClockState.RUNNING
            return Clock(state, None if paused else due, _left(start, each, pauses, now), None, each)
    return NOTHING


def share_used(of: Clock) -> float | None:
    """How much of what was promised is used, 1.0 at the due time; None where nothing is promised."""
    if of.terms is None or not of.terms.amount or of.remaining is None:
        return None
    return 1 - of.remaining / of.terms.amount


def _due(start: int, terms: Terms, pauses: Sequence[Span]) -> int | None:
    assert terms.amount is not None
    try:
        due = terms.time.add(start, terms.amount, pauses)
    except (NeverOpen, OverflowError):
        return None
    return due if due < FOR_EVER else None


def _left(start: int, terms: Terms, pauses: Sequence[Span], at: int) -> int:
    assert terms.amount is not None
    return terms.amount - terms.time.between(start, max(start, at), pauses)
