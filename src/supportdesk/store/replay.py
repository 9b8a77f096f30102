"""Replay: the journal read into an empty database gives the same rows (DESIGN.md 3)."""

import sqlite3
from uuid import UUID

from supportdesk.store import rows
from supportdesk.store.adopt import Written, adopt, read_doc
from supportdesk.store.journal import refresh
from supportdesk.store.types import instant
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES


def replay(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Write ``source``'s images and entries, in the order they were recorded, as rows of ``target`` (a new,
    empty database, inside the caller's transaction). Entries themselves are not copied. Returns their count.

    An image holds the entries the server had taken when it was made, so only own ones it cannot hold yet are put on
    top (store/adopt); where there is no image, the row is what was typed here (store/relaying). What others wrote
    is in the images."""
    tickets: set[UUID] = set()
    for entity, id, rev, doc, at in source.execute(
        "SELECT entity, id, rev, doc, (SELECT created_at FROM device) FROM image ORDER BY pk"
    ):
        if entity not in ENTITIES:
            continue
        image, extra = read_doc(entity, doc)
        adopt(target, [(entity, UUID(bytes=id), image | extra)], instant(at), rev)
        row = rows.read(target, entity, UUID(bytes=id))
        tickets |= rows.touched_tickets(entity, UUID(bytes=id), None, row or {})
    refresh(target, tickets, 0)
    count = 0
    for entity, raw_id, at_us, *written in source.execute(_APPLIED):
        if entity in ENTITIES:
            apply(target, entity, UUID(bytes=raw_id), Written(*written), at_us)
        count += 1
    return count


_APPLIED = """
SELECT e.entity, e.entity_id, e.at, e.verb, e.kind, e.fields, e.schema
FROM entry e LEFT JOIN image i ON i.id = e.entity_id
WHERE e.device = (SELECT id FROM device) AND CASE
    WHEN i.id IS NOT NULL THEN e.state IN ('local', 'pending') OR e.state = 'confirmed' AND e.seq > i.rev
        AND e.seq > (SELECT coalesce(min(whole), 0) FROM sync_cursor)
    ELSE e.state IN ('local', 'pending') OR e.state = 'confirmed'
        AND e.seq > (SELECT coalesce(min(whole), 0) FROM sync_cursor)
        OR EXISTS (SELECT 1 FROM entry c WHERE c.entity_id = e.entity_id
        AND c.kind = 'create' AND c.state = 'rejected' AND c.device = e.device)
END ORDER BY e.pk
"""


def apply(conn: sqlite3.Connection, entity: str, id: UUID, written: Written, at_us: int) -> None:
    """Apply one entry's fields to its row."""
    kind, pairs = written.now(entity)
    before = rows.read(conn, entity, id)
    if before is None:
        shape = rows.shaped(entity, {n: pair[1] for n, pair in pairs.items()})
        rows.insert(conn, entity, id, shape.row, shape.stored, at_us=at_us)
        refresh(conn, rows.touched_tickets(entity, id, None, shape.row), at_us)
        return
    changes = {}
    for name, (old, new) in pairs.items():
        match kind:
            case EntryKind.CREATE | EntryKind.SET:
                changes[name] = new
            case EntryKind.ADD:
                changes[name] = {*(before[name] or ()), *new}
            case EntryKind.REMOVE:
                changes[name] = set(before[name] or ()) - set(old)
    changes = rows.normalise(entity, changes)
    rows.update(conn, entity, id, before, changes, at_us=at_us)
    refresh(conn, rows.touched_tickets(entity, id, before, before | changes), at_us)
