"""The second door: images of rows that were not made here (starter data, and the server's rows).

A row = newest image + own entries on top that the image does not hold yet (DESIGN.md 3). Starter rows have fixed
ids, UUIDv5 of kind and slug, and are never entries.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.schema import STEPS, Line, raised, row_now
from supportdesk.store import rows
from supportdesk.store.rows import Image, Row
from supportdesk.store.starters import starter_id as starter_id
from supportdesk.store.types import dumps, from_wire, micros
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES


def adopt(conn: sqlite3.Connection, images: Iterable[tuple[str, UUID, Mapping[str, Any]]], at: datetime,
          rev: int = 0) -> None:
    """Take images (entity, id, fields in Python forms) inside the caller's transaction.

    Own entries on a row are put back on top of its new image. Fields this version does not know are
    kept in ``extra``."""
    for entity, id, values in images:
        known = ENTITIES[entity].by_name
        shape = rows.shaped(entity, {n: v for n, v in values.items() if n in known})
        extra = {n: v for n, v in values.items() if n not in known}
        keep_images(conn, [(entity, id.bytes, rev, rows.wire_text(shape.wired | extra))])
        lay(conn, entity, id, rows.read(conn, entity, id), shape.row, extra, rev, at_us=micros(at))


def keep_images(conn: sqlite3.Connection, images: Iterable[tuple[str, bytes, int, str]]) -> None:
    """Keep the newest images of rows: entity, id, revision, and JSON text of the values in wire form."""
    conn.executemany(
        "INSERT INTO image (entity, id, rev, doc, digest) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, doc = excluded.doc, digest = excluded.digest",
        [(entity, id, rev, doc, digest(id, rev, doc) if rev else None) for entity, id, rev, doc in images],
    )


def digest(id: bytes, rev: int, doc: str) -> bytes:
    """What an image from the server must still have when it is looked at again."""
    return blake2b(b"%s %d %s" % (id, rev, doc.encode()), digest_size=8).digest()


def read_doc(entity: str, doc: str) -> tuple[Row, Row]:
    """An image's JSON text as fields in Python forms, and what this version does not know."""
    return read_values(entity, json.loads(doc))


def read_values(entity: str, values: Mapping[str, Any]) -> tuple[Row, Row]:
    """An image's values in wire form as fields in Python forms, and what this version does not know."""
    values = row_now(entity, dict(values)) if STEPS else values
    known = ENTITIES[entity].by_name
    return (
        rows.normalise(entity, {n: from_wire(known[n].form, v) for n, v in values.items() if n in known}),
        {n: v for n, v in values.items() if n not in known},
    )


def lay(conn: sqlite3.Connection, entity: str, id: UUID, before: Mapping[str, Any] | None, image: Mapping[str, Any],
        extra: Mapping[str, Any], rev: int, *, at_us: int) -> Row:
    """Make the row, which is as ``before`` (None: not there), what its image and the own entries on top of it say;
    ``at_us`` is when it changed. Returns its fields then, in Python forms."""
    fields = ENTITIES[entity].by_name
    values = laid(entity, {name: image.get(name) for name in fields}, own_entries(conn, id, rev))
    if before is None:
        shape = rows.shaped(entity, values)
        rows.insert(conn, entity, id, shape.row, shape.stored, at_us=at_us, rev=rev, extra=dict(extra))
    else:
        differing = {name: value for name, value in values.items() if before[name] != value}
        _change(conn, entity, id, before, differing, extra, rev, at_us)
    return values


def lay_as_it_is(conn: sqlite3.Connection, entity: str, id: UUID, before: Mapping[str, Any] | None, image: Image,
                 differing: Iterable[str], rev: int, *, at_us: int) -> None:
    """As :func:`lay`, for a row with no own entries on top, another in the fields ``differing``."""
    if before is None:
        rows.insert(conn, entity, id, image, image.stored, at_us=at_us, rev=rev, extra=image.extra)
    else:
        _change(conn, entity, id, before, {name: image.get(name) for name in differing}, image.extra, rev, at_us)


def _change(conn: sqlite3.Connection, entity: str, id: UUID, before: Mapping[str, Any], differing: Row,
            extra: Mapping[str, Any], rev: int, at_us: int) -> None:
    beside = {"rev": rev, "extra": dumps(dict(extra)) if extra else None}
    if differing:
        rows.update(conn, entity, id, before, differing, at_us=at_us, beside=beside)
    else:
        conn.execute(f"UPDATE {entity} SET rev = ?, extra = ? WHERE id = ?", (*beside.values(), id.bytes))


class Written(NamedTuple):
    """An entry as it stands in the journal: ``fields`` is JSON text, ``schema`` the version it was written by."""

    verb: str
    kind: str
    fields: str
    schema: int

    def verb_now(self, entity: str) -> str:
        """What this version calls its verb."""
        return self._raised(entity).verb

    def now(self, entity: str) -> tuple[EntryKind, dict[str, list[Any]]]:
        """Its kind and its fields, [from, to] in Python forms, as this version writes them; what this version does not
        know is left out."""
        line = self._raised(entity)
        known = ENTITIES[entity].by_name
        return EntryKind(line.kind), {
            name: [from_wire(known[name].form, value) for value in pair]
            for name, pair in line.fields.items() if name in known}

    def _raised(self, entity: str) -> Line:
        return raised(Line(self.verb, entity, self.kind, json.loads(self.fields)), self.schema)


def own_entries(conn: sqlite3.Connection, id: UUID, rev: int) -> list[Written]:
    """Own entries that an image of revision ``rev`` does not hold: unconfirmed ones, and those the server has taken
    since, up to the sequence from which on everything was pulled."""
    return [
        Written(*found) for found in conn.execute(
            f"SELECT verb, kind, fields, schema FROM entry WHERE entity_id = ?1 AND {_ON_TOP} "
            "AND (state != 'confirmed' OR seq > ?2) ORDER BY pk", (id.bytes, rev),
        )
    ]


_ON_TOP = (
    "device = (SELECT id FROM device) AND (state IN ('local', 'pending') OR state = 'confirmed' "
    "AND seq > (SELECT coalesce(min(whole), 0) FROM sync_cursor))"
)
UNCONFIRMED = 1 << 62
"""Stands for the sequence of an entry that has none yet."""


def newest_own(conn: sqlite3.Connection, ids: Sequence[bytes]) -> dict[bytes, int]:
    """Rows of which the journal tells, and the newest sequence of own entries that an image may not hold yet: one of
    that revision or a later one holds them all. 0 where there are none."""
    marks, some = rows.places(ids)
    return dict(conn.execute(
        f"SELECT entity_id, max(CASE WHEN {_ON_TOP} THEN iif(state = 'confirmed', seq, {UNCONFIRMED}) ELSE 0 END) "
        f"FROM entry WHERE entity_id IN ({marks}) GROUP BY entity_id", some).fetchall())


def laid(entity: str, image: Row, entries: Iterable[Written]) -> Row:
    """What entries make of an image, in Python forms."""
    now = dict(image)
    for written in entries:
        kind, fields = written.now(entity)
        for name, (old, new) in fields.items():
            match kind:
                case EntryKind.CREATE | EntryKind.SET:
                    now[name] = new
                case EntryKind.ADD:
                    now[name] = tuple({*(now[name] or ()), *new})
                case EntryKind.REMOVE:
                    now[name] = tuple(set(now[name] or ()) - set(old))
    return rows.normalise(entity, now)
