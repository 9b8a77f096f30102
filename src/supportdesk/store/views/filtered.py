"""The queue narrowed by words: typed just now, or kept as a view of one's own. Not needed for the first screen."""

import sqlite3
from typing import NamedTuple

from supportdesk.store.views import queue
from supportdesk.store.views.find import Found, count_open, find
from supportdesk.store.views.look import OwnView
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import QueueLine, Snapshot, View


class FilteredLook(NamedTuple):
    """What a text finds, and the lines to show first. ``here_of`` is how many tickets the view holds."""

    found: Found
    lines: tuple[QueueLine, ...]
    here_of: int


class Filter:
    """The filter while somebody types: it keeps the order of the open tickets from letter to letter."""

    def __init__(self, view: View, me: AgentLine, now_us: int) -> None:
        self._view = view
        self._me = me
        self._now_us = now_us
        self._orders: tuple[Snapshot, Snapshot] | None = None

    def look(self, conn: sqlite3.Connection, text: str, rows: int = queue.FIRST_PAGE) -> FilteredLook:
        """What ``text`` finds."""
        with queue.one_moment(conn):
            if self._orders is None:
                every = queue.snapshot(conn, View.ALL, self._me, self._now_us)
                own = every if self._view is View.ALL else queue.snapshot(conn, self._view, self._me, self._now_us)
                self._orders = own, every
            own, every = self._orders
            found = find(conn, text, own.pks, every.pks)
            shown = [*found.here, *found.elsewhere, *found.closed][:rows]
            return FilteredLook(found, queue.page(conn, shown), len(own.pks))


def own_counts(conn: sqlite3.Connection, views: tuple[OwnView, ...], me: AgentLine, now_us: int) -> tuple[int, ...]:
    """How many open tickets each of them holds."""
    with queue.one_moment(conn):
        held = {base: queue.snapshot(conn, base, me, now_us).pks for base in {view.base for view in views}}
        return tuple(count_open(conn, view.words, held[view.base]) for view in views)
