"""Cases offered to my teams, and those my teams or I have offered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.rules.order import NEVER
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.ranked import COLUMNS, Ranked, Windows
from supportdesk.store.views.ticket import HANDOFF, HandoffLine, handoff_lines

if TYPE_CHECKING:
    from supportdesk.rules.window import Window

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Offered(Ranked):
    """A handoff with the ticket it is about."""

    handoff: HandoffLine
    ticket_id: UUID
    number: str
    title: str
    priority: str
    organisation: str
    due_us: int | None
    is_open: bool
    window: Window | None


_SELECT = f"""
SELECT {HANDOFF}, t.id, t.number, t.title, t.priority, coalesce(o.name, t.organisation_name), nullif(t.due_at, {NEVER}),
       t.lane < 3, {COLUMNS}
FROM handoff h JOIN ticket t ON t.id = h.ticket_id LEFT JOIN organisation o ON o.id = t.organisation_id
"""
_HANDOFF = HANDOFF.count(",") + 1


def inbox(conn: sqlite3.Connection, me: AgentLine, now_us: int, limit: int = AT_MOST) -> list[Offered]:
    """Offers to my teams that nobody has answered, the most urgent at ``now_us`` first, then the oldest."""
    if not me.teams:
        return []
    marks = ",".join("?" * len(me.teams))
    found = _offered(conn, conn.execute(
        f"{_SELECT} WHERE h.state = 'offered' AND h.to_team_id IN ({marks}) AND h.retired_at IS NULL "
        "ORDER BY t.priority, h.offered_at LIMIT ?",
        (*(team.bytes for team in me.teams), limit),
    ).fetchall())
    return sorted(found, key=lambda line: line.priority_at(now_us))


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


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An offer on an open ticket that nobody has answered. ``to_team`` is a name, ``calendar`` that of the team's site,
    ``language`` and ``sender_zone`` those of the sender's site; instants in microseconds UTC, ``reminded_us`` when its
    sender was reminded."""

    id: UUID
    ticket_id: UUID
    priority: str | None
    to_team: str
    offered_us: int
    reminded_us: int | None
    calendar: UUID | None
    language: str | None
    sender_zone: str | None


def unanswered(conn: sqlite3.Connection) -> list[Unanswered]:
    """All offers that wait, the oldest first."""
    return [
        Unanswered(UUID(bytes=id), UUID(bytes=ticket), priority, to_team or "", offered, reminded,
                   calendar and UUID(bytes=calendar), language, sender_zone)
        for id, ticket, priority, to_team, offered, reminded, calendar, language, sender_zone in conn.execute(
            "SELECT h.id, t.id, t.priority, r.name, h.offered_at, (SELECT max(e.at) FROM entry e "
            "WHERE e.subject = t.id AND e.verb = 'remind_handoff' AND e.at >= h.offered_at AND e.state != 'rejected'), "
            "rs.calendar_id, fs.language, fs.zone FROM handoff h JOIN ticket t ON t.id = h.ticket_id "
            "LEFT JOIN team r ON r.id = h.to_team_id LEFT JOIN site rs ON rs.id = r.site_id "
            "LEFT JOIN team f ON f.id = h.from_team_id LEFT JOIN site fs ON fs.id = f.site_id "
            "WHERE h.state = 'offered' AND h.retired_at IS NULL AND h.offered_at IS NOT NULL AND t.lane < 3 "
            "ORDER BY h.offered_at, h.id"
        )
    ]


def _offered(conn: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> list[Offered]:
    lines, windows = handoff_lines(conn, [row[:_HANDOFF] for row in rows]), Windows(conn)
    return [
        Offered(line, UUID(bytes=id), number or "", title or "", priority or "", organisation or "", due, bool(is_open),
                windows.of(*needed))
        for line, (id, number, title, priority, organisation, due, is_open, *needed) in zip(
            lines, (row[_HANDOFF:] for row in rows), strict=True
        )
    ]
