"""One look at the queue: a view in its order, the lines that are on the screen, what every view holds."""

import json
import sqlite3
from array import array
from typing import NamedTuple
from uuid import UUID

from supportdesk.store.views import closed, queue
from supportdesk.store.views.closed import ClosedTickets
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import Counts, QueueLine, Snapshot, View


class OwnView(NamedTuple):
    """A view an agent keeps: what one of the fixed views holds of some words."""

    id: UUID
    name: str
    base: View
    words: str


class Look(NamedTuple):
    """What the queue shows now. ``closed`` stands behind the snapshot of the view *all*; ``lines`` are those around
    the cursor, ``at`` the position of the ticket under it if it is still there."""

    snapshot: Snapshot
    closed: ClosedTickets | None
    counts: Counts
    lines: tuple[QueueLine, ...]
    at: int | None


def look(
    conn: sqlite3.Connection, view: View, me: AgentLine, now_us: int, *, pk: int | None = None, above: int = 0,
    rows: int = queue.FIRST_PAGE,
) -> Look:
    """A look at ``view``: ``rows`` lines, the ticket ``pk`` ``above`` lines below the first of them."""
    with queue.one_moment(conn):
        snapshot = queue.snapshot(conn, view, me, now_us)
        behind = closed.closed_tickets(conn) if view is View.ALL else None
        at = _position(conn, snapshot, behind, pk)
        first = max(0, (at or 0) - above)
        shown = list(snapshot.pks[first : first + rows])
        return Look(snapshot, behind, queue.counts(conn, me, now_us), queue.page(conn, shown), at)


def _position(conn: sqlite3.Connection, snapshot: Snapshot, behind: ClosedTickets | None, pk: int | None) -> int | None:
    if pk is None:
        return None
    try:
        return snapshot.pks.index(pk)
    except ValueError:
        place = None if behind is None else closed.position(conn, pk)
        return None if place is None else len(snapshot.pks) + place


def open_lines(conn: sqlite3.Connection, pks: "array[int]") -> "tuple[array[int], tuple[QueueLine, ...]]":
    """A page of lines of open tickets: their ids and what there is to show of them."""
    return pks, queue.page(conn, pks)


def closed_lines(
    conn: sqlite3.Connection, behind: ClosedTickets, number: int
) -> "tuple[array[int], tuple[QueueLine, ...]]":
    """Page ``number`` of the closed tickets."""
    pks = behind.pks(conn, number)
    return pks, queue.page(conn, pks)


def own_views(conn: sqlite3.Connection, me: AgentLine) -> tuple[OwnView, ...]:
    """The views the agent keeps, by name; one whose filter this version cannot read is left out."""
    rows = conn.execute(
        "SELECT id, name, filter FROM saved_view WHERE agent_id = ? AND retired_at IS NULL ORDER BY name, pk",
        (me.id.bytes,),
    ).fetchall()
    kept = []
    for id, name, text in rows:
        wanted = json.loads(text or "{}")
        if wanted.get("view") in set(View):
            kept.append(OwnView(UUID(bytes=id), name or "", View(wanted["view"]), str(wanted.get("text") or "")))
    return tuple(kept)
