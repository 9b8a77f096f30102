"""How the exchange with the server stands, as the shell and the screens show it. No SQLModel."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from supportdesk.store.enrolment import enrolment
from supportdesk.store.held import count as held
from supportdesk.store.instants import instant

_MOST = 50

CLAIMS = ("assignee_id", "answered_by_id")
"""Fields that who comes first holds (terms/entities, ``first_holds``)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An own entry the server did not take. ``ticket`` is the number of the ticket it belongs to, if any."""

    entry: UUID
    verb: str
    entity: str
    ticket: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """``waiting`` counts own changes the server has not answered for, ``held`` those that wait for its update;
    ``failure`` is the code of what went wrong last, None after an exchange that ended well; ``refusals`` are the newest
    nobody has dealt with, ``refused`` counts all of those."""

    url: str
    server: str
    paused: bool
    enrolled_at: datetime
    exchanged_at: datetime | None
    tried_at: datetime | None
    failure: str | None
    waiting: int
    held: int
    conflicts: int
    refused: int
    refusals: tuple[Refusal, ...]


def status(conn: sqlite3.Connection) -> SyncStatus | None:
    """How it stands; None when the desk works alone."""
    there = enrolment(conn)
    if there is None:
        return None
    return SyncStatus(
        there.url, there.server, bool(there.paused), instant(there.enrolled_us), _instant(there.exchanged_us),
        _instant(there.tried_us), there.failure, _waiting(conn, there.answered), held(conn), _conflicts(conn),
        conn.execute("SELECT count(*) FROM refused WHERE settled_at IS NULL").fetchone()[0], _refusals(conn),
    )


@dataclass(frozen=True, slots=True)
class LostClaim:
    """A ticket I took while somebody else, whom I could not see, had taken it. ``at_us`` is when he did."""

    conflict: UUID
    number: str
    by: str
    at_us: int


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """The same for line 1, read whenever the desk has changed: ``failing_us`` is since when the exchange fails,
    ``waiting`` is counted only while nothing goes out, ``held`` waits for the server's update, ``refused`` counts
    actions."""

    paused: bool
    failure: str | None
    failing_us: int | None
    waiting: int
    held: int
    conflicts: int
    refused: int
    lost: tuple[LostClaim, ...]


def exchange_line(conn: sqlite3.Connection, login: str) -> ExchangeLine | None:
    """How it stands for the agent ``login``; None when the desk works alone."""
    there = enrolment(conn)
    if there is None:
        return None
    held_up = bool(there.paused) or there.failure is not None
    conflicts = _conflicts(conn)
    refused = conn.execute(
        "SELECT count(DISTINCT e.action) FROM refused r JOIN entry e ON e.id = r.entry WHERE r.settled_at IS NULL"
    ).fetchone()[0]
    return ExchangeLine(
        bool(there.paused), there.failure, there.failing_us, _waiting(conn, there.answered) if held_up else 0,
        held(conn), conflicts, refused, _lost(conn, login) if conflicts else (),
    )


def _waiting(conn: sqlite3.Connection, answered: int) -> int:
    return int(conn.execute(
        "SELECT count(*) FROM entry WHERE pk > ? AND device = (SELECT id FROM device) "
        "AND state IN ('local', 'pending')", (answered,)
    ).fetchone()[0])


def _conflicts(conn: sqlite3.Connection) -> int:
    """Conflicts that wait for a choice (the index holds those settled by rule, too)."""
    return int(conn.execute(
        "SELECT count(*) FROM conflict WHERE state IN ('open', 'auto') AND state = 'open' AND retired_at IS NULL"
    ).fetchone()[0])


def _lost(conn: sqlite3.Connection, login: str) -> tuple[LostClaim, ...]:
    return tuple(
        LostClaim(UUID(bytes=id), number or "", by or "", at_us or 0) for id, number, by, at_us in conn.execute(
            "SELECT c.id, t.number, coalesce((SELECT a.name FROM agent a WHERE a.login = c.kept_by LIMIT 1), "
            "c.kept_by), c.kept_at FROM conflict c LEFT JOIN ticket t ON t.id = c.ticket_id "
            "WHERE c.state IN ('open', 'auto') AND c.state = 'open' AND c.retired_at IS NULL AND c.offered_by = ? "
            "AND c.kept_by IS NOT c.offered_by AND c.field IN (?, ?) ORDER BY c.offered_at", (login, *CLAIMS)
        )
    )


def is_windowed(conn: sqlite3.Connection) -> bool:
    """Whether the server keeps old tickets from this desk, which has them brought one by one."""
    return conn.execute("SELECT 1 FROM sync_cursor WHERE scope LIKE 'own:%'").fetchone() is not None


def _refusals(conn: sqlite3.Connection) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(UUID(bytes=id), verb, entity, number, reason, instant(at_us))
        for id, verb, entity, number, reason, at_us in conn.execute(
            "SELECT r.entry, e.verb, e.entity, t.number, r.reason, r.at FROM refused r JOIN entry e ON e.id = r.entry "
            "LEFT JOIN ticket t ON t.id = e.subject WHERE r.settled_at IS NULL ORDER BY r.at DESC, e.pk DESC LIMIT ?",
            (_MOST,),
        )
    )


def _instant(us: int | None) -> datetime | None:
    return None if us is None else instant(us)
