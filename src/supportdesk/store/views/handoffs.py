"""Cases offered to my teams, and those my teams or I have offered."""

import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.ticket import HANDOFF, HandoffLine, handoff_lines

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """A handoff with the ticket it is about."""

    handoff: HandoffLine
    ticket_id: UUID
    number: str
    title: str
    priority: str
    organisation: str
    due_us: int | None


_SELECT = f"""
SELECT {HANDOFF}, t.id, t.number, t.title, t.priority, coalesce(o.name, t.organisation_name), t.due_at
FROM handoff h JOIN ticket t ON t.id = h.ticket_id LEFT JOIN organisation o ON o.id = t.organisation_id
"""
_COLUMNS = HANDOFF.count(",") + 1


def inbox(conn: sqlite3.Connection, me: AgentLine, limit: int = AT_MOST) -> list[Offered]:
    """Offers to my teams that nobody has answered, the most urgent first, then the oldest."""
    if not me.teams:
        return []
    marks = ",".join("?" * len(me.teams))
    return _offered(conn, conn.execute(
        f"{_SELECT} WHERE h.state = 'offered' AND h.to_team_id IN ({marks}) AND h.retired_at IS NULL "
        "ORDER BY t.priority, h.offered_at LIMIT ?",
        (*(team.bytes for team in me.teams), limit),
    ).fetchall())


def sent(conn: sqlite3.Connection, me: AgentLine, limit: int = AT_MOST) -> list[Offered]:
    """What I or my teams have offered and nobody has answered, then the answered ones on open tickets whose caller
    I owe the answer; newest first."""
    marks = ",".join("?" * len(me.teams))
    waiting = conn.execute(
        f"{_SELECT} WHERE h.state = 'offered' AND (h.offered_by_id = ? OR h.from_team_id IN ({marks})) "
        "AND h.retired_at IS NULL ORDER BY h.offered_at DESC LIMIT ?",
        (me.id.bytes, *(team.bytes for team in me.teams), limit),
    ).fetchall()
    answered = conn.execute(
        f"{_SELECT} WHERE t.owner_id = ? AND t.lane < 3 AND h.state IN ('accepted', 'returned') "
        "AND h.retired_at IS NULL ORDER BY h.answered_at DESC LIMIT ?",
        (me.id.bytes, limit),
    ).fetchall()
    return _offered(conn, (waiting + answered)[:limit])


def _offered(conn: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> list[Offered]:
    lines = handoff_lines(conn, [row[:_COLUMNS] for row in rows])
    return [
        Offered(line, UUID(bytes=id), number or "", title or "", priority or "", organisation or "", due)
        for line, (id, number, title, priority, organisation, due) in zip(
            lines, (row[_COLUMNS:] for row in rows), strict=True
        )
    ]
