"""The promises of tickets, derived when they are read: facts of the journal against what is agreed."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules import counted
from supportdesk.rules.business_time import Span
from supportdesk.rules.calendars import CalendarVersion
from supportdesk.rules.counted import Holiday
from supportdesk.rules.promises import Promise, promises
from supportdesk.rules.window import Rise
from supportdesk.store.views.agreements import book
from supportdesk.store.views.facts import Standing, cases, standing
from supportdesk.store.views.names import Name, names
from supportdesk.store.views.queue import one_moment


@dataclass(frozen=True, slots=True)
class Account:
    """One promise with all that was counted for it (rules/counted). ``team`` promised it to the desk, None: the desk
    promised it to the customer."""

    promise: Promise
    intervals: tuple[Span, ...]
    holidays: tuple[Holiday, ...]
    versions: tuple[CalendarVersion, ...]
    team: Name | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the promises of a ticket stand at ``now`` (microseconds UTC) as they stand."""

    standing: Standing
    accounts: tuple[Account, ...]
    now: int

    @property
    def raised(self) -> Rise | None:
        """How urgent the caller's time window has made the ticket."""
        window = self.standing.window
        return window and window.raised(self.standing.is_open, self.now)


def promises_of(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> Mapping[UUID, tuple[Promise, ...]]:
    """How the promises of these tickets stand at ``now`` (microseconds UTC), whatever their number with a fixed number
    of statements. A ticket that is not there is left out."""
    with one_moment(conn):
        agreed = book(conn)
        return {id: promises(case, agreed, now) for id, case in cases(conn, ids, now).items()}


def explained(conn: sqlite3.Connection, id: UUID, now: int) -> Explanation:
    """The promises of one ticket with what they were computed from. Raises KeyError for one that is not there."""
    with one_moment(conn):
        found = promises_of(conn, [id], now)[id]
        known = names(conn, (("team", promise.team) for promise in found))
        return Explanation(standing(conn, id), tuple(
            Account(promise, tuple(counted.intervals(promise, now)), tuple(counted.holidays(promise, now)),
                    tuple(counted.versions(promise, now)), known.get(promise.team)) for promise in found), now)
