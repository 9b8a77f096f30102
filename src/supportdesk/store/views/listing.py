"""The tickets a listing asks for, by the name of its view or by their ids."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import QueueLine, View, first_page, one_moment, page

OPEN_ONES = "open"
"""Every open ticket; ``all`` goes on to the closed ones, newest change first."""


def listed(conn: sqlite3.Connection, view: str, me: AgentLine, now_us: int, limit: int) -> tuple[QueueLine, ...]:
    """At most ``limit`` tickets of a view (:class:`View`, or :data:`OPEN_ONES`), in the desk's order."""
    if view == OPEN_ONES:
        return first_page(conn, View.ALL, me, now_us, limit)
    lines = first_page(conn, View(view), me, now_us, limit)
    if view != View.ALL or len(lines) >= limit:
        return lines
    from supportdesk.store.views.closed import PAGE, closed_tickets

    with one_moment(conn):
        closed = closed_tickets(conn)
        number = 0
        while len(lines) < limit and number * PAGE < closed.total:
            lines += page(conn, closed.pks(conn, number)[: limit - len(lines)])
            number += 1
    return lines


def lines_of(conn: sqlite3.Connection, ids: Sequence[UUID]) -> tuple[QueueLine, ...]:
    """The lines of these tickets, in their order; at most a bulk act's worth are asked for."""
    pks = [conn.execute("SELECT pk FROM ticket WHERE id = ?", (id.bytes,)).fetchone() for id in ids]
    return page(conn, [pk[0] for pk in pks if pk])
