"""Fields that two sites changed at once: both values, who wrote them and when (field/sync.md 2.5)."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from supportdesk.store.instants import instant
from supportdesk.store.views.names import Name, names
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One conflict. ``kept`` stands, ``offered`` was written too and does not; both in wire form, ``kept_name`` and
    ``offered_name`` as people read them. ``kept_by`` and ``offered_by`` are logins, ``kept_name_of`` and
    ``offered_name_of`` the names of those people. ``row`` names the record, ``title`` is its ticket's."""

    id: UUID
    entity: str
    row_id: UUID | None
    row: str
    ticket: str | None
    field: str
    kept: Any
    kept_name: str
    kept_by: str | None
    kept_at: datetime | None
    offered: Any
    offered_name: str
    offered_by: str | None
    offered_at: datetime | None
    state: str
    ticket_id: UUID | None
    title: str
    kept_name_of: str
    offered_name_of: str


_NAME_OF = "coalesce((SELECT a.name FROM agent a WHERE a.login = {0} LIMIT 1), {0})"
_SELECT = (
    "SELECT c.id, c.entity, c.row_id, t.number, c.field, c.kept, c.kept_by, c.kept_at, c.offered, c.offered_by, "
    "c.offered_at, c.state, c.ticket_id, t.title, "
    f"{_NAME_OF.format('c.kept_by')}, {_NAME_OF.format('c.offered_by')} "
    "FROM conflict c LEFT JOIN ticket t ON t.id = c.ticket_id "
)


def conflicts(conn: sqlite3.Connection, limit: int = 200) -> list[ConflictLine]:
    """Conflicts nobody has settled, those that wait for a choice first, then the newest."""
    return _lines(conn, conn.execute(
        f"{_SELECT} WHERE c.state IN ('open', 'auto') AND c.retired_at IS NULL "
        "ORDER BY c.state = 'auto', c.offered_at DESC, c.field, c.id LIMIT ?", (limit,)
    ).fetchall())


def conflict(conn: sqlite3.Connection, id: UUID) -> ConflictLine | None:
    """One conflict, settled or not."""
    found = _lines(conn, conn.execute(f"{_SELECT} WHERE c.id = ?", (id.bytes,)).fetchall())
    return found[0] if found else None


def ending_with(conn: sqlite3.Connection, end: str, most: int = 2) -> list[UUID]:
    """Ids of conflicts whose text ends so; none for an empty end."""
    wanted = end.strip().replace("-", "").lower()
    if not wanted or not all(sign in "0123456789abcdef" for sign in wanted):
        return []
    return [
        UUID(bytes=id) for (id,) in conn.execute(
            "SELECT id FROM conflict WHERE lower(hex(id)) LIKE '%' || ? LIMIT ?", (wanted, most))
    ]


def _lines(conn: sqlite3.Connection, found: Iterable[tuple[Any, ...]]) -> list[ConflictLine]:
    found = list(found)
    wanted: list[tuple[str, UUID | None]] = []
    for _id, entity, row_id, _ticket, field, kept, _by, _at, offered, *_rest in found:
        wanted.append((entity, _uuid(row_id)))
        wanted += [(ref, id) for value in (kept, offered) for ref, id in named(entity, field, value)]
    known = names(conn, wanted)
    return [
        ConflictLine(
            UUID(bytes=id), entity, _uuid(row_id), _shown(known, _uuid(row_id)) or ticket or "", ticket, field,
            _value(kept), value_shown(known, entity, field, kept), kept_by, _instant(kept_at), _value(offered),
            value_shown(known, entity, field, offered), offered_by, _instant(offered_at), state,
            None if ticket_id is None else UUID(bytes=ticket_id), title or "", kept_name_of or "",
            offered_name_of or "",
        )
        for (id, entity, row_id, ticket, field, kept, kept_by, kept_at, offered, offered_by, offered_at, state,
             ticket_id, title, kept_name_of, offered_name_of) in found
    ]


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def named(entity: str, field: str, text: str | None) -> list[tuple[str, UUID | None]]:
    """The row a value points to, if it is one that points."""
    definition = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    value = _value(text)
    if definition is None or definition.form is not Form.REF or definition.ref is None or value is None:
        return []
    return [(definition.ref, _uuid(value))]


def value_shown(known: dict[UUID | None, Name], entity: str, field: str, text: str | None) -> str:
    for _ref, id in named(entity, field, text):
        return _shown(known, id) or str(id)
    value = _value(text)
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(known: dict[UUID | None, Name], id: UUID | None) -> str:
    return known[id].shown if id in known else ""


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _instant(us: int | None) -> datetime | None:
    return None if us is None else instant(us)
