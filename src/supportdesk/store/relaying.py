"""Rows laid anew from their image and the own entries on top (DESIGN.md 3), inside the caller's transaction."""

import sqlite3
from uuid import UUID

from supportdesk.store import adopt, rows
from supportdesk.store.journal import reread
from supportdesk.terms.codes import EntryKind, EntryState
from supportdesk.terms.entities import ENTITIES


def rebuild(conn: sqlite3.Connection, entity: str, id: UUID) -> set[UUID]:
    """Lay a row anew from its image and own entries. A row the server never had stays as it was typed, without what
    it refused of it; if it refused the very making of it, it stays whole. Returns the tickets concerned."""
    found = conn.execute("SELECT rev, doc FROM image WHERE id = ?", (id.bytes,)).fetchone()
    present = rows.read(conn, entity, id)
    at_us = int(present["updated_at"] or 0) if present is not None and entity == "ticket" else 0
    if found is not None:
        image, extra = adopt.read_doc(entity, found[1])
        after = adopt.lay(conn, entity, id, present, image, extra, found[0], at_us=at_us)
        return rows.touched_tickets(entity, id, present, after)
    if present is None:
        return set()
    written = typed(conn, id)
    values = adopt.laid(entity, dict.fromkeys(ENTITIES[entity].by_name), written)
    differing = {name: value for name, value in values.items() if present[name] != value}
    if differing:
        rows.update(conn, entity, id, present, differing, at_us=at_us)
    return rows.touched_tickets(entity, id, present, present | values)


def typed(conn: sqlite3.Connection, id: UUID) -> list[adopt.Written]:
    """The own entries that make a row the server does not have."""
    written = [
        (state, adopt.Written(*found)) for state, *found in conn.execute(
            "SELECT state, verb, kind, fields, schema FROM entry WHERE entity_id = ? "
            "AND device = (SELECT id FROM device) ORDER BY pk", (id.bytes,)
        )
    ]
    whole = any(entry.kind == EntryKind.CREATE and state == EntryState.REJECTED for state, entry in written)
    return [entry for state, entry in written if whole or state != EntryState.REJECTED]


def relay(conn: sqlite3.Connection, entity: str, id: UUID) -> None:
    """Lay a row anew that had gone astray."""
    reread(conn, rebuild(conn, entity, id))
