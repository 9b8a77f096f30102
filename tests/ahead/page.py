"""What a newer server shows a desk: its own rows, each code replaced by one nobody here knows, and what else is new."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.server import forms
from supportdesk.store import database, incoming, rows
from supportdesk.store.types import iso, to_wire, uuid7
from supportdesk.terms.entities import ENTITIES
from tests.journal.desks import NOW

CODE, NUMBER = "brand_new", 7
REV = 1_000_000


def meet(path: Path) -> None:
    """Take such a page into the desk, by the road of every exchange."""
    conn = database.connect(path)
    conn.execute("UPDATE entry SET state = 'confirmed', seq = pk")
    found = [(entity, UUID(bytes=id)) for entity in ENTITIES
             for (id,) in conn.execute(f"SELECT id FROM {entity}").fetchall()]
    tickets = [id for entity, id in found if entity == "ticket"]
    room = str(uuid7())
    with conn:
        conn.execute("BEGIN")
        incoming.take_page(conn, {
            "rows": [*(_row(conn, entity, id) for entity, id in found), {
                "scope": "own", "seq": REV, "entity": "room", "id": room, "rev": REV, "doc": {"name": "Léman"}}],
            "entries": [_entry("room", room, {"name": [None, "Léman"], "ticket_id": [None, str(id)]}, at)
                        for at, id in enumerate(tickets)]
            + [_entry("ticket", str(id), {"mood": [None, "cross"], "status": ["new", CODE]}, 100 + at)
               for at, id in enumerate(tickets)],
            "scopes": {"own": {"seq": REV, "sum": 0, "count": 0, "more": False}},
        }, 0)
    conn.close()


def _row(conn: sqlite3.Connection, entity: str, id: UUID) -> dict[str, Any]:
    row = rows.read(conn, entity, id)
    assert row is not None
    doc = {f.name: to_wire(f.form, row[f.name]) for f in ENTITIES[entity].fields if row[f.name] is not None}
    for (of, name), codes in forms._CODES.items():
        if of == entity and name in doc:
            doc[name] = NUMBER if any(type(code) is int for code in codes) else CODE
    if entity == "role":
        doc["verbs"] = sorted({*doc.get("verbs", ()), "hum"})
    if entity == "matrix":
        doc["cells"] = [["P0"] * 4] * 4
    if entity == "conflict":
        doc |= {"field": "mood", "kept": "cross", "offered": "calm"}
    return {"scope": "own", "seq": REV, "entity": entity, "id": str(id), "rev": REV, "doc": doc | {"mood": "cross"}}


def _entry(entity: str, id: str, fields: dict[str, Any], at: int) -> dict[str, Any]:
    return {
        "id": str(uuid7()), "action": str(uuid7()), "n": at + 1, "verb": "hum", "entity": entity, "entity_id": id,
        "kind": "set", "base": 0, "schema": 99, "fields": json.loads(json.dumps(fields)), "at": iso(NOW),
        "recorded_at": iso(NOW), "session": str(uuid7()), "device": str(uuid7()), "seq": REV - 1_000 + at,
    }
