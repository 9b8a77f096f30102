"""How urgent a ticket is now, of whatever line shows it (rules/window)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a desk where nobody gave a time window reads none
    from supportdesk.rules.matrices import Matrices
    from supportdesk.rules.window import Rise, Window


class Ranked:
    """A line that shows a ticket's priority. ``window`` is what its caller needs it by, None for nothing."""

    __slots__ = ()

    priority: str
    window: Window | None
    is_open: bool

    def rank(self, now_us: int) -> Rise | None:
        """How urgent its caller's time window has made it; None where it is as urgent as it was set."""
        return self.window and self.window.raised(self.is_open, now_us)

    def priority_at(self, now_us: int) -> str:
        """Its priority, raised by its window."""
        rank = self.rank(now_us)
        return self.priority if rank is None else rank.priority


COLUMNS = "t.needed_by, t.needed_for, t.impact, t.urgency, t.priority, t.created_at"
"""What :meth:`Windows.of` takes of a ticket ``t``."""


class Windows:
    """The windows of the tickets of one list: the matrix is read once, and only where one of them has a window."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._matrix: Matrices | None = None

    def of(self, needed: int | None, words: str | None, *given: Any) -> Window | None:
        """The window its caller gave; None where he gave none. ``given``: impact, urgency, priority, when it was
        made."""
        if needed is None:
            return None
        from supportdesk.store.views.windows import matrix_of, window_by

        if self._matrix is None:
            self._matrix = matrix_of(self._conn)
        return window_by(self._matrix, needed, words, *given)
