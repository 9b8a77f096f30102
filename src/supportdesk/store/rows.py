"""Rows of the shared entities: read and written in Python forms, with all that hangs on a row.

Every road that changes a row passes here (the journal's action, adoption of images, replay), so the
queue's sort columns, the reference index and the search text can never disagree with the rows.
"""

import sqlite3
from typing import Any
from uuid import UUID

from supportdesk.store import derive, search
from supportdesk.store.statements import insert_sql, update_sql
from supportdesk.store.types import decoder, dumps, normal, to_db
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

Row = dict[str, Any]

_SELECT = {
    name: f"SELECT pk, rev, {', '.join(f.name for f in e.fields)} FROM {name} WHERE id = ?"
    for name, e in ENTITIES.items()
}
_DECODE = {name: tuple((f.name, decoder(f.form)) for f in e.fields) for name, e in ENTITIES.items()}
_TEXT_OF = {"caller": search.caller, "organisation": search.organisation, "asset": search.asset,
            "article": search.article}


def read(conn: sqlite3.Connection, entity: str, id: UUID) -> Row | None:
    """The row as field -> Python value plus ``id``, ``pk`` and ``rev``; None if there is none."""
    found = conn.execute(_SELECT[entity], (id.bytes,)).fetchone()
    if found is None:
        return None
    row: Row = {"id": id, "pk": found[0], "rev": found[1]}
    for (name, decode), value in zip(_DECODE[entity], found[2:], strict=True):
        row[name] = value if decode is None or value is None else decode(value)
    return row


def insert(conn: sqlite3.Connection, entity: str, id: UUID, values: Row, *, at_us: int, rev: int = 0,
           extra: Row | None = None) -> None:
    """Add a row (``values`` in Python forms); ``at_us`` is when it happened."""
    fields = ENTITIES[entity].by_name
    stored: Row = {name: to_db(fields[name].form, value) for name, value in values.items() if value is not None}
    stored["id"] = id.bytes
    stored["rev"] = rev
    if extra:
        stored["extra"] = dumps(extra)
    if entity == "ticket":
        stored |= derive.ticket_columns(values, at_us)
    conn.execute(insert_sql(entity, tuple(stored)), stored)
    for name, value in values.items():
        if value and fields[name].form is Form.REFS:
            _index_references(conn, name, id, (), value)
    if entity in _TEXT_OF:
        _TEXT_OF[entity](conn, id, values)


def update(conn: sqlite3.Connection, entity: str, id: UUID, before: Row, changes: Row, *, at_us: int) -> None:
    """Set ``changes`` on the row whose present values are ``before``."""
    fields = ENTITIES[entity].by_name
    stored: Row = {name: to_db(fields[name].form, value) for name, value in changes.items()}
    after = before | changes
    if entity == "ticket":
        stored |= derive.ticket_columns(after, at_us)
    stored["id_"] = id.bytes
    conn.execute(update_sql(entity, tuple(c for c in stored if c != "id_")), stored)
    for name, value in changes.items():
        if fields[name].form is Form.REFS:
            _index_references(conn, name, id, before[name] or (), value or ())
    if entity in _TEXT_OF:
        _TEXT_OF[entity](conn, id, after)


def _index_references(
    conn: sqlite3.Connection, field: str, owner: UUID, old: tuple[UUID, ...], new: tuple[UUID, ...]
) -> None:
    for target in set(old) - set(new):
        conn.execute(
            "DELETE FROM reference WHERE target = ? AND field = ? AND owner = ?", (target.bytes, field, owner.bytes)
        )
    conn.executemany(
        "INSERT OR IGNORE INTO reference (target, field, owner) VALUES (?, ?, ?)",
        [(target.bytes, field, owner.bytes) for target in set(new) - set(old)],
    )


def touched_tickets(entity: str, before: Row | None, after: Row) -> set[UUID]:
    """Tickets whose list line or search text may differ after a change of this row."""
    if entity == "ticket":
        return {after["id"]}
    if entity == "contact":
        return {*((before or {}).get("tickets") or ()), *(after.get("tickets") or ())}
    ids = {row.get("ticket_id") for row in (before, after) if row} | (
        {after.get("from_id"), after.get("to_id")} if entity == "link" else set()
    )
    return {i for i in ids if i is not None}


def normalise(entity: str, values: Row) -> Row:
    """``values`` with every field in its one Python form; unknown fields raise KeyError."""
    fields = ENTITIES[entity].by_name
    return {name: normal(fields[name].form, value) for name, value in values.items()}
