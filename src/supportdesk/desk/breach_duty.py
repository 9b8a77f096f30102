"""A promise that was missed becomes an entry, once: whoever writes it writes the same one (DESIGN.md 3).

What has no ``coverage`` (imported history, tickets from before there were contracts) stands under terms that nobody
chose, and so does everything at a desk that wrote none: clocks are shown, but nothing is noted of them. What was missed
while nobody looked is noted at the next look, if its ticket was open within the last week.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from supportdesk.desk.duties import Tended, duty_id
from supportdesk.rules.book import Book
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.promises import Case, Promise, broken, promises
from supportdesk.store.agreed import agreed
from supportdesk.store.drafts import Drafts
from supportdesk.store.instants import instant, micros
from supportdesk.store.views import unsettled
from supportdesk.store.views.facts import cases
from supportdesk.store.views.queue import one_moment
from supportdesk.terms.errors import DeskError

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LOOKED_BACK = timedelta(days=7)
AT_ONCE = 100
"""Tickets that are read together."""

LOOKED = "breaches.looked"
"""What the side file keeps of the looks at its desk: the last entry, its place and its id."""


class Watch:
    """What is known of one file: up to which entry its tickets were looked at, by whichever console of it; and of this
    one, what is overdue and was looked at, and when the tickets it has read are due next. A look at which nothing is
    new and nothing due reads the due times that rows keep, and derives nothing."""

    def __init__(self) -> None:
        self._entry: int | None = None
        self._kept: int | None = None
        self._overdue: set[tuple[UUID, int]] = set()
        self._asked: dict[UUID, None] = {}
        self._left: dict[UUID, None] = {}
        self._due: dict[UUID, int] = {}
        self._queue: list[tuple[int, UUID]] = []
        self._ahead: int | None = None
        self._begins: int | None = None

    def to_look_at(self, desk: "Desk", now: int) -> list[UUID]:
        """The tickets that have to be read: those something was written about, those in which a promise was due before
        ``now`` (microseconds UTC), those that were handed over after other agreements; all where nobody has looked at
        this file."""
        conn, first = desk.reader, self._entry is None
        found, self._left = self._left, {}
        with one_moment(conn):
            known = _recalled(desk) if self._entry is None else self._entry
            self._entry = unsettled.newest_entry(conn)
            since = micros(instant(now) - LOOKED_BACK)
            is_new = known != self._entry
            if known is None or self._entry < known:
                found |= dict.fromkeys(unsettled.with_promises(conn, since))
            elif is_new:
                found |= dict.fromkeys(unsettled.touched(conn, known, since if first else 0))
            if first or known is None or (is_new and unsettled.agreements_changed(conn, known)):
                self._overdue.clear()
                found |= dict.fromkeys(unsettled.handed_over(conn))
            overdue = unsettled.overdue(conn, now)
            self._ahead = unsettled.next_due(conn, now)
            self._begins = _next_version(agreed(conn), now)
        found |= dict.fromkeys(each[0] for each in overdue if each not in self._overdue)
        self._overdue = set(overdue)
        while self._queue and self._queue[0][0] < now:
            due, id = heappop(self._queue)
            if self._due.get(id) == due:
                found[id] = None
        self._asked = found
        return list(found)

    def next_of(self, id: UUID, due: int | None) -> None:
        """Keep when a ticket is due next."""
        if due is None:
            self._due.pop(id, None)
        elif self._due.get(id) != due:
            self._due[id] = due
            heappush(self._queue, (due, id))

    def next_at(self) -> datetime | None:
        """When something is due next; None for never. Something that is no longer due may be told."""
        found = [at for at in (self._ahead, self._begins, self._queue[0][0] if self._queue else None) if at is not None]
        return instant(min(found)) if found else None

    def forget(self) -> None:
        """Look at the same again: what was found could not be written."""
        self._left = self._asked

    def done(self, desk: "Desk") -> None:
        """All that was found is written: whoever looks at this file next goes on from here."""
        if self._entry == self._kept or self._entry is None:
            return
        kept = unsettled.id_of_entry(desk.reader, self._entry)
        with suppress(DeskError, sqlite3.Error, OSError), closing(Drafts(desk.path, clock=desk.clock)) as drafts:
            drafts.remember(None, LOOKED, [self._entry, kept])
            self._kept = self._entry


def _next_version(book: Book, now: int) -> int | None:
    """When the next version of a contract begins: it may be over for some tickets already."""
    return min((version.since for contract in book.contracts.values() for version in contract.versions
                if version.since > now), default=None)


def _recalled(desk: "Desk") -> int | None:
    """Up to which entry a console has looked at this file; None if that is another file's, put in its place."""
    with suppress(DeskError, sqlite3.Error, OSError), closing(Drafts(desk.path, clock=desk.clock)) as drafts:
        match drafts.recall(None, LOOKED):
            case [int(pk), id] if unsettled.id_of_entry(desk.reader, pk) == id:
                return pk
    return None


def missed(desk: "Desk", watch: Watch) -> list[tuple[UUID, Promise]]:
    """The promises that were missed and are not noted yet, by their tickets. Reads only."""
    now = micros(desk.clock())
    ids = iter(watch.to_look_at(desk, now))
    found: list[tuple[UUID, Promise]] = []
    while part := list(islice(ids, AT_ONCE)):
        with one_moment(desk.reader):
            kept = agreed(desk.reader)
            for id, case in cases(desk.reader, part, now).items():
                watch.next_of(id, _next_due(case, kept, now))
                found += [(id, promise) for promise in broken(case, kept, now) if not _is_noted(desk, id, promise)]
    return found


def tend_breaches(desk: "Desk", watch: Watch, found: Iterable[tuple[UUID, Promise]] | None = None) -> Tended:
    """Note every promise that was missed. ``found``: what :func:`missed` told."""
    done, late = 0, 0.0
    try:
        for id, promise in missed(desk, watch) if found is None else found:
            done += note(desk, id, promise)
            late = max(late, (desk.clock() - _ended(promise)).total_seconds())
        watch.done(desk)
    except BaseException:
        watch.forget()
        raise
    return Tended(done, late, watch.next_at())


def note(desk: "Desk", ticket: UUID, promise: Promise) -> bool:
    """Note one that was missed; whether nobody had."""
    id = _action(ticket, promise)
    contract = None if promise.basis is None else promise.basis.contract
    with desk.journal.action("breach", None, at=_ended(promise), id=id) as act:
        if act.conn.execute("SELECT 1 FROM entry WHERE action = ? LIMIT 1", (id.bytes,)).fetchone() is not None:
            return False
        act.create("breach", {
            "ticket_id": ticket, "kind": promise.kind, "due_at": _due(promise), "at": act.at,
            "contract_id": None if contract is None else contract.id,
        }, uuid5(id, "breach"))
    return True


def _is_noted(desk: "Desk", ticket: UUID, promise: Promise) -> bool:
    action = _action(ticket, promise).bytes
    return desk.reader.execute("SELECT 1 FROM entry WHERE action = ? LIMIT 1", (action,)).fetchone() is not None


def _action(ticket: UUID, promise: Promise) -> UUID:
    """The fixed id: of the ticket, the kind and the handoff it is about, and the due time."""
    subject = uuid5(ticket, f"{promise.kind}/{promise.handoff or ''}")
    return duty_id("breach", subject, _due(promise))


def _due(promise: Promise) -> datetime:
    assert promise.clock.due is not None
    return instant(promise.clock.due)


def _ended(promise: Promise) -> datetime:
    assert promise.clock.ended is not None
    return instant(promise.clock.ended)


def _next_due(case: Case, book: Book, now: int) -> int | None:
    return min((promise.clock.due for promise in promises(case, book, now)
                if promise.clock.state is ClockState.RUNNING and promise.clock.due is not None), default=None)
