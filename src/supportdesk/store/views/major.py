"""Major incidents as agents need them: what may be said now, who hangs on one, who was told and who was not yet.

Line 2 of every screen asks for what runs after each change, through :mod:`supportdesk.store.views.standing`: with none
running it is one seek in an empty index. Instants are microseconds UTC.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.terms.codes import LinkKind

RUNNING_AT_MOST = 5
CASES_AT_MOST = 500
TOLD_AT_MOST = 100


class Statement(NamedTuple):
    """What agents may say of it since ``at_us``: ``texts`` by language. ``author`` is a name."""

    id: UUID
    texts: Mapping[str, str]
    author: str
    at_us: int
    valid_until_us: int


class Major(NamedTuple):
    """A major incident; ``ticket_id`` None where its ticket is another company's and not here. ``communicator``,
    ``technician`` and ``declared_by`` are names, "" for nobody; ``component`` is what it is about, in words;
    ``statement`` the newest; ``cases`` how many tickets hang on it, as far as counted."""

    id: UUID
    ticket_id: UUID | None
    number: str
    title: str
    status: str
    product_id: UUID | None
    component_id: UUID | None
    component: str
    communicator_id: UUID | None
    communicator: str
    technician: str
    declared_by: str
    began_us: int
    declared_us: int
    next_update_us: int | None
    ended_us: int | None
    statement: Statement | None
    cases: int


class Part(NamedTuple):
    """What a ticket has to do with a major incident: it is the one (``is_major``), or it hangs on it."""

    id: UUID
    ticket_id: UUID
    number: str
    title: str
    is_major: bool
    ended_us: int | None


class ToldLine(NamedTuple):
    """Somebody was told: who, how (a channel's code), by whom, and whether it was still broken for him."""

    id: UUID
    ticket_id: UUID | None
    number: str
    who: str
    how: str
    still_broken: bool | None
    by: str
    at_us: int
    statement: UUID | None


class Spoken(NamedTuple):
    """What is shown to read aloud: the incidents that run, ``of`` among them even when it has just ended, and who was
    told of that one last."""

    running: tuple[Major, ...]
    of: Major | None
    told: tuple[ToldLine, ...]


class Case(NamedTuple):
    """A ticket that hangs on a major incident, and what its caller was told last. ``phone`` is the number to ring.

    ``is_told``: he was told what there is to know, when it is over that it is."""

    ticket_id: UUID
    number: str
    status: str
    title: str
    organisation: str
    key_account: bool
    caller: str
    phone: str
    language: str
    opened_us: int
    told: ToldLine | None
    is_told: bool


_MAJOR = """
SELECT m.id, m.ticket_id, coalesce(t.number, ''), coalesce(m.title, t.title, ''), coalesce(t.status, ''),
       m.product_id, m.component_id, coalesce(p.name, p.slug, ''), coalesce(c.name, c.slug, ''), m.communicator_id,
       coalesce(k.name, k.login, ''), coalesce(w.name, w.login, ''), coalesce(a.name, a.login, ''),
       coalesce(m.began_at, m.declared_at, 0), coalesce(m.declared_at, 0), m.next_update_at, m.ended_at,
       (SELECT count(*) FROM (SELECT 1 FROM link l WHERE l.to_id = m.ticket_id AND l.kind = ?
                              AND l.retired_at IS NULL LIMIT ?))
FROM major_incident m LEFT JOIN ticket t ON t.id = m.ticket_id LEFT JOIN product p ON p.id = m.product_id
     LEFT JOIN component c ON c.id = m.component_id LEFT JOIN agent k ON k.id = m.communicator_id
     LEFT JOIN agent w ON w.id = t.assignee_id LEFT JOIN agent a ON a.id = m.agent_id
"""


def running(conn: sqlite3.Connection) -> tuple[Major, ...]:
    """The major incidents that run, the newest first. Of a ticket two sites declared at once the first one leads."""
    rows = conn.execute(
        f"{_MAJOR} WHERE m.ended_at IS NULL AND m.retired_at IS NULL AND NOT EXISTS (SELECT 1 FROM major_incident e "
        "WHERE e.ticket_id = m.ticket_id AND e.ended_at IS NULL AND e.retired_at IS NULL "
        "AND (e.declared_at, e.id) < (m.declared_at, m.id)) ORDER BY m.declared_at DESC LIMIT ?",
        (LinkKind.HANGS_ON, CASES_AT_MOST, RUNNING_AT_MOST),
    ).fetchall()
    return tuple(_major(conn, row) for row in rows)


def major(conn: sqlite3.Connection, id: UUID) -> Major | None:
    """One major incident, running or over; None if there is none."""
    row = conn.execute(f"{_MAJOR} WHERE m.id = ?", (LinkKind.HANGS_ON, CASES_AT_MOST, id.bytes)).fetchone()
    return None if row is None else _major(conn, row)


def spoken(conn: sqlite3.Connection, id: UUID) -> Spoken:
    """What runs, and of the incident ``id`` who was told last."""
    now = running(conn)
    of = next((each for each in now if each.id == id), None) or major(conn, id)
    if of is None:
        return Spoken(now, None, ())
    return Spoken(now if of in now else (of, *now), of, told(conn, of))


def of_ticket(conn: sqlite3.Connection, ticket_id: UUID) -> Part | None:
    """What the ticket has to do with a major incident; None for nothing. One that is one itself counts first."""
    row = conn.execute(
        "SELECT m.id, m.ticket_id, t.number, coalesce(m.title, t.title), m.ended_at FROM major_incident m "
        "LEFT JOIN ticket t ON t.id = m.ticket_id WHERE m.ticket_id = ? AND m.retired_at IS NULL "
        "ORDER BY m.ended_at IS NOT NULL, m.declared_at, m.id LIMIT 1", (ticket_id.bytes,)
    ).fetchone()
    if row is None:
        found = conn.execute(
            "SELECT m.id, m.ticket_id, t.number, coalesce(m.title, t.title), m.ended_at FROM link l "
            "CROSS JOIN major_incident m ON m.ticket_id = l.to_id LEFT JOIN ticket t ON t.id = l.to_id "
            "WHERE l.from_id = ? AND l.kind = ? AND l.retired_at IS NULL AND m.retired_at IS NULL "
            "ORDER BY m.ended_at IS NOT NULL, m.declared_at, m.id LIMIT 1", (ticket_id.bytes, LinkKind.HANGS_ON)
        ).fetchone()
        return None if found is None else _part(found, is_major=False)
    return _part(row, is_major=True)


def first_over(conn: sqlite3.Connection, tickets: Sequence[UUID]) -> UUID | None:
    """The first major incident that is over among tickets that were solved; None where there is none."""
    for ticket in tickets:
        part = of_ticket(conn, ticket)
        if part is not None and part.is_major and part.ended_us is not None:
            return part.id
    return None


def cases(conn: sqlite3.Connection, of: Major) -> tuple[Case, ...]:
    """The tickets that hang on it: those whose caller was not told yet first, then by when they came."""
    if of.ticket_id is None:
        return ()
    rows = conn.execute(
        "SELECT t.id, t.number, t.status, t.title, coalesce(o.name, t.organisation_name, ''), "
        "coalesce(o.key_account, 0), coalesce(t.caller_name, c.name, ''), "
        "coalesce(t.callback_number, t.caller_number, ''), c.numbers, coalesce(t.language, c.language, ''), "
        "t.created_at FROM link l CROSS JOIN ticket t ON t.id = l.from_id "
        "LEFT JOIN organisation o ON o.id = t.organisation_id LEFT JOIN caller c ON c.id = t.caller_id "
        "WHERE l.to_id = ? AND l.kind = ? AND l.retired_at IS NULL ORDER BY l.pk LIMIT ?",
        (of.ticket_id.bytes, LinkKind.HANGS_ON, CASES_AT_MOST),
    ).fetchall()
    last = {line.ticket_id: line for line in reversed(_told(conn, of, [row[0] for row in rows]))}
    found = []
    for id, number, status, title, organisation, key_account, caller, phone, numbers, language, opened in rows:
        told = last.get(UUID(bytes=id))
        is_told = told is not None and (of.ended_us is None or told.at_us >= of.ended_us)
        found.append(Case(UUID(bytes=id), number or "", status or "", title or "", organisation, bool(key_account),
                          caller, phone or _first_number(numbers), language, opened or 0, told, is_told))
    return tuple(sorted(found, key=lambda case: (case.is_told, case.opened_us)))


def told(conn: sqlite3.Connection, of: Major, limit: int = TOLD_AT_MOST) -> tuple[ToldLine, ...]:
    """Who was told, the latest first."""
    return _lines(conn.execute(
        f"{_TOLD} WHERE d.major_id = ? AND d.retired_at IS NULL ORDER BY d.at DESC, d.pk DESC LIMIT ?",
        (of.id.bytes, limit)))


_TOLD = """
SELECT d.id, d.ticket_id, coalesce(t.number, ''), coalesce(d.who, ''), coalesce(d.how, ''), d.still_broken,
       coalesce(a.name, a.login, ''), coalesce(d.at, 0), d.statement_id
FROM told d LEFT JOIN ticket t ON t.id = d.ticket_id LEFT JOIN agent a ON a.id = d.agent_id
"""


def _told(conn: sqlite3.Connection, of: Major, tickets: Sequence[bytes]) -> tuple[ToldLine, ...]:
    """What these tickets' callers were told of it, the latest first."""
    found: list[ToldLine] = []
    for id in tickets:
        found += _lines(conn.execute(
            f"{_TOLD} WHERE d.ticket_id = ? AND d.major_id = ? AND d.retired_at IS NULL "
            "ORDER BY d.at DESC, d.pk DESC LIMIT 1", (id, of.id.bytes)))
    return tuple(found)


def _lines(rows: sqlite3.Cursor) -> tuple[ToldLine, ...]:
    return tuple(
        ToldLine(UUID(bytes=id), _uuid(ticket), number, who, how, None if broken is None else bool(broken), by, at,
                 _uuid(statement))
        for id, ticket, number, who, how, broken, by, at, statement in rows
    )


def _major(conn: sqlite3.Connection, row: tuple[Any, ...]) -> Major:
    (id, ticket, number, title, status, product_id, component_id, product, component, communicator_id, communicator,
     technician, declared_by, began, declared, next_update, ended, cases) = row
    return Major(
        UUID(bytes=id), _uuid(ticket), number, title, status, _uuid(product_id), _uuid(component_id),
        " > ".join(part for part in (product, component) if part), _uuid(communicator_id), communicator, technician,
        declared_by, began, declared, next_update, ended, _statement(conn, id), cases,
    )


def _statement(conn: sqlite3.Connection, major_id: bytes) -> Statement | None:
    """The newest: an older one in another language may have become wrong."""
    row = conn.execute(
        "SELECT s.id, s.texts, coalesce(a.name, a.login, ''), coalesce(s.at, 0), coalesce(s.valid_until, 0) "
        "FROM statement s LEFT JOIN agent a ON a.id = s.agent_id WHERE s.major_id = ? AND s.retired_at IS NULL "
        "ORDER BY s.at DESC, s.id DESC LIMIT 1", (major_id,)
    ).fetchone()
    if row is None:
        return None
    id, stored, author, at, until = row
    texts = json.loads(stored or "{}")
    written = {str(lang): str(text) for lang, text in texts.items() if text} if isinstance(texts, dict) else {}
    return Statement(UUID(bytes=id), written, author, at, until)


def _part(row: tuple[Any, ...], *, is_major: bool) -> Part:
    id, ticket, number, title, ended = row
    return Part(UUID(bytes=id), UUID(bytes=ticket), number or "", title or "", is_major, ended)


def _first_number(stored: str | None) -> str:
    """The first number on a caller's card, a list as JSON."""
    numbers = json.loads(stored or "[]")
    return str(numbers[0].get("text") or numbers[0].get("e164") or "") if numbers else ""


def _uuid(raw: bytes | None) -> UUID | None:
    return None if raw is None else UUID(bytes=raw)
