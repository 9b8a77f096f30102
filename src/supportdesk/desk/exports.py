"""Writing everything out for another tool: CSV for spreadsheets, JSON for programs; both come back by an import.

Values stand in wire form (docs/formats.md); beside each reference stands what people know it by. No cell of a CSV
is a formula to a spreadsheet: one that could be is marked with ``'`` (store/foreign.guarded).
"""

import csv
import io
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.foreign import guarded
from supportdesk.store.types import dumps, from_db, to_wire
from supportdesk.store.views.names import ASSET_NAME
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid
from supportdesk.terms.tables import Form

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

KINDS = ("tickets", "contacts", "callers", "organisations", "assets", "articles", "notes")
FORMATS = ("csv", "json")

_NAME = {"caller": "name", "organisation": "name", "team": "slug", "agent": "login", "component": "name",
         "product": "name", "asset": ASSET_NAME.format(""), "ticket": "number"}
_COLUMN = {"owner_id": "contact_owner"}
_NAMED = {
    "ticket": ("caller_id", "organisation_id", "team_id", "assignee_id", "owner_id", "component_id", "product_id",
               "asset_id"),
    "contact": ("caller_id", "agent_id"),
    "caller": ("organisation_id",),
    "asset": ("organisation_id", "caller_id", "product_id", "component_id"),
    "note": ("ticket_id", "agent_id"),
}


def export(desk: "Desk", kind: str, form: str) -> Iterator[str]:
    """The text of an export in pieces: every record of ``kind`` (of KINDS) that is not retired, in the order it was
    made. ``form`` csv or json. Raises Invalid."""
    if kind not in KINDS:
        raise Invalid(_("{kind} cannot be exported; {kinds} can.").format(kind=safe(kind), kinds=", ".join(KINDS)))
    if form not in FORMATS:
        raise Invalid(_("The format is one of {choices}.").format(choices=", ".join(FORMATS)))
    entity = kind.removesuffix("s")
    conn = desk.reader
    return _csv(conn, entity) if form == "csv" else _json(conn, entity)


def records(conn: sqlite3.Connection, entity: str) -> Iterator[dict[str, Any]]:
    """Each record in wire form, with the names of what it refers to."""
    fields = [f for f in ENTITIES[entity].fields if f.name != "retired_at"]
    names = [(_COLUMN.get(f, f.removesuffix("_id")), f, ENTITIES[entity].field(f).ref or "")
             for f in _NAMED.get(entity, ())]
    shown = "".join(
        f", (SELECT {_NAME[ref]} FROM {ref} y WHERE y.id = x.{field} LIMIT 1)" for _column, field, ref in names
    )
    for row in conn.execute(
        f"SELECT x.id, {', '.join(f'x.{f.name}' for f in fields)}{shown} FROM {entity} x "
        "WHERE x.retired_at IS NULL ORDER BY x.pk"
    ):
        values = {"id": str(UUID(bytes=row[0]))}
        values |= {f.name: to_wire(f.form, from_db(f.form, v)) for f, v in zip(fields, row[1:], strict=False)}
        yield values | {column: v for (column, _f, _r), v in zip(names, row[1 + len(fields):], strict=True)}


def _columns(entity: str) -> list[str]:
    fields = [f.name for f in ENTITIES[entity].fields if f.name != "retired_at"]
    return ["id", *fields, *(_COLUMN.get(f, f.removesuffix("_id")) for f in _NAMED.get(entity, ()))]


def _csv(conn: sqlite3.Connection, entity: str) -> Iterator[str]:
    piece = io.StringIO(newline="")
    writer = csv.writer(piece, lineterminator="\r\n")
    columns = _columns(entity)
    writer.writerow(columns)
    fields = ENTITIES[entity].by_name
    for record in records(conn, entity):
        writer.writerow([_cell(fields[c].form if c in fields else Form.TEXT, record[c]) for c in columns])
        if piece.tell() > 64_000:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def _cell(form: Form, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return dumps(value)
    text = str(value)
    return text if form in (Form.INT, Form.INSTANT, Form.REF) else guarded(text)


def _json(conn: sqlite3.Connection, entity: str) -> Iterator[str]:
    before = "[\n"
    for record in records(conn, entity):
        yield before + dumps(record)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"
