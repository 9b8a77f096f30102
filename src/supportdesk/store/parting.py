"""Rows of which a desk holds a part only: which scope each came with, and how it leaves the file (DESIGN.md 5).

The desk's own sites hold everything under the scope ``own``; what ``image_scope`` names came with the scope of another
company's team. A row that leaves takes its image, its search text and the entries of others with it. One's own entries
stay: they are numbered, and a restored server may ask for them. A row on which own work still waits stays until that
was answered, under the scope ``''``.
"""

import sqlite3
from collections.abc import Iterable
from uuid import UUID

from supportdesk.rules.sums import raw_sum, scope_sum, total
from supportdesk.store import rows
from supportdesk.store.journal import reread
from supportdesk.terms.entities import ENTITIES

OWN = "own"
GONE = ""
"""The scope of rows that have left, but for own work that still waits."""

_WAITS = (
    "SELECT 1 FROM entry WHERE entity_id = ? AND device = (SELECT id FROM device) AND state IN ('local', 'pending')"
)


def held(conn: sqlite3.Connection, scope: str, id: UUID) -> int:
    """The revision at which a scope holds a row; 0 when it does not."""
    if scope == OWN:
        found = conn.execute("SELECT rev FROM image WHERE id = ?", (id.bytes,)).fetchone()
    else:
        found = conn.execute("SELECT rev FROM image_scope WHERE scope = ? AND id = ?", (scope, id.bytes)).fetchone()
    return 0 if found is None else int(found[0])


def hold(conn: sqlite3.Connection, scope: str, id: UUID, rev: int) -> None:
    """A scope holds a row from now on."""
    if scope != OWN:
        conn.execute("INSERT INTO image_scope (scope, id, rev) VALUES (?, ?, ?) "
                     "ON CONFLICT (scope, id) DO UPDATE SET rev = excluded.rev", (scope, id.bytes, rev))
        conn.execute("DELETE FROM image_scope WHERE scope = '' AND id = ?", (id.bytes,))


def let_go(conn: sqlite3.Connection, scope: str, entity: str, id: UUID) -> set[UUID]:
    """A scope does not hold a row any more; it leaves the file unless another does, or own work on it waits. Returns
    the tickets whose lines differ."""
    if scope != OWN:
        conn.execute("DELETE FROM image_scope WHERE scope = ? AND id = ?", (scope, id.bytes))
        if conn.execute("SELECT 1 FROM image_scope WHERE id = ? AND scope != ''", (id.bytes,)).fetchone():
            return set()
    if conn.execute(_WAITS, (id.bytes,)).fetchone():
        conn.execute("UPDATE image SET rev = 0, digest = NULL WHERE id = ?", (id.bytes,))
        conn.execute("INSERT OR IGNORE INTO image_scope (scope, id, rev) VALUES ('', ?, 0)", (id.bytes,))
        return set()
    return _remove(conn, entity, id)


def settle(conn: sqlite3.Connection) -> None:
    """Let those rows go that had left and waited for an answer to own work."""
    touched: set[UUID] = set()
    for entity, raw in conn.execute(
        "SELECT i.entity, g.id FROM image_scope g JOIN image i ON i.id = g.id WHERE g.scope = ''"
    ).fetchall():
        if conn.execute(_WAITS, (raw,)).fetchone() is None:
            touched |= _remove(conn, entity, UUID(bytes=raw))
    reread(conn, touched)


def drop_unseen(conn: sqlite3.Connection, after: int, upto: int) -> None:
    """Let rows made here go that the server took at a place in between, and showed to none of this desk's scopes: by
    the end of the push they were not its part any more."""
    touched: set[UUID] = set()
    for entity, raw in conn.execute(
        "SELECT DISTINCT entity, entity_id FROM entry e WHERE seq > ? AND seq <= ? AND state = 'confirmed' "
        "AND device = (SELECT id FROM device) AND NOT EXISTS (SELECT 1 FROM image i WHERE i.id = e.entity_id) "
        "AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.entity_id = e.entity_id AND r.device = e.device "
        "AND (r.state IN ('local', 'pending') OR r.kind = 'create' AND r.state = 'rejected'))", (after, upto),
    ).fetchall():
        touched |= _remove(conn, entity, UUID(bytes=raw))
    reread(conn, touched)


def drop_some(conn: sqlite3.Connection, scope: str, most: int) -> bool:
    """Let rows of a scope go that was taken from this desk, at most ``most``; False when none is left."""
    if scope == OWN:
        query = ("SELECT entity, id FROM image WHERE rev > 0 AND NOT EXISTS "
                 "(SELECT 1 FROM image_scope s WHERE s.id = image.id) LIMIT ?")
        found = conn.execute(query, (most,)).fetchall()
    else:
        query = "SELECT i.entity, s.id FROM image_scope s JOIN image i ON i.id = s.id WHERE s.scope = ? LIMIT ?"
        found = conn.execute(query, (scope, most)).fetchall()
    touched: set[UUID] = set()
    for entity, raw in found:
        touched |= let_go(conn, scope, entity, UUID(bytes=raw))
    reread(conn, touched)
    if not found:
        conn.execute("DELETE FROM sync_cursor WHERE scope = ?", (scope,))
    return bool(found)


def forget(conn: sqlite3.Connection, scope: str) -> None:
    """A scope's rows count for nothing until they come again."""
    if scope == OWN:
        conn.execute("UPDATE image SET rev = 0, digest = NULL WHERE rev > 0")
    else:
        conn.execute("UPDATE image SET rev = 0, digest = NULL WHERE id IN "
                     "(SELECT id FROM image_scope WHERE scope = ?)", (scope,))
        conn.execute("UPDATE image_scope SET rev = 0 WHERE scope = ?", (scope,))


def doubt(conn: sqlite3.Connection, id: bytes) -> None:
    """An image is not what came any more: it counts for nothing until the row comes again. Should it not, the sums of
    its scopes tell."""
    held = conn.execute("SELECT scope, rev FROM image_scope WHERE id = ?", (id,)).fetchall()
    if not held:
        held = [(OWN, rev) for (rev,) in conn.execute("SELECT rev FROM image WHERE id = ?", (id,))]
    for scope, rev in held:
        place = conn.execute("SELECT sum FROM sync_cursor WHERE scope = ?", (scope,)).fetchone()
        if place is None or not rev:
            continue
        conn.execute("UPDATE sync_cursor SET sum = ?, count = count - 1 WHERE scope = ?",
                     (str(total(int(place[0]), -raw_sum(id, rev))), scope))
        conn.execute("UPDATE image SET rev = 0, digest = NULL WHERE id = ?", (id,))
        conn.execute("UPDATE image_scope SET rev = 0 WHERE scope = ? AND id = ?", (scope, id))


def forget_all(conn: sqlite3.Connection) -> None:
    """Nothing that came counts until it comes again; what was asked for by its number does not either."""
    conn.execute("UPDATE image SET rev = 0, digest = NULL WHERE rev > 0")
    conn.execute("UPDATE image_scope SET rev = 0 WHERE rev > 0")


def doubtful(conn: sqlite3.Connection, most: int) -> list[tuple[str, str]]:
    """Rows of companies' scopes that did not come again when these were begun anew, each with an entry about it. The
    server says which of them are not their part any more; those it may be missing stay."""
    found = conn.execute(
        "SELECT g.id, e.id FROM image_scope g JOIN entry e ON e.pk = (SELECT min(pk) FROM entry WHERE entity_id = g.id "
        "AND state = 'confirmed') WHERE g.rev = 0 AND g.scope LIKE 'team:%' ORDER BY random() LIMIT ?", (most,))
    return [(str(UUID(bytes=row)), str(UUID(bytes=entry))) for row, entry in found]


def counted(conn: sqlite3.Connection, scope: str) -> tuple[int, int]:
    """Sum and count of what a scope holds in the file."""
    if scope == OWN:
        found = conn.execute("SELECT id, rev FROM image WHERE rev > 0")
    else:
        found = conn.execute(
            "SELECT s.id, s.rev FROM image_scope s JOIN image i ON i.id = s.id WHERE s.scope = ? AND s.rev > 0",
            (scope,))
    return scope_sum((UUID(bytes=id), rev) for id, rev in found)


def _remove(conn: sqlite3.Connection, entity: str, id: UUID) -> set[UUID]:
    conn.execute("DELETE FROM image WHERE id = ?", (id.bytes,))
    conn.execute("DELETE FROM image_scope WHERE id = ?", (id.bytes,))
    conn.execute("DELETE FROM entry WHERE entity_id = ? AND device != (SELECT id FROM device)", (id.bytes,))
    return rows.remove(conn, entity, id) if entity in ENTITIES else set()


def differing(conn: sqlite3.Connection, scopes: Iterable[str]) -> list[str]:
    """The scopes whose rows in the file are not those that were counted when they came."""
    return [
        scope for scope in scopes
        for summed, count in conn.execute("SELECT sum, count FROM sync_cursor WHERE scope = ?", (scope,))
        if counted(conn, scope) != (int(summed), count)
    ]
