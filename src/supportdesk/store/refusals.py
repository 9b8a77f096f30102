"""What the server refused of this file's own entries: a private list beside the journal, by action.

Every function that writes does so inside the caller's transaction."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store.types import from_wire
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An own entry the server did not take. ``before`` and ``after`` are its fields in Python forms, as
    :class:`EntryKind` means them; ``undoing``: it was to take something back."""

    verb: str
    entity: str
    row: UUID
    kind: EntryKind
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str | None
    undoing: bool


def refused_entries(conn: sqlite3.Connection, action: UUID) -> list[RefusedEntry]:
    """The entries of an action that were refused and that nobody has dealt with, in their order."""
    return [
        RefusedEntry(verb, entity, UUID(bytes=row), EntryKind(kind), *_sides(entity, fields), reason, undoing)
        for verb, entity, row, kind, fields, reason, undoing in conn.execute(
            "SELECT e.verb, e.entity, e.entity_id, e.kind, e.fields, e.reason, e.undoes IS NOT NULL FROM entry e "
            "JOIN refused r ON r.entry = e.id WHERE e.action = ? AND r.settled_at IS NULL ORDER BY e.pk",
            (action.bytes,),
        )
    ]


def _sides(entity: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    forms = ENTITIES[entity].by_name
    pairs = {name: [from_wire(forms[name].form, value) for value in pair] for name, pair in json.loads(text).items()
             if name in forms}
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


def settle(conn: sqlite3.Connection, action: UUID, at_us: int | None) -> int:
    """Somebody has dealt with what was refused of an action; None takes that back. Returns how many entries it was."""
    return conn.execute(
        "UPDATE refused SET settled_at = ? WHERE (settled_at IS NULL) IS ? "
        "AND entry IN (SELECT id FROM entry WHERE action = ?)", (at_us, at_us is not None, action.bytes)
    ).rowcount
