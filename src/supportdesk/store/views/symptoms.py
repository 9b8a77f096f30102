"""Many reports of one component within half an hour: what raises the question whether it is a major incident.

Derived when read, never stored (rules/major). Bounded: a component is one seek in an index, and of its reports no more
are looked at than a person would read. Instants are microseconds UTC.
"""

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules.major import SITES, WINDOW_US, Report, Symptom, symptom
from supportdesk.rules.text import fold
from supportdesk.store.views.ticket import uuid_of
from supportdesk.terms.codes import LinkKind, Status, TicketType

REPORTS = 100
"""Of one component, the newest: more than these say no more than these."""

AT_ONCE = 20
"""Components asked about together."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One component many report. ``tickets`` are ids and numbers of those that hang on nothing yet, oldest first;
    ``organisations`` whom they came from, as they are called."""

    component_id: UUID
    component: str
    slug: str
    product_id: UUID | None
    symptom: Symptom
    tickets: tuple[tuple[UUID, str], ...]
    organisations: tuple[str, ...]


_RUNNING = """
EXISTS (SELECT 1 FROM major_incident m WHERE m.ended_at IS NULL AND m.retired_at IS NULL
        AND (m.component_id = c.id OR (m.component_id IS NULL AND m.product_id = c.product_id)))
"""
_BUSY = f"""
SELECT c.id FROM component c WHERE c.retired_at IS NULL AND (
    SELECT count(*) FROM (SELECT 1 FROM ticket t INDEXED BY ticket_component WHERE t.component_id = c.id
                          AND t.created_at BETWEEN ? AND ? LIMIT {SITES})) = {SITES}
AND NOT {_RUNNING} ORDER BY c.pk LIMIT {AT_ONCE}
"""
_NAME = f"""
SELECT c.name, coalesce(c.slug, ''), c.product_id, p.name FROM component c LEFT JOIN product p ON p.id = c.product_id
WHERE c.id = ? AND NOT {_RUNNING}
"""
_REPORTS = f"""
SELECT t.id, t.number, t.created_at, t.caller_id, coalesce(t.caller_name, ''), coalesce(t.caller_number, ''),
       t.organisation_id, coalesce(o.name, t.organisation_name, ''),
       EXISTS (SELECT 1 FROM link l WHERE l.from_id = t.id AND l.kind = ? AND l.retired_at IS NULL)
       OR EXISTS (SELECT 1 FROM major_incident m WHERE m.ticket_id = t.id AND m.retired_at IS NULL)
FROM ticket t INDEXED BY ticket_component LEFT JOIN organisation o ON o.id = t.organisation_id
WHERE t.component_id = ? AND t.created_at BETWEEN ? AND ? AND t.type = ? AND t.status != ?
ORDER BY t.created_at DESC LIMIT {REPORTS}
"""


def suspicions(conn: sqlite3.Connection, now: int) -> tuple[Suspicion, ...]:
    """The components so many report that somebody has to say whether there is a major incident: most callers first."""
    busy = conn.execute(_BUSY, (now - WINDOW_US, now)).fetchall()
    found = [each for (raw,) in busy if (each := suspicion(conn, UUID(bytes=raw), now)) is not None]
    return tuple(sorted(found, key=lambda each: (-each.symptom.callers, -each.symptom.sites, each.component)))


def suspicion(conn: sqlite3.Connection, component: UUID, now: int) -> Suspicion | None:
    """The same of one component; None while nothing is asked. Where a major incident of it runs there is nothing to
    ask: a caller joins it."""
    named = conn.execute(_NAME, (component.bytes,)).fetchone()
    if named is None:
        return None
    rows = conn.execute(_REPORTS, (LinkKind.HANGS_ON, component.bytes, now - WINDOW_US, now, TicketType.INCIDENT,
                                   Status.CANCELLED)).fetchall()
    raised = symptom((Report(_who(row[3], row[4], row[5]), _who(row[6], row[7]), row[2], bool(row[8]))
                      for row in rows), now)
    if raised is None:
        return None
    free = [row for row in reversed(rows) if not row[8]]
    name, slug, product, of = named
    return Suspicion(component, " > ".join(part for part in (of, name) if part), slug, uuid_of(product), raised,
                     tuple((UUID(bytes=row[0]), row[1] or "") for row in free),
                     tuple(dict.fromkeys(row[7] for row in free if row[7])))


def _who(id: bytes | None, *said: str) -> str:
    """What tells one caller or site from another: the record, else what was said first of them."""
    return id.hex() if id is not None else next((fold(text) for text in said if text), "")
