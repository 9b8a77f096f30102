"""A promise that was missed becomes an entry, once: whoever writes it writes the same one (DESIGN.md 3).

What has no ``coverage`` (imported history, tickets from before there were contracts) stands under terms that nobody
chose, and so does everything at a desk that wrote none: clocks are shown, but nothing is noted of them. What was missed
while nobody looked is noted at the next look, if its ticket was open within the last week.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from supportdesk.desk.duties import Tended, duty_id
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.promises import Case, Promise, broken, promises
from supportdesk.store.instants import instant, micros
from supportdesk.store.views import unsettled
from supportdesk.store.views.agreements import Book, book
from supportdesk.store.views.facts import cases
from supportdesk.store.views.queue import one_moment

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LOOKED_BACK = timedelta(days=7)
AT_ONCE = 100
"""Tickets that are read together."""


class Watch:
    """What is known of one file: up to which entry its tickets were looked at, and when each is due next. A look at
    which nothing is new and nothing due costs two questions."""

    def __init__(self) -> None:
        self._entry: int | None = None
        self._due: dict[UUID, int] = {}
        self._queue: list[tuple[int, UUID]] = []

    def to_look_at(self, desk: "Desk", now: int) -> list[UUID]:
        """The tickets that have to be read: all at first and after other agreements, then those something was written
        about, and those in which a promise was due before ``now`` (microseconds UTC)."""
        conn, known = desk.reader, self._entry
        with one_moment(conn):
            self._entry = unsettled.newest_entry(conn)
            if known is None or self._entry < known or unsettled.agreements_changed(conn, known):
                return unsettled.with_promises(conn, micros(instant(now) - LOOKED_BACK))
            found = dict.fromkeys(unsettled.touched(conn, known)) if known != self._entry else {}
        while self._queue and self._queue[0][0] < now:
            due, id = heappop(self._queue)
            if self._due.get(id) == due:
                found[id] = None
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
        return instant(self._queue[0][0]) if self._queue else None

    def forget(self) -> None:
        """Look at everything again: what was found could not be written."""
        self._entry = None


def missed(desk: "Desk", watch: Watch) -> list[tuple[UUID, Promise]]:
    """The promises that were missed and are not noted yet, by their tickets. Reads only."""
    now = micros(desk.clock())
    ids = iter(watch.to_look_at(desk, now))
    found: list[tuple[UUID, Promise]] = []
    while part := list(islice(ids, AT_ONCE)):
        with one_moment(desk.reader):
            agreed = book(desk.reader)
            for id, case in cases(desk.reader, part, now).items():
                watch.next_of(id, _next_due(case, agreed, now))
                found += [(id, promise) for promise in broken(case, agreed, now) if not _is_noted(desk, id, promise)]
    return found


def tend_breaches(desk: "Desk", watch: Watch, found: Iterable[tuple[UUID, Promise]] | None = None) -> Tended:
    """Note every promise that was missed. ``found``: what :func:`missed` told."""
    done, late = 0, 0.0
    try:
        for id, promise in missed(desk, watch) if found is None else found:
            done += _note(desk, id, promise)
            late = max(late, (desk.clock() - _ended(promise)).total_seconds())
    except BaseException:
        watch.forget()
        raise
    return Tended(done, late, watch.next_at())


def _note(desk: "Desk", ticket: UUID, promise: Promise) -> bool:
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


def _next_due(case: Case, agreed: Book, now: int) -> int | None:
    return min((promise.clock.due for promise in promises(case, agreed, now)
                if promise.clock.state is ClockState.RUNNING and promise.clock.due is not None), default=None)
