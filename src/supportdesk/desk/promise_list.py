"""Everything my teams and I promised up to the end of today, what is missed or at risk first (issue "What the agent
sees"), and the next updates of the major incidents I speak for. Bounded: of the tickets with something due the first
page is derived, and what is left out is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from uuid import UUID

from supportdesk.desk.promised import SOON_PERCENT, Promised, PromiseLine, promised_of
from supportdesk.rules.clocks import WARNINGS, ClockState
from supportdesk.rules.durations import instant
from supportdesk.rules.text import fold
from supportdesk.store.instants import micros
from supportdesk.store.views.listing import lines_of
from supportdesk.store.views.owed import Reach, UpdateDue, candidates, reaches, updates_due
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import QueueLine, one_moment, page
from supportdesk.terms.codes import PromiseKind

PAGE = 60
"""Tickets whose promises are derived at most, those due first."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One promise that is still to be kept, of one ticket. ``is_mine``: it is for me to keep, not only my team's.
    ``update``: it is the next update of the major incident I speak for."""

    promise: PromiseLine
    ticket: QueueLine
    promised: Promised
    reach: Reach
    is_mine: bool
    update: UpdateDue | None = None

    @property
    def key(self) -> str:
        of = self.promise.handoff if self.update is None else self.update.major
        return f"{self.ticket.id}/{self.promise.kind}/{of}"

    @property
    def words(self) -> str:
        """What the filter looks in."""
        title = self.ticket.title if self.update is None else self.update.title
        return fold(" ".join((self.ticket.number, title, self.ticket.organisation, self.reach.person)))

    def rank(self, now_us: int) -> tuple[int, int, int]:
        """Smaller stands higher: an update that is due of a major incident, for everybody waits for it; then what is
        missed, at risk, the rest; each by its due time."""
        due = self.promise.due_us or 0
        if self.update is not None and due <= now_us:
            return -1, due, self.ticket.pk
        group = 0 if due <= now_us else 1 if (self.promise.percent or 0) >= SOON_PERCENT else 2
        return group, due, self.ticket.pk


@dataclass(frozen=True, slots=True)
class OwedToday:
    """In the order they stand. ``of_first``: only so many tickets, those due first, were looked at; None: all."""

    lines: tuple[Owed, ...] = ()
    of_first: int | None = None

    def at_risk(self, now_us: int) -> int:
        """How many are missed or at risk."""
        return sum(line.rank(now_us)[0] < 2 for line in self.lines)


def owed_today(conn: sqlite3.Connection, me: AgentLine, now_us: int, zone: tzinfo) -> OwedToday:
    """What is owed at ``now_us`` up to the end of the day in ``zone``, what was missed and is still to be done with
    it."""
    until = end_of_day(now_us, zone)
    with one_moment(conn):
        found = candidates(conn, me, until, PAGE + 1)
        some = found[:PAGE]
        ids = [each.id for each in some]
        lines = page(conn, [each.pk for each in some])
        promised, reach = promised_of(conn, ids, now_us), reaches(conn, ids)
        updates = list(_updates(conn, me, now_us, until))
    owed = [each for line in lines
            for each in _owed(line, promised.get(line.id, Promised()), reach[line.id], me, until)]
    owed += updates
    owed.sort(key=lambda each: each.rank(now_us))
    return OwedToday(tuple(owed), PAGE if len(found) > PAGE else None)


def end_of_day(now_us: int, zone: tzinfo) -> int:
    """The last instant of today, microseconds UTC."""
    tomorrow = instant(now_us).astimezone(zone).date() + timedelta(days=1)
    return micros(datetime.combine(tomorrow, time(), zone)) - 1


def _owed(line: QueueLine, promised: Promised, reach: Reach, me: AgentLine, until: int) -> Iterator[Owed]:
    """What of a ticket is for my teams or me to keep: the customer's where it is ours, the desk's where a team of mine
    promised it."""
    ours = me.id in (line.assignee_id, reach.owner) or reach.team in me.teams
    for promise in promised.lines:
        if not promise.is_owed or promise.due_us is None or promise.due_us > until:
            continue
        if promise.kind is PromiseKind.CALLBACK and promise.due_us != line.callback_us:
            continue
        if ours if promise.team is None else promise.team.id in me.teams:
            yield Owed(promise, line, promised, reach, _is_mine(promise, line, reach, me.id))


def _updates(conn: sqlite3.Connection, me: AgentLine, now_us: int, until: int) -> Iterator[Owed]:
    """The next updates of the major incidents I speak for, as promises of mine."""
    due = updates_due(conn, me.id, until, PAGE)
    ids = list(dict.fromkeys(each.ticket for each in due))
    if not ids:
        return
    lines = {line.id: line for line in lines_of(conn, ids)}
    promised, reach = promised_of(conn, ids, now_us), reaches(conn, ids)
    for each in due:
        if each.ticket in lines:
            used = 100 * (now_us - each.since) // max(1, each.at - each.since)
            promise = PromiseLine(
                PromiseKind.UPDATE, ClockState.RUNNING if now_us <= each.at else ClockState.MISSED, is_owed=True,
                due_us=each.at, percent=next((share for share in reversed(WARNINGS) if used >= share), None))
            yield Owed(promise, lines[each.ticket], promised.get(each.ticket, Promised()), reach[each.ticket], True,
                       each)


def _is_mine(promise: PromiseLine, line: QueueLine, reach: Reach, me: UUID) -> bool:
    return (reach.owner if promise.kind is PromiseKind.CALLBACK else line.assignee_id) == me
