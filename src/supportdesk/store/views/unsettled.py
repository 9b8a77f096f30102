"""Which tickets may have a promise that was missed: asked for whole once, then only what has changed or is due by the
instants rows keep (:mod:`supportdesk.store.urgency`). Instants are microseconds UTC."""

import sqlite3
from collections.abc import Iterator
from uuid import UUID

from supportdesk.rules.order import NEVER


def newest_entry(conn: sqlite3.Connection) -> int:
    """Where the journal of this file has come to."""
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()[0])


def id_of_entry(conn: sqlite3.Connection, pk: int) -> str | None:
    """The id of the entry at a place in the journal of this file."""
    row = conn.execute("SELECT id FROM entry WHERE pk = ?", (pk,)).fetchone()
    return None if row is None else str(UUID(bytes=row[0]))


_AGREED = "coverage IS NOT NULL AND EXISTS (SELECT 1 FROM contract)"
_DUE = f"FROM ticket INDEXED BY ticket_open_due WHERE lane < 3 AND {_AGREED} AND due_at"
_CALLBACK = ("FROM ticket INDEXED BY ticket_open_callback WHERE lane < 3 AND callback_at IS NOT NULL "
             f"AND {_AGREED} AND callback_at")


def with_promises(conn: sqlite3.Connection, closed_since: int) -> list[UUID]:
    """The tickets whose promises somebody chose (``coverage`` is set), open or changed last since ``closed_since``
    when closed; none at a desk that wrote no terms."""
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


def overdue(conn: sqlite3.Connection, now: int) -> list[tuple[UUID, int]]:
    """The open ones of them with something due before ``now`` by what their rows keep, each with the instant: the first
    promise to the customer that is not kept, and the callback."""
    return [(UUID(bytes=id), due) for id, due in conn.execute(
        f"SELECT id, due_at {_DUE} < ?1 UNION ALL SELECT id, callback_at {_CALLBACK} < ?1", (now,)).fetchall()]


def next_due(conn: sqlite3.Connection, now: int) -> int | None:
    """When the next of them has something due, from ``now`` on."""
    found: int | None = conn.execute(
        f"SELECT min(at) FROM (SELECT * FROM (SELECT due_at AS at {_DUE} >= ?1 AND due_at < {NEVER} ORDER BY due_at "
        f"LIMIT 1) UNION ALL SELECT * FROM (SELECT callback_at {_CALLBACK} >= ?1 ORDER BY callback_at LIMIT 1))", (now,)
    ).fetchone()[0]
    return found


def handed_over(conn: sqlite3.Connection) -> list[UUID]:
    """The open ones of them that were handed over, at a desk to which teams or vendors promise something: rows keep
    nothing of that."""
    return [UUID(bytes=id) for (id,) in conn.execute(
        "SELECT DISTINCT t.id FROM ticket t INDEXED BY ticket_open_due CROSS JOIN handoff h INDEXED BY handoff_ticket "
        "ON h.ticket_id = t.id WHERE t.lane < 3 AND t.coverage IS NOT NULL AND h.state IN ('offered', 'accepted') "
        "AND h.retired_at IS NULL AND EXISTS (SELECT 1 FROM contract WHERE kind IN ('team', 'vendor'))").fetchall()]


def touched(conn: sqlite3.Connection, after: int, closed_since: int) -> Iterator[UUID]:
    """The tickets with promises that entries after this one are about, those that are open or changed last since
    ``closed_since``."""
    for (id,) in conn.execute(
        "SELECT DISTINCT e.subject FROM entry e CROSS JOIN ticket t ON t.id = e.subject "
        f"WHERE e.pk > ? AND e.subject IS NOT NULL AND {_AGREED} AND (t.lane < 3 OR t.updated_at >= ?)",
        (after, closed_since)
    ).fetchall():
        yield UUID(bytes=id)
