"""The history of one ticket: its entries, notes and contacts as one line an event, in the order they happened."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.schema import row_now
from supportdesk.store.views.names import Name, names, public_name
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Field, Form

LATE_US = 60_000_000
"""From here on an entry written down after it happened is called late (microseconds)."""

_UNSAID = frozenset({"number", "title", "description", "created_at", "origin"})
"""Of a new ticket: they stand beside the history, in full."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field from and to, in JSON forms; references by code (login, slug, number), their names in ``*_shown``."""

    field: str
    before: Any
    after: Any
    before_shown: str = ""
    after_shown: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What the same action wrote beside the ticket: a handoff, a link, a file, an article used …"""

    entity: str
    id: UUID
    kind: str
    changes: tuple[Change, ...]

    def value(self, field: str) -> Any:
        """What ``field`` was set to, None if it was not."""
        return next((c.after for c in self.changes if c.field == field), None)

    def shown(self, field: str) -> str:
        """The same for people: a reference by its name."""
        return next((c.after_shown or str(c.after or "") for c in self.changes if c.field == field), "")


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A note's own facts; its words are the event's text."""

    id: UUID
    audience: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Instants in microseconds UTC."""

    id: UUID
    direction: str
    channel: str
    outcome: str
    caller: str
    number: str
    note: str
    started_us: int | None
    ended_us: int | None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One event. Instants and spans are microseconds (UTC).

    ``kind`` is the verb's name, ``note``, ``contact`` (one that opened no ticket here) or ``undo``; ``undoes`` the verb
    taken back by an undo, ``undone`` tells that this event was taken back later. ``author`` is a login, or the name
    an import gave; ``acting`` the real login behind ``--as``. ``late_us`` is how long after it happened it was
    written down, 0 when at once. ``written_on`` is the number of the merged ticket it still stands on: another site
    wrote it there before it knew of the merge."""

    at_us: int
    author: str | None
    author_name: str
    kind: str
    text: str
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    action: UUID | None
    late_us: int = 0
    undone: bool = False
    undoes: str | None = None
    imported: bool = False
    acting: str | None = None
    note: NoteFacts | None = None
    contact: ContactFacts | None = None
    written_on: str | None = None

    def change(self, field: str) -> Change | None:
        """The change of one of the ticket's own fields."""
        return next((c for c in self.changes if c.field == field), None)

    def part(self, entity: str) -> Part | None:
        return next((p for p in self.parts if p.entity == entity), None)


class _Entry(NamedTuple):
    action: bytes
    n: int
    device: bytes
    verb: str
    agent: bytes | None
    author_text: str | None
    entity: str
    entity_id: bytes
    kind: str
    fields: Mapping[str, list[Any]]
    reason: str | None
    at: int
    recorded_at: int
    undoes: bytes | None
    undone: int


_COLUMNS = (
    "e.action, e.n, e.device, e.verb, e.agent, e.author_text, e.entity, e.entity_id, e.kind, e.fields, e.reason, "
    "e.at, e.recorded_at, e.undoes, EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action)"
)
_ENTRIES = f"""
SELECT {_COLUMNS} FROM entry e WHERE e.subject = ?1
UNION
SELECT {_COLUMNS} FROM (
    SELECT owner AS id FROM reference WHERE target = ?1 AND field = 'tickets'
    UNION SELECT id FROM link WHERE from_id = ?1 UNION SELECT id FROM link WHERE to_id = ?1
    UNION SELECT id FROM note WHERE ticket_id = ?1
) x CROSS JOIN entry e ON e.entity_id = x.id
"""


def timeline(conn: sqlite3.Connection, id: UUID) -> list[TimelineItem]:
    """What happened to a ticket, oldest first; equal instants in the order one device wrote them. Notes and contacts
    that other sites wrote on tickets merged into it are told too."""
    items = _items(conn, id)
    for merged, number in _merged_into(conn, id):
        items += [replace(item, written_on=number, changes=(), parts=()) for item in _items(conn, merged)
                  if item.note is not None or item.kind == "contact"]
    items.sort(key=lambda item: item.at_us)
    return items


def _merged_into(conn: sqlite3.Connection, id: UUID) -> Iterator[tuple[UUID, str]]:
    """Id and number of the tickets that became part of this one, also by way of others."""
    met, stays = {id}, [id]
    while stays:
        for raw, number in conn.execute(
            "SELECT t.id, t.number FROM link l CROSS JOIN ticket t ON t.id = l.from_id "
            "WHERE l.to_id = ?1 AND l.kind = 'duplicate' AND t.merged_into_id = ?1", (stays.pop().bytes,)
        ).fetchall():
            merged = UUID(bytes=raw)
            if merged not in met:
                met.add(merged)
                stays.append(merged)
                yield merged, number


def _items(conn: sqlite3.Connection, id: UUID) -> list[TimelineItem]:
    entries = [
        _Entry._make((*row[:9], row_now(row[6], json.loads(row[9])), *row[10:]))
        for row in conn.execute(_ENTRIES, (id.bytes,)).fetchall()
    ]
    entries.sort(key=lambda e: (e.at, e.device, e.n))
    by_action: defaultdict[bytes, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_action[entry.action].append(entry)
    reader = _Reader(id, names(conn, _named(entries)), _notes(conn, id), _contacts(conn, id))
    items = [item for group in by_action.values() for item in reader.items(group)]
    items += reader.without_entry()
    return items


@dataclass
class _Reader:
    """Makes the lines of one ticket's actions; ``notes`` and ``contacts`` shrink as they are told."""

    ticket: UUID
    known: Mapping[UUID | None, Name]
    notes: dict[UUID, TimelineItem]
    contacts: dict[UUID, ContactFacts]

    def items(self, group: Sequence[_Entry]) -> Iterator[TimelineItem]:
        """One line for what an action did, and one for each note it wrote."""
        base = self._base(group[0])
        own: list[Change] = []
        parts: list[Part] = []
        written: list[TimelineItem] = []
        contact: ContactFacts | None = None
        strange = False  # of a newer version, and nothing here has a name for it
        for entry in group:
            id = UUID(bytes=entry.entity_id)
            if entry.entity == "note" and entry.kind == "create":
                note = self.notes.pop(id, None)
                if note is not None:
                    written.append(replace(note, action=base.action, late_us=base.late_us, acting=base.acting))
            elif entry.entity == "contact":
                contact = self.contacts.pop(id, None) if entry.kind == "create" else contact
            elif entry.entity != "ticket":
                parts.append(Part(entry.entity, id, entry.kind, tuple(self._changes(entry))))
            elif id == self.ticket:
                own += self._changes(entry)
                strange = strange or not entry.fields.keys() <= _fields_of("ticket").keys()
        if contact is not None:
            alone = base.undoes is None and (not own or base.kind == "log_contact")
            base = replace(base, contact=contact, text=base.text or contact.note,
                           kind="contact" if alone else base.kind)
        if own or parts or contact is not None or strange:
            yield replace(base, changes=tuple(own), parts=tuple(parts))
        yield from written

    def without_entry(self) -> Iterator[TimelineItem]:
        """Notes whose entries are not in this file (rows that came as images)."""
        yield from self.notes.values()

    def _base(self, entry: _Entry) -> TimelineItem:
        agent = self.known.get(None if entry.agent is None else UUID(bytes=entry.agent))
        undo = entry.undoes is not None
        late = entry.recorded_at - entry.at
        return TimelineItem(
            at_us=entry.at, author=agent.code if agent else entry.author_text,
            author_name=agent.shown if agent else entry.author_text or "", kind="undo" if undo else entry.verb,
            text=entry.reason or "", changes=(), parts=(), action=UUID(bytes=entry.action),
            late_us=late if agent and late >= LATE_US else 0, undone=bool(entry.undone),
            undoes=entry.verb if undo else None, imported=agent is None and entry.author_text is not None,
            acting=entry.author_text if agent else None,
        )

    def _changes(self, entry: _Entry) -> Iterator[Change]:
        fields = _fields_of(entry.entity)
        for name, (before, after) in entry.fields.items():
            if name not in fields or (entry.kind == "create" and name in _UNSAID):
                continue
            public = public_name(name)
            if fields[name].form is not Form.REF:
                yield Change(public, before, after)
                continue
            old, new = (self.known.get(UUID(v)) if v else None for v in (before, after))
            yield Change(public, old.code if old else before, new.code if new else after,
                         old.shown if old else "", new.shown if new else "")


def _fields_of(entity: str) -> Mapping[str, Field]:
    """The fields of an entity; none of one that only a newer version knows."""
    return ENTITIES[entity].by_name if entity in ENTITIES else {}


def _named(entries: Sequence[_Entry]) -> Iterator[tuple[str, UUID]]:
    for entry in entries:
        if entry.agent is not None:
            yield "agent", UUID(bytes=entry.agent)
        fields = _fields_of(entry.entity)
        for name, pair in entry.fields.items():
            if name in fields and fields[name].form is Form.REF:
                for value in pair:
                    if value:
                        yield fields[name].ref or "", UUID(value)


def _notes(conn: sqlite3.Connection, ticket: UUID) -> dict[UUID, TimelineItem]:
    return {
        UUID(bytes=row[0]): TimelineItem(
            at_us=row[4] or 0, author=row[5] or row[6], author_name=row[7] or row[5] or row[6] or "", kind="note",
            text=row[1] or "", changes=(), parts=(), action=None, imported=row[5] is None and row[6] is not None,
            note=NoteFacts(UUID(bytes=row[0]), row[2] or "internal", row[3] is not None),
        )
        for row in conn.execute(
            "SELECT n.id, n.text, n.audience, n.withdrawn_at, n.at, a.login, n.author_text, a.name "
            "FROM note n LEFT JOIN agent a ON a.id = n.agent_id WHERE n.ticket_id = ? AND n.retired_at IS NULL "
            "ORDER BY n.at, n.pk", (ticket.bytes,)
        )
    }


def _contacts(conn: sqlite3.Connection, ticket: UUID) -> dict[UUID, ContactFacts]:
    return {
        UUID(bytes=row[0]): ContactFacts(
            UUID(bytes=row[0]), row[1] or "", row[2] or "", row[3] or "", row[4] or "", row[5] or "", row[6] or "",
            row[7], row[8],
        )
        for row in conn.execute(
            "SELECT c.id, c.direction, c.channel, c.outcome, coalesce(c.caller_name, p.name), "
            "coalesce(c.number, c.number_given), c.note, c.started_at, c.ended_at "
            "FROM reference r CROSS JOIN contact c ON c.id = r.owner LEFT JOIN caller p ON p.id = c.caller_id "
            "WHERE r.target = ? AND r.field = 'tickets'", (ticket.bytes,)
        )
    }


def last_action(conn: sqlite3.Connection, ticket: UUID, agent: UUID) -> UUID | None:
    """The agent's last action on a ticket that was not taken back yet."""
    row = conn.execute(
        "SELECT e.action FROM entry e WHERE e.subject = ? AND e.agent = ? AND e.undoes IS NULL "
        "AND e.device = (SELECT id FROM device) AND e.state != 'rejected' "
        "AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action) ORDER BY e.at DESC, e.pk DESC LIMIT 1",
        (ticket.bytes, agent.bytes),
    ).fetchone()
    return None if row is None else UUID(bytes=row[0])
