"""Own entries the server does not know yet wait for its update; everything else goes on (field/sync.md 2.10).

They stand in the private list of what was refused, with a reason of their own and as dealt with, because nobody has
to. Every function that writes does so inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable

HELD = "later"
"""Their reason in that list."""


def hold(conn: sqlite3.Connection, entries: Iterable[bytes], at_us: int) -> None:
    """Entries (ids) wait for the server's update."""
    conn.executemany("INSERT OR IGNORE INTO refused (entry, reason, at, settled_at) VALUES (?1, ?2, ?3, ?3)",
                     [(id, HELD, at_us) for id in entries])


def let_go(conn: sqlite3.Connection, entries: Iterable[bytes]) -> None:
    """The server has answered for entries that waited for its update."""
    conn.executemany("DELETE FROM refused WHERE entry = ? AND reason = ?", [(id, HELD) for id in entries])


_HELD = ("FROM refused r CROSS JOIN entry e ON e.id = r.entry "  # in this order: few are refused, many written
         "WHERE r.reason = ? AND e.state = 'pending' AND e.pk <= (SELECT answered FROM sync_state)")


def is_any(conn: sqlite3.Connection) -> bool:
    return conn.execute("SELECT 1 FROM refused WHERE reason = ? LIMIT 1", (HELD,)).fetchone() is not None


def count(conn: sqlite3.Connection) -> int:
    """How many own entries wait for the server's update."""
    return int(conn.execute(f"SELECT count(*) {_HELD}", (HELD,)).fetchone()[0])


def places(conn: sqlite3.Connection) -> list[int]:
    """Their places in the journal, in order."""
    return [pk for (pk,) in conn.execute(f"SELECT e.pk {_HELD} ORDER BY e.pk", (HELD,))]
