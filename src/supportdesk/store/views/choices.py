"""What a one-line question on a ticket offers to choose from: colleagues and other tickets."""

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules.numbers import digits
from supportdesk.rules.text import fold
from supportdesk.rules.words import beginnings_match
from supportdesk.store.views.callers import TicketBrief, briefs
from supportdesk.store.views.numbers import find_number

AGENTS_AT_MOST = 2_000
"""Agents looked through by name; a desk of more is asked by login."""

SHORTEST_TAIL = 2


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent of the desk; ``teams`` are the names of his teams."""

    id: UUID
    login: str
    name: str
    teams: tuple[str, ...]
    near: bool


def colleagues(conn: sqlite3.Connection, typed: str, team: UUID | None, limit: int = 8) -> list[Colleague]:
    """Agents of whom every word typed begins a word of name or login; those of ``team`` first."""
    words = fold(typed).split()
    names = {
        UUID(bytes=row[0]): row[1] or ""
        for row in conn.execute("SELECT id, coalesce(name, slug) FROM team WHERE retired_at IS NULL")
    }
    found = []
    for id, login, name, teams in conn.execute(
        "SELECT id, login, coalesce(name, login), teams FROM agent WHERE retired_at IS NULL "
        "ORDER BY name, login LIMIT ?",
        (AGENTS_AT_MOST,),
    ):
        parts = fold(f"{name} {login}").split()
        if all(any(part.startswith(word) for part in parts) for word in words):
            own = [UUID(text) for text in json.loads(teams or "[]")]
            found.append(Colleague(UUID(bytes=id), login or "", name or "",
                                   tuple(names[t] for t in own if t in names), team in own))
    found.sort(key=lambda each: not each.near)
    return found[:limit]


def tickets(conn: sqlite3.Connection, typed: str, but: UUID | None = None, limit: int = 6) -> list[TicketBrief]:
    """Tickets by the end of their number or by the beginnings of words, open ones first; never ``but`` itself."""
    ids: list[bytes] = []
    if len(digits(typed)) >= SHORTEST_TAIL:
        ids += [match.id.bytes for match in find_number(conn, typed).matches]
    match = beginnings_match(typed)
    if match and len(ids) < limit:
        pks = conn.execute("SELECT rowid FROM open_fts WHERE open_fts MATCH ? LIMIT ?", (match, limit + 1)).fetchall()
        ids += [
            row[0] for (pk,) in pks for row in conn.execute("SELECT id FROM ticket WHERE pk = ?", (pk,)).fetchall()
        ]
    found = []
    for id in dict.fromkeys(ids):
        if but is None or id != but.bytes:
            found += briefs(conn, "WHERE t.id = ?", (id,))
    found.sort(key=lambda ticket: ticket.status in ("closed", "cancelled"))
    return found[:limit]
