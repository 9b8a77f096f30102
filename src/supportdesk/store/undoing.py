"""Taking back: what an undo is about, and the inverse of what stands in the journal (DESIGN.md 3, Undo).

:meth:`supportdesk.store.journal.Journal.undo` is the door; batches that came from a file are taken back by
:mod:`supportdesk.store.batches`.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store import batches, staff
from supportdesk.store.adopt import Written
from supportdesk.store.rows import Row
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import NotUndoable
from supportdesk.terms.tables import Form
from supportdesk.terms.verbs import VERBS

if TYPE_CHECKING:
    from supportdesk.store.journal import Act, Journal, Who


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo takes back: the verb, its actions (none named for an import, which goes by its batch), the
    ticket concerned if any."""

    verb: str
    actions: list[UUID] = field(default_factory=list)
    ticket: UUID | None = None
    batch: UUID | None = None


def is_undone(conn: sqlite3.Connection, action: UUID) -> bool:
    return conn.execute("SELECT 1 FROM entry WHERE undoes = ? LIMIT 1", (action.bytes,)).fetchone() is not None


def find_target(conn: sqlite3.Connection, who: "Who", action: UUID | None) -> Undone:
    """What an undo of ``who``'s last action (or the named one) is to take back. Raises NotUndoable."""
    found = conn.execute(
        "SELECT action, verb, batch, agent, pk, entity, kind, fields, schema FROM entry e WHERE "
        + ("action = ?" if action else "agent = ?")
        + " AND undoes IS NULL AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action)"
        " AND device = (SELECT id FROM device) AND state != 'rejected' ORDER BY pk DESC LIMIT 1",
        ((action or who.id).bytes,),
    ).fetchone()
    kept = batches.last_of(conn, who.id) if action is None else batches.of_action(conn, action)
    if kept is not None and (found is None or action is not None or kept.newest > found[4]):
        return Undone(kept.verb, [], None, kept.id)
    if found is None:
        raise NotUndoable(_("There is nothing of yours left to undo."))
    if found[3] != who.id.bytes:
        raise NotUndoable(_("Only your own actions can be undone."))
    verb = VERBS.get(Written(found[1], *found[6:]).verb_now(found[5]))
    if verb is None:
        raise NotUndoable(_("A newer version of the program did this; this one cannot take it back."))
    if not verb.undoable:
        raise NotUndoable(_(verb.why_not))
    actions = [UUID(bytes=found[0])]
    batch = None
    if found[2] is not None:
        batch = UUID(bytes=found[2])
        actions = [
            UUID(bytes=r[0])
            for r in conn.execute(
                "SELECT action, max(pk) FROM entry e WHERE batch = ? AND undoes IS NULL AND NOT EXISTS "
                "(SELECT 1 FROM entry u WHERE u.undoes = e.action) GROUP BY action ORDER BY 2 DESC",
                (found[2],),
            )
        ]
    subject = conn.execute(
        "SELECT subject FROM entry WHERE action = ? AND subject IS NOT NULL LIMIT 1", (found[0],)
    ).fetchone()
    return Undone(verb.name, actions, UUID(bytes=subject[0]) if subject else None, batch)


def take_back(journal: "Journal", who: "Who", target: Undone, *, at: datetime | None = None) -> None:
    """Write the inverse of the actions of ``target``: of all, or of none. Raises Changed, Invalid (store/staff)."""
    with journal.bulk():
        for action in target.actions:
            with journal.action(target.verb, who, at=at, undoes=action) as act:
                _invert(act, action)
                if target.verb == "administer":
                    staff.keep_in_order(act.conn, act.written("agent"))


def _invert(act: "Act", action: UUID) -> None:
    """Add the inverse of every entry of ``action``, newest first. Raises Changed."""
    for entity, entity_id, *found in act.conn.execute(
        "SELECT entity, entity_id, verb, kind, fields, schema FROM entry WHERE action = ? AND state != 'rejected' "
        "ORDER BY pk DESC",
        (action.bytes,),
    ).fetchall():
        id = UUID(bytes=entity_id)
        kind, fields = Written(*found).now(entity)
        row = act.get(entity, id)
        match kind:
            case EntryKind.CREATE:
                _expect(act, entity, row, {n: pair[1] for n, pair in fields.items()})
                name, value = ENTITIES[entity].withdrawn
                act.put_back(entity, row, {name: act.at if value == "now" else value})
            case EntryKind.SET:
                _expect(act, entity, row, {n: pair[1] for n, pair in fields.items()})
                act.put_back(entity, row, {n: pair[0] for n, pair in fields.items()})
            case EntryKind.ADD:
                for n, pair in fields.items():
                    act.remove(entity, id, n, *pair[1])
            case EntryKind.REMOVE:
                for n, pair in fields.items():
                    act.add(entity, id, n, *pair[0])


def _expect(act: "Act", entity: str, row: Row, values: Mapping[str, Any]) -> None:
    """Raise Changed unless every field still holds the value given (sets may have grown)."""
    for name, value in values.items():
        if ENTITIES[entity].field(name).form in (Form.SET, Form.REFS):
            continue
        if row[name] != value:
            raise act.changed(entity, row["id"], name, value, row[name])
