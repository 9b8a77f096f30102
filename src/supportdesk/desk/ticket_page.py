"""A ticket with its history, as its screen and the shell show it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.desk.promised import Promised, promised
from supportdesk.store.views.breaches import BreachLine, unexplained
from supportdesk.store.views.queue import one_moment
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.store.views.timeline import TimelineItem, timeline


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A ticket with its history, its promises and those that were broken without a word, all of one moment."""

    view: TicketView
    items: list[TimelineItem]
    promised: Promised
    unexplained: tuple[BreachLine, ...]


def ticket_page(conn: sqlite3.Connection, id: UUID, now_us: int) -> TicketPage | None:
    """As it stands at ``now_us``; None when there is no such ticket (any more)."""
    with one_moment(conn):
        view = ticket(conn, id)
        if view is None:
            return None
        return TicketPage(view, timeline(conn, id), promised(conn, id, now_us), unexplained(conn, id))
