"""The second door: images of rows that were not made here (starter data, later the server's rows).

A row = newest image + own entries on top (DESIGN.md 3). Starter rows have fixed ids, UUIDv5 of kind
and slug, and are never entries.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from supportdesk.store import rows
from supportdesk.store.rows import Row
from supportdesk.store.types import from_wire, micros
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES

NAMESPACE = UUID("5f1d8f3c-7f3b-5c0e-9b43-2d6f0a4e1c77")


def starter_id(kind: str, slug: str) -> UUID:
    """The fixed id of a starter row: the same on every desk of the world."""
    return uuid5(NAMESPACE, f"{kind}/{slug}")


def adopt(conn: sqlite3.Connection, images: Iterable[tuple[str, UUID, Mapping[str, Any]]], at: datetime,
          rev: int = 0) -> None:
    """Take images (entity, id, fields in Python forms) inside the caller's transaction.

    Own entries on a row are put back on top of its new image. Fields this version does not know are
    kept in ``extra``."""
    for entity, id, values in images:
        known = ENTITIES[entity].by_name
        shape = rows.shaped(entity, {n: v for n, v in values.items() if n in known})
        extra = {n: v for n, v in values.items() if n not in known}
        conn.execute(
            "INSERT INTO image (entity, id, rev, doc) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, doc = excluded.doc",
            (entity, id.bytes, rev, rows.wire_text(shape.wired | extra)),
        )
        before = rows.read(conn, entity, id)
        if before is None:
            rows.insert(conn, entity, id, shape, at_us=micros(at), rev=rev, extra=extra)
            continue
        image = {name: shape.row.get(name) for name in known}
        rows.update(conn, entity, id, before, image | _own(conn, entity, id, image), at_us=micros(at))


def _own(conn: sqlite3.Connection, entity: str, id: UUID, image: Row) -> Row:
    """What own unconfirmed entries make of an image."""
    fields = ENTITIES[entity].by_name
    now = dict(image)
    for kind, text in conn.execute(
        "SELECT kind, fields FROM entry WHERE entity_id = ? AND state IN ('local', 'pending') ORDER BY pk", (id.bytes,)
    ):
        for name, pair in json.loads(text).items():
            old, new = (from_wire(fields[name].form, v) for v in pair)
            match EntryKind(kind):
                case EntryKind.CREATE | EntryKind.SET:
                    now[name] = new
                case EntryKind.ADD:
                    now[name] = tuple({*(now[name] or ()), *new})
                case EntryKind.REMOVE:
                    now[name] = tuple(set(now[name] or ()) - set(old))
    return rows.normalise(entity, now)
