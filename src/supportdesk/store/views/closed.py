"""Closed tickets behind the open ones: newest change first, read by key from the nearest known place.

OFFSET over a million rows costs 25 to 57 ms, a seek from a neighbour 0.1 (field/feasibility.md 3). The key of every
page that was read is remembered, so moving on costs a seek; the far end is read from its own side; only a jump into
unknown middle walks the index, from whichever known place is nearest.
"""

import sqlite3
from array import array

PAGE = 128
"""Ids read at once."""

_NEWER_FIRST = "ORDER BY updated_at DESC, pk DESC"
_OLDER_FIRST = "ORDER BY updated_at, pk"

Key = tuple[int, int]
"""updated_at (microseconds UTC) and pk of a ticket."""


class ClosedTickets:
    """The closed tickets as they were counted: ``total`` of them. Position 0 is the one changed last."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._before: dict[int, Key] = {}

    def pks(self, conn: sqlite3.Connection, number: int) -> "array[int]":
        """Ids of page ``number`` (from 0) of :data:`PAGE`; fewer, or none, at the end."""
        first = number * PAGE
        if not 0 <= first < self.total:
            return array("q")
        count = min(PAGE, self.total - first)
        read = self._from_end if self._end_is_nearer(first) else self._from_known
        rows = read(conn, first, count)
        if rows:
            self._before[first + len(rows)] = rows[-1]
        return array("q", (pk for _, pk in rows))

    def _known(self, first: int) -> int:
        """The nearest position at or before ``first`` that can be seeked to."""
        return max((at for at in self._before if at <= first), default=0)

    def _end_is_nearer(self, first: int) -> bool:
        return self.total - first < first - self._known(first)

    def _from_known(self, conn: sqlite3.Connection, first: int, count: int) -> list[Key]:
        known = self._known(first)
        after = "AND (updated_at, pk) < (?, ?) " if known else ""
        return conn.execute(
            f"SELECT updated_at, pk FROM ticket INDEXED BY ticket_closed WHERE lane = 3 {after}{_NEWER_FIRST} "
            "LIMIT ? OFFSET ?",
            (*self._before.get(known, ()), count, first - known),
        ).fetchall()

    def _from_end(self, conn: sqlite3.Connection, first: int, count: int) -> list[Key]:
        rows = conn.execute(
            f"SELECT updated_at, pk FROM ticket INDEXED BY ticket_closed WHERE lane = 3 {_OLDER_FIRST} "
            "LIMIT ? OFFSET ?",
            (count, self.total - first - count),
        ).fetchall()
        return rows[::-1]


def closed_tickets(conn: sqlite3.Connection) -> ClosedTickets:
    """The closed tickets as they are now. All are counted, which is quick, and the open ones taken off."""
    every, open_ones = conn.execute(
        "SELECT (SELECT count(*) FROM ticket), "
        "(SELECT count(*) FROM ticket INDEXED BY ticket_open WHERE lane < 3)"
    ).fetchone()
    return ClosedTickets(every - open_ones)


def position(conn: sqlite3.Connection, pk: int) -> int | None:
    """How many closed tickets stand before this one; None if it is not closed. For finding a row again."""
    found = conn.execute("SELECT updated_at FROM ticket WHERE pk = ? AND lane = 3", (pk,)).fetchone()
    if found is None:
        return None
    return int(conn.execute(
        "SELECT count(*) FROM ticket INDEXED BY ticket_closed WHERE lane = 3 AND (updated_at, pk) > (?, ?)",
        (found[0], pk),
    ).fetchone()[0])
