"""How far each scope was pulled, and whether what came is what the server says (DESIGN.md 5).

Every function that writes does so inside the caller's transaction."""

import sqlite3
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from supportdesk.rules.sums import total
from supportdesk.store import parting
from supportdesk.store.journal import reread
from supportdesk.store.relaying import rebuild


def advance(conn: sqlite3.Connection, scope: str, place: Mapping[str, Any], now_us: int, added: int,
            count: int) -> None:
    """Move a scope's cursor. When it is whole, own entries confirmed on the way leave their rows to the images: what
    the server made of them is known now."""
    conn.execute("INSERT OR IGNORE INTO sync_cursor (scope, seq, whole, sum, count) VALUES (?, 0, 0, '0', 0)", (scope,))
    known, summed = conn.execute("SELECT whole, sum FROM sync_cursor WHERE scope = ?", (scope,)).fetchone()
    conn.execute(
        "UPDATE sync_cursor SET seq = ?, sum = ?, count = count + ? WHERE scope = ?",
        (place["seq"], str(total(int(summed), added)), count, scope),
    )
    if place["more"] or place["seq"] <= known:
        return
    conn.execute("UPDATE sync_cursor SET whole = ? WHERE scope = ?", (place["seq"], scope))
    touched: set[UUID] = set()
    for entity, id in conn.execute(
        "SELECT DISTINCT e.entity, e.entity_id FROM entry e JOIN image i ON i.id = e.entity_id "
        "WHERE e.seq > ? AND e.seq <= ? AND i.rev < e.seq AND e.state = 'confirmed' "
        "AND e.device = (SELECT id FROM device)", (known, place["seq"]),
    ).fetchall():
        touched |= rebuild(conn, entity, UUID(bytes=id))
    reread(conn, touched, now_us)


def whole(conn: sqlite3.Connection) -> int:
    """The place in the server's order up to which every scope is here."""
    return int(conn.execute("SELECT coalesce(min(whole), 0) FROM sync_cursor").fetchone()[0])


def cursors(conn: sqlite3.Connection) -> dict[str, int]:
    """Scope -> sequence up to which everything was pulled."""
    return dict(conn.execute("SELECT scope, seq FROM sync_cursor ORDER BY scope").fetchall())


def differs(conn: sqlite3.Connection, scope: str, place: Mapping[str, Any]) -> bool:
    """Whether a scope pulled to its end holds anything else than the server says."""
    mine = conn.execute("SELECT sum, count FROM sync_cursor WHERE scope = ?", (scope,)).fetchone()
    return mine is None or (int(mine[0]), mine[1]) != (total(int(place["sum"])), place["count"])


def forget(conn: sqlite3.Connection, scope: str) -> None:
    """Begin a scope anew: its images count for nothing until they come again. Rows stay as they are meanwhile."""
    parting.forget(conn, scope)
    conn.execute("UPDATE sync_cursor SET seq = 0, sum = '0', count = 0 WHERE scope = ?", (scope,))
