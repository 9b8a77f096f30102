"""Contacts: calls and other exchanges, newest first, and one of them whole."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store.types import from_iso, micros
from supportdesk.store.views.names import Name, names
from supportdesk.store.views.ticket import CheckLine, uuid_of

Key = tuple[int, int]
"""started_at (microseconds UTC) and pk: where a page of contacts goes on."""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One contact in a list. Instants are microseconds UTC; ``tickets`` are numbers."""

    pk: int
    id: UUID
    at_us: int
    direction: str
    channel: str
    caller: str
    caller_id: UUID | None
    number: str
    agent: str | None
    outcome: str
    tickets: tuple[str, ...]
    ended_us: int | None
    note: str

    @property
    def key(self) -> Key:
        """What :func:`contacts` goes on after."""
        return self.at_us, self.pk


@dataclass(frozen=True, slots=True)
class ContactView:
    """One contact whole. Instants are microseconds UTC, ``holds`` pairs of them (the second None while on hold)."""

    line: ContactLine
    number_given: str | None
    called_number: str | None
    behalf: str
    language: str | None
    answered_us: int | None
    wrapped_us: int | None
    holds: tuple[tuple[int, int | None], ...]
    tickets: tuple[Name, ...]
    checks: tuple[CheckLine, ...]


_LINE = """
SELECT c.pk, c.id, c.started_at, c.direction, c.channel, coalesce(c.caller_name, p.name), c.caller_id,
       coalesce(c.number, c.number_given), a.login, c.outcome, c.tickets, c.ended_at, c.note
FROM contact c LEFT JOIN caller p ON p.id = c.caller_id LEFT JOIN agent a ON a.id = c.agent_id
"""


def contacts(conn: sqlite3.Connection, *, caller: UUID | None = None, after: Key | None = None,
             limit: int = 50) -> list[ContactLine]:
    """Contacts, newest first, of one caller or of all; the page goes on ``after`` a line's key."""
    where = ["c.retired_at IS NULL"]
    values: list[object] = []
    if caller is not None:
        where.append("c.caller_id = ?")
        values.append(caller.bytes)
    if after is not None:
        where.append("(c.started_at, c.pk) < (?, ?)")
        values += after
    rows = conn.execute(
        f"{_LINE} WHERE {' AND '.join(where)} ORDER BY c.started_at DESC, c.pk DESC LIMIT ?", (*values, limit)
    ).fetchall()
    return _lines(conn, rows)


def contact(conn: sqlite3.Connection, id: UUID) -> ContactView | None:
    """One contact, None if there is none."""
    row = conn.execute(f"{_LINE} WHERE c.id = ?", (id.bytes,)).fetchone()
    if row is None:
        return None
    given, called, behalf, language, answered, wrapped, holds, tickets = conn.execute(
        "SELECT c.number_given, c.called_number, coalesce(c.behalf_name, b.name), c.language, c.answered_at, "
        "c.wrapped_at, c.holds, c.tickets FROM contact c LEFT JOIN caller b ON b.id = c.behalf_id WHERE c.id = ?",
        (id.bytes,),
    ).fetchone()
    known = names(conn, (("ticket", UUID(text)) for text in json.loads(tickets or "[]")))
    checks = conn.execute(
        "SELECT i.matter, i.method, i.result, i.reason, a.login, i.at FROM identity_check i "
        "LEFT JOIN agent a ON a.id = i.agent_id WHERE i.contact_id = ? AND i.retired_at IS NULL ORDER BY i.at",
        (id.bytes,),
    ).fetchall()
    return ContactView(
        line=_lines(conn, [row])[0], number_given=given, called_number=called, behalf=behalf or "", language=language,
        answered_us=answered, wrapped_us=wrapped,
        holds=tuple((micros(from_iso(begun)), micros(from_iso(over)) if over else None)
                    for begun, over in json.loads(holds or "[]")),
        tickets=tuple(known[UUID(text)] for text in json.loads(tickets or "[]") if UUID(text) in known),
        checks=tuple(CheckLine(m or "", method, r or "", why, by, at or 0) for m, method, r, why, by, at in checks),
    )


def _lines(conn: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> list[ContactLine]:
    about = [[UUID(text) for text in json.loads(row[10] or "[]")] for row in rows]
    known = names(conn, (("ticket", id) for ids in about for id in ids))
    return [
        ContactLine(
            pk=row[0], id=UUID(bytes=row[1]), at_us=row[2] or 0, direction=row[3] or "", channel=row[4] or "",
            caller=row[5] or "", caller_id=uuid_of(row[6]), number=row[7] or "", agent=row[8], outcome=row[9] or "",
            tickets=tuple(known[id].code for id in ids if id in known), ended_us=row[11], note=row[12] or "",
        )
        for row, ids in zip(rows, about, strict=True)
    ]
