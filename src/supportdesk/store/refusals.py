"""What the server refused of this file's own entries: a private list beside the journal, by action.

Every function that writes does so inside the caller's transaction."""

import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store.adopt import Written
from supportdesk.terms.codes import EntryKind


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
        _refused(entity, UUID(bytes=row), reason, undoing, Written(*written))
        for entity, row, reason, undoing, *written in conn.execute(
            "SELECT e.entity, e.entity_id, e.reason, e.undoes IS NOT NULL, e.verb, e.kind, e.fields, e.schema "
            "FROM entry e JOIN refused r ON r.entry = e.id WHERE e.action = ? AND r.settled_at IS NULL ORDER BY e.pk",
            (action.bytes,),
        )
    ]


def _refused(entity: str, row: UUID, reason: str | None, undoing: bool, written: Written) -> RefusedEntry:
    kind, pairs = written.now(entity)
    return RefusedEntry(written.verb_now(entity), entity, row, kind, {name: pair[0] for name, pair in pairs.items()},
                        {name: pair[1] for name, pair in pairs.items()}, reason, undoing)


def settle(conn: sqlite3.Connection, action: UUID, at_us: int | None) -> int:
    """Somebody has dealt with what was refused of an action; None takes that back. Returns how many entries it was."""
    return conn.execute(
        "UPDATE refused SET settled_at = ? WHERE (settled_at IS NULL) IS ? "
        "AND entry IN (SELECT id FROM entry WHERE action = ?)", (at_us, at_us is not None, action.bytes)
    ).rowcount
