"""What newer consoles wrote before this program was updated: it was kept as it came, and is laid out now that there are
columns for it (DESIGN.md 3, "Old versions"). Every function runs inside the caller's transaction."""

import json
import sqlite3
from uuid import UUID

from supportdesk.rules.schema import row_now
from supportdesk.store import relaying
from supportdesk.store.journal import reread
from supportdesk.terms.entities import ENTITIES


def lay(conn: sqlite3.Connection) -> None:
    """Lay out the images of entities that were not known before, and the fields that stood beside their rows."""
    touched: set[UUID] = set()
    for entity, definition in ENTITIES.items():
        if conn.execute(f"SELECT 1 FROM {entity} LIMIT 1").fetchone() is None:
            found = conn.execute("SELECT id FROM image WHERE entity = ?", (entity,)).fetchall()
        else:
            found = [
                (id,) for id, extra in conn.execute(f"SELECT id, extra FROM {entity} WHERE extra IS NOT NULL")
                if not definition.by_name.keys().isdisjoint(row_now(entity, json.loads(extra)))
            ]
        for (id,) in found:
            touched |= relaying.rebuild(conn, entity, UUID(bytes=id))
    reread(conn, touched)
