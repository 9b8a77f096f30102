"""How the exchange with the server stands, as the shell and the screens show it. No SQLModel."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from supportdesk.store.enrolment import enrolment
from supportdesk.store.instants import instant

_MOST = 50


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
    """``waiting`` counts own changes the server has not answered for; ``failure`` is the code of what went wrong
    last, None after an exchange that ended well; ``refusals`` are the newest, ``refused`` counts all."""

    url: str
    server: str
    paused: bool
    enrolled_at: datetime
    exchanged_at: datetime | None
    tried_at: datetime | None
    failure: str | None
    waiting: int
    conflicts: int
    refused: int
    refusals: tuple[Refusal, ...]


def status(conn: sqlite3.Connection) -> SyncStatus | None:
    """How it stands; None when the desk works alone."""
    there = enrolment(conn)
    if there is None:
        return None
    waiting = conn.execute(
        "SELECT count(*) FROM entry WHERE pk > ? AND device = (SELECT id FROM device) "
        "AND state IN ('local', 'pending')", (there.answered,)
    ).fetchone()[0]
    conflicts = conn.execute(
        "SELECT count(*) FROM conflict WHERE state IN ('open', 'auto') AND state = 'open'"
    ).fetchone()[0]
    return SyncStatus(
        there.url, there.server, bool(there.paused), instant(there.enrolled_us), _instant(there.exchanged_us),
        _instant(there.tried_us), there.failure, waiting, conflicts,
        conn.execute("SELECT count(*) FROM refused").fetchone()[0], _refusals(conn),
    )


def is_windowed(conn: sqlite3.Connection) -> bool:
    """Whether the server keeps old tickets from this desk, which has them brought one by one."""
    return conn.execute("SELECT 1 FROM sync_cursor WHERE scope LIKE 'own:%'").fetchone() is not None


def _refusals(conn: sqlite3.Connection) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(UUID(bytes=id), verb, entity, number, reason, instant(at_us))
        for id, verb, entity, number, reason, at_us in conn.execute(
            "SELECT r.entry, e.verb, e.entity, t.number, r.reason, r.at FROM refused r JOIN entry e ON e.id = r.entry "
            "LEFT JOIN ticket t ON t.id = e.subject ORDER BY r.at DESC, e.pk DESC LIMIT ?", (_MOST,)
        )
    )


def _instant(us: int | None) -> datetime | None:
    return None if us is None else instant(us)
