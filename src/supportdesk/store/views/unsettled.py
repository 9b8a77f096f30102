"""Which tickets may have a promise that was missed: asked for whole once, then only what has changed."""

import sqlite3
from collections.abc import Iterator
from uuid import UUID


def newest_entry(conn: sqlite3.Connection) -> int:
    """Where the journal of this file has come to."""
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()[0])


_AGREED = "coverage IS NOT NULL AND EXISTS (SELECT 1 FROM contract)"


def with_promises(conn: sqlite3.Connection, closed_since: int) -> list[UUID]:
    """The tickets whose promises somebody chose (``coverage`` is set), open or changed last since ``closed_since``
    (microseconds UTC) when closed; none at a desk that wrote no terms."""
    return [UUID(bytes=id) for (id,) in conn.execute(
        f"SELECT id FROM ticket INDEXED BY ticket_open WHERE lane < 3 AND {_AGREED} UNION ALL "
        f"SELECT id FROM ticket INDEXED BY ticket_closed WHERE lane = 3 AND updated_at >= ? AND {_AGREED}",
        (closed_since,)
    ).fetchall()]


def agreements_changed(conn: sqlite3.Connection, after: int) -> bool:
    """Whether a calendar or contract was written after an entry."""
    return conn.execute(
        "SELECT 1 FROM entry WHERE pk > ? AND entity IN ('contract', 'calendar') LIMIT 1", (after,)
    ).fetchone() is not None


def touched(conn: sqlite3.Connection, after: int) -> Iterator[UUID]:
    """The tickets with promises that entries after this one are about."""
    for (id,) in conn.execute(
        "SELECT DISTINCT e.subject FROM entry e CROSS JOIN ticket t ON t.id = e.subject "
        f"WHERE e.pk > ? AND e.subject IS NOT NULL AND {_AGREED}", (after,)
    ).fetchall():
        yield UUID(bytes=id)
