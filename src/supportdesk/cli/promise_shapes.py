"""Promises as other tools read them: in a list in short, explained with all that was counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from supportdesk.cli.shapes import ticket_line
from supportdesk.desk.promises import promises_of
from supportdesk.rules.calendars import ALWAYS
from supportdesk.rules.clocks import warned
from supportdesk.rules.zones import SECOND_US
from supportdesk.store.instants import instant

if TYPE_CHECKING:
    from datetime import datetime

    from supportdesk.desk.desk import Desk
    from supportdesk.desk.promises import Account, Explanation
    from supportdesk.rules.promises import Promise
    from supportdesk.rules.window import Rise
    from supportdesk.store.views.queue import QueueLine

Shape = dict[str, Any]

AT_ONCE = 500
"""Tickets whose promises are read together."""


def ticket_lines(desk: Desk, lines: Sequence[QueueLine], now: int) -> Iterator[Shape]:
    """Tickets of a list with their promises, which are read a page at a time."""
    for start in range(0, len(lines), AT_ONCE):
        page = lines[start:start + AT_ONCE]
        promises = promises_of(desk.reader, [line.id for line in page], now)
        for line in page:
            yield ticket_line(line, now, promise_lines(promises.get(line.id, ())))


def promise_lines(promises: Sequence[Promise]) -> list[Shape]:
    """The promises of a ticket in short; ``team`` (an id) promised it to the desk, null: the desk to the customer."""
    return [promise_line(promise) for promise in promises]


def promise_line(promise: Promise) -> Shape:
    """One promise in short."""
    clock, basis = promise.clock, promise.basis
    contract = None if basis is None else basis.contract
    calendar = None if basis is None else basis.calendar
    return {
        "kind": promise.kind, "due": _at(clock.due), "state": clock.state, "remaining_s": _seconds(clock.remaining),
        "contract": (contract.slug or contract.name) if contract else None,
        "calendar": (calendar.slug or calendar.name) if calendar else None, "team": promise.team,
        "warned": warned(clock),
    }


def explanation(of: Explanation, number: str) -> Shape:
    """All promises of a ticket, explained."""
    return {
        "number": number, "now": _at(of.now), "coverage": of.standing.coverage,
        "coverage_reason": of.standing.coverage_reason, "contract": of.standing.contract or None,
        "promises": [account(each) for each in of.accounts], "window": _window(of),
    }


def _window(of: Explanation) -> Shape | None:
    """The caller's time window: what it raises, from when on, and the last that it has."""
    window = of.standing.window
    return window and {
        "needed_by": _at(window.at), "needed_for": window.words or None,
        "raises": [_rise(rise) for rise in window.steps], "raised": of.raised and _rise(of.raised),
    }


def _rise(of: Rise) -> Shape:
    return {"at": _at(of.at), "urgency": of.urgency, "priority": of.priority}


def account(of: Account) -> Shape:
    """One promise with what was counted: the intervals of one that has a due time add up to ``target_s``."""
    promise = of.promise
    basis = promise.basis
    terms = None if basis is None else basis.terms
    calendar = None if basis is None else basis.calendar
    versions = of.versions if calendar is not None and calendar.time is not None else ()
    return promise_line(promise) | {
        "started": _at(promise.start), "ended": _at(promise.clock.ended), "target_s": _seconds(promise.target),
        "priority": None if basis is None else basis.priority,
        "contract_version": None if terms is None else _since(terms.since),
        "calendar_version": _since(versions[-1].since) if versions else None,
        "calendar_versions": [_since(version.since) for version in versions],
        "zone": versions[-1].hours.zone.key if versions else None,
        "intervals": [[_at(since), _at(until)] for since, until in of.intervals],
        "pauses": [{"from": _at(pause.since), "to": _at(pause.until), "why": pause.why} for pause in promise.pauses],
        "holidays": [{"on": holiday.on, "name": holiday.name or None} for holiday in of.holidays],
        "team_name": of.team.shown if of.team else None, "handoff": promise.handoff,
    }


def _at(us: int | None) -> datetime | None:
    return None if us is None else instant(us)


def _since(us: int) -> datetime | None:
    """The beginning of a version; None for the one from ever."""
    return None if us == ALWAYS else instant(us)


def _seconds(us: int | None) -> int | None:
    """Whole seconds, down."""
    return None if us is None else us // SECOND_US
