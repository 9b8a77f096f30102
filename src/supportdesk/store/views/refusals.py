"""What the server refused and nobody has dealt with, one line an action (issue 3, "The console")."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.store.views.conflicts import named, value_shown
from supportdesk.store.views.names import names


class RefusedValue(NamedTuple):
    """A field of it: the value that was written, in wire form, and as people read it where it points to a row."""

    entity: str
    field: str
    value: Any
    shown: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """An action the server did not take, wholly or in part. ``at_us`` is when it was refused (microseconds UTC)."""

    action: UUID
    verb: str
    ticket_id: UUID | None
    ticket: str | None
    title: str
    reason: str
    at_us: int
    values: tuple[RefusedValue, ...]


def refusals(conn: sqlite3.Connection, limit: int = 200) -> list[RefusedLine]:
    """The newest first. ``reason`` is a message id of the server."""
    actions: dict[bytes, list[tuple[Any, ...]]] = {}
    for row in conn.execute(
        "SELECT e.action, e.verb, e.subject, t.number, t.title, r.reason, r.at, e.entity, e.fields, e.kind "
        "FROM refused r JOIN entry e ON e.id = r.entry LEFT JOIN ticket t ON t.id = e.subject "
        "WHERE r.settled_at IS NULL ORDER BY r.at DESC, e.pk LIMIT ?", (limit * 10,)
    ):
        actions.setdefault(row[0], []).append(row)
    found = dict(list(actions.items())[:limit])
    values = [(entity, field, text) for rows in found.values() for row in rows for entity, field, text in _values(row)]
    known = names(conn, (pair for entity, field, text in values for pair in named(entity, field, text)))
    return [
        RefusedLine(
            UUID(bytes=action), rows[0][1], None if rows[0][2] is None else UUID(bytes=rows[0][2]), rows[0][3],
            rows[0][4] or "", rows[0][5], rows[0][6],
            tuple(RefusedValue(entity, field, json.loads(text), value_shown(known, entity, field, text))
                  for row in rows for entity, field, text in _values(row)),
        )
        for action, rows in found.items()
    ]


def _values(row: tuple[Any, ...]) -> Iterator[tuple[str, str, str]]:
    """Entity, field and the value that was to stand (or the members taken out), as JSON text."""
    entity, fields, kind = row[7:]
    for field, (before, after) in json.loads(fields).items():
        value = before if kind == "remove" else after
        if value is not None:
            yield entity, field, json.dumps(value, ensure_ascii=False)
