"""The side file ``<db>.drafts``: what belongs to one console and never to the journal (DESIGN.md 7, law 1).

Drafts of what is being typed, who has which ticket open, what was looked at, how the windows stood. It is a
SQLite file of its own, so that typing never waits for an import into the desk, and drafts are written with
``synchronous=FULL``: what :meth:`Drafts.save` returned from is on disk. Heartbeats use ``NORMAL``: they are
worth nothing after a power cut.

All instants are aware UTC at the methods and microseconds in the file. Needs no SQLModel.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.files import private_file
from supportdesk.store import database
from supportdesk.store.clock import utc_now
from supportdesk.store.types import dumps, instant, micros, uuid7

ALIVE = timedelta(seconds=8)
"""A console not heard of for so long is gone: with a heartbeat a second, others see it within 10 s of a kill."""

BUSY_MS = 5_000
FORMAT = 2
_SCHEMA = """
DROP TABLE IF EXISTS session;
CREATE TABLE session (id BLOB PRIMARY KEY, agent BLOB, name TEXT NOT NULL, beat_at INTEGER NOT NULL, process TEXT);
CREATE TABLE IF NOT EXISTS draft (
    id BLOB PRIMARY KEY, agent BLOB NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, session BLOB,
    origin BLOB, saved_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS draft_agent ON draft (agent, saved_at);
CREATE TABLE IF NOT EXISTS open_ticket (ticket BLOB NOT NULL, session BLOB NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (ticket, session));
CREATE TABLE IF NOT EXISTS seen (agent BLOB NOT NULL, ticket BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (agent, ticket));
CREATE TABLE IF NOT EXISTS kept (agent BLOB NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (agent, name));
"""
_DRAFTS = (
    "SELECT d.id, d.agent, d.kind, d.data, d.saved_at, d.origin, s.id, s.name, s.beat_at, s.process "
    "FROM draft d LEFT JOIN session s ON s.id = d.session"
)
NOBODY = b""
"""Owner of what the file keeps for itself (``remember`` without an agent)."""


class Draft(NamedTuple):
    """Something typed and not saved yet. ``held`` is the name of the agent whose living console has it open,
    if it is not this one; ``origin`` the draft it was split from when another console took that over."""

    id: UUID
    agent: UUID
    kind: str
    data: Mapping[str, Any]
    saved_at: datetime
    held: str | None = None
    origin: UUID | None = None


class Present(NamedTuple):
    """Another console that has a ticket open."""

    agent: UUID | None
    name: str
    since: datetime


def drafts_file(db: Path) -> Path:
    """The side file of a database."""
    return db.with_name(f"{db.name}.drafts")


class Drafts:
    """The side file of the database ``db`` as one console sees it. ``session`` is this console, ``agent`` and
    ``name`` who sits at it (shown to others). Threads take turns on one connection."""

    def __init__(self, db: Path, *, agent: UUID | None = None, name: str = "", session: UUID | None = None,
                 clock: Callable[[], datetime] = utc_now) -> None:
        self.path = drafts_file(db)
        self.session = session or uuid7()
        self.agent = agent
        self.name = name
        self.held: set[UUID] = set()
        """Drafts this console holds: while there are any, it has to show that it lives (:meth:`beat`)."""
        self._clock = clock
        self._lock = threading.RLock()
        mode, gid = database.modes_of(db)
        private_file(self.path, mode, gid)
        try:
            self._conn = _opened(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise database.unreadable(self.path, error) from None
            self._set_damaged_aside()
            private_file(self.path, mode, gid)
            self._conn = _opened(self.path)

    def _set_damaged_aside(self) -> None:
        """A damaged side file must not keep anybody from working; doctor reports what was set aside."""
        mark = self._clock().strftime("%Y%m%dT%H%M%S")
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{self.path}{suffix}")
            if part.exists():
                os.replace(part, part.with_name(f"{self.path.name}.damaged-{mark}{suffix}"))

    @contextmanager
    def _turn(self, synchronous: str = "FULL") -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._conn.execute(f"PRAGMA synchronous = {synchronous}")
                self._conn.execute("BEGIN IMMEDIATE")
                try:
                    yield self._conn
                    self._conn.execute("COMMIT")
                except BaseException:
                    if self._conn.in_transaction:
                        self._conn.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise database.unreadable(self.path, error) from None

    def _rows(self, sql: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._conn.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise database.unreadable(self.path, error) from None

    # drafts

    def save(self, draft_id: UUID, agent: UUID, kind: str, data: Mapping[str, Any], at: datetime | None = None) -> UUID:
        """Keep what is typed; on disk when this returns. Returns the id it is kept under: another one than
        ``draft_id`` when it belongs to another console (which took it over; or it was never taken over from
        there, see :meth:`take_over`). Then both texts are kept."""
        with self._turn() as conn:
            held = conn.execute("SELECT session FROM draft WHERE id = ?", (draft_id.bytes,)).fetchone()
            origin = None
            if held is not None and held[0] is not None and held[0] != self.session.bytes:
                origin, draft_id = draft_id.bytes, uuid7()
            self._beat(conn)
            conn.execute(
                "INSERT INTO draft (id, agent, kind, data, session, origin, saved_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET agent = excluded.agent, kind = excluded.kind, data = excluded.data, "
                "session = excluded.session, saved_at = excluded.saved_at",
                (draft_id.bytes, agent.bytes, kind, dumps(dict(data)), self.session.bytes, origin,
                 micros(at or self._clock())),
            )
        self.held.add(draft_id)
        if origin is not None:
            self.held.discard(UUID(bytes=origin))
        return draft_id

    def list(self, agent: UUID) -> Sequence[Draft]:
        """The agent's drafts, newest first, those open in another living console included (``held``)."""
        now = micros(self._clock())
        rows = self._rows(
            f"{_DRAFTS} WHERE d.agent = ? ORDER BY d.saved_at DESC, d.id DESC", agent.bytes,
        )
        return [_draft(row, self.session, now) for row in rows]

    def find(self, draft_id: UUID) -> Draft | None:
        rows = self._rows(
            f"{_DRAFTS} WHERE d.id = ?", draft_id.bytes,
        )
        return _draft(rows[0], self.session, micros(self._clock())) if rows else None

    def take_over(self, draft_id: UUID) -> Draft | None:
        """Make this console the holder and return what is kept; None if the draft is gone. To be called before
        going on with any draft of :meth:`list`. If the former holder lives and types on, his text is kept as a
        draft of its own (see :meth:`save`)."""
        with self._turn() as conn:
            self._beat(conn)
            conn.execute("UPDATE draft SET session = ? WHERE id = ?", (self.session.bytes, draft_id.bytes))
        found = self.find(draft_id)
        if found is not None:
            self.held.add(draft_id)
        return found

    def drop(self, draft_id: UUID) -> None:
        """The draft is saved as a record, or thrown away on purpose."""
        with self._turn() as conn:
            conn.execute("DELETE FROM draft WHERE id = ?", (draft_id.bytes,))
        self.held.discard(draft_id)

    def drop_saved(self, reader: sqlite3.Connection) -> int:
        """Drop every draft whose record exists in the desk (``reader`` of the main file): a draft's id becomes the
        ticket's, so a kill between saving and dropping leaves nothing to save twice. Returns how many."""
        saved = [
            (id,) for (id,) in self._rows("SELECT id FROM draft")
            if reader.execute("SELECT 1 FROM entry WHERE entity_id = ? LIMIT 1", (id,)).fetchone()
        ]
        if saved:
            with self._turn() as conn:
                conn.executemany("DELETE FROM draft WHERE id = ?", saved)
            self.held -= {UUID(bytes=id) for (id,) in saved}
        return len(saved)

    # who is there

    def beat(self, tickets: Iterable[UUID] = ()) -> None:
        """This console lives and has ``tickets`` open. Wanted once a second, and at once when that changes."""
        now = micros(self._clock())
        wanted = {t.bytes for t in tickets}
        with self._turn("NORMAL") as conn:
            self._beat(conn)
            there = {
                t for (t,) in conn.execute("SELECT ticket FROM open_ticket WHERE session = ?", (self.session.bytes,))
            }
            conn.executemany(
                "DELETE FROM open_ticket WHERE session = ? AND ticket = ?",
                [(self.session.bytes, t) for t in there - wanted],
            )
            conn.executemany(
                "INSERT INTO open_ticket (ticket, session, since) VALUES (?, ?, ?)",
                [(t, self.session.bytes, now) for t in wanted - there],
            )

    def present(self, ticket: UUID) -> Sequence[Present]:
        """The other living consoles that have the ticket open, the first comer first."""
        now = micros(self._clock())
        return [
            Present(UUID(bytes=agent) if agent else None, name, instant(since))
            for agent, name, since, beat, process in self._rows(
                "SELECT s.agent, s.name, o.since, s.beat_at, s.process FROM open_ticket o JOIN session s "
                "ON s.id = o.session WHERE o.ticket = ? AND o.session != ? ORDER BY o.since",
                ticket.bytes, self.session.bytes,
            )
            if _lives(beat, process, now)
        ]

    def _beat(self, conn: sqlite3.Connection) -> None:
        now = micros(self._clock())
        conn.execute(
            "INSERT INTO session (id, agent, name, beat_at, process) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at",
            (self.session.bytes, self.agent and self.agent.bytes, self.name, now, _process()),
        )
        gone = now - 10 * (ALIVE // timedelta(microseconds=1))
        conn.execute("DELETE FROM open_ticket WHERE session IN (SELECT id FROM session WHERE beat_at < ?)", (gone,))
        conn.execute("DELETE FROM session WHERE beat_at < ?", (gone,))

    # what was looked at, and how the windows stood

    def mark_seen(self, agent: UUID, ticket: UUID, at: datetime | None = None) -> None:
        """The agent has looked at the ticket at ``at`` (default now)."""
        with self._turn("NORMAL") as conn:
            conn.execute(
                "INSERT INTO seen (agent, ticket, at) VALUES (?, ?, ?) "
                "ON CONFLICT (agent, ticket) DO UPDATE SET at = max(at, excluded.at)",
                (agent.bytes, ticket.bytes, micros(at or self._clock())),
            )

    def seen(self, agent: UUID, tickets: Iterable[UUID]) -> dict[UUID, datetime]:
        """When the agent last looked at each of the tickets shown; those never looked at are left out."""
        ids = [t.bytes for t in tickets]
        marks = ",".join("?" * len(ids))
        rows = self._rows(f"SELECT ticket, at FROM seen WHERE agent = ? AND ticket IN ({marks})", agent.bytes, *ids)
        return {UUID(bytes=ticket): instant(at) for ticket, at in rows}

    def remember(self, agent: UUID | None, name: str, value: Any) -> None:
        """Keep a small JSON value for the agent (last view, widths), or for the file itself (None)."""
        with self._turn("NORMAL") as conn:
            conn.execute(
                "INSERT INTO kept (agent, name, value) VALUES (?, ?, ?) "
                "ON CONFLICT (agent, name) DO UPDATE SET value = excluded.value",
                (agent.bytes if agent else NOBODY, name, dumps(value)),
            )

    def recall(self, agent: UUID | None, name: str) -> Any:
        """What :meth:`remember` kept, or None."""
        rows = self._rows("SELECT value FROM kept WHERE agent = ? AND name = ?", agent.bytes if agent else NOBODY, name)
        return json.loads(rows[0][0]) if rows else None

    def close(self) -> None:
        """This console goes: its drafts are free for any other, its tickets no longer open."""
        with self._lock:
            try:
                with self._turn("NORMAL") as conn:
                    conn.execute("DELETE FROM open_ticket WHERE session = ?", (self.session.bytes,))
                    conn.execute("UPDATE draft SET session = NULL WHERE session = ?", (self.session.bytes,))
                    conn.execute("DELETE FROM session WHERE id = ?", (self.session.bytes,))
            finally:
                self._conn.close()


def _opened(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(conn)
        if conn.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
            conn.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;")
        conn.execute("SELECT count(*) FROM draft").fetchone()
    except BaseException:
        conn.close()
        raise
    return conn


def _write_ahead(conn: sqlite3.Connection) -> None:
    """Switch to WAL; two consoles that start at once would else refuse each other."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _process() -> str:
    """This process, and where its number means something: on this start of this machine, in these containers' walls."""
    return f"{_place()} {os.getpid()}"


@cache
def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _lives(beat_us: int, process: str | None, now_us: int) -> bool:
    """Whether a console is there: heard of lately (a beat from a future the clock went back from counts for as long),
    and not known to have been killed."""
    if abs(now_us - beat_us) >= ALIVE // timedelta(microseconds=1):
        return False
    place, _space, number = (process or "").rpartition(" ")
    if not place or place != _place():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _draft(row: tuple[Any, ...], session: UUID, now_us: int) -> Draft:
    id, agent, kind, data, saved_at, origin, holder, name, beat, process = row
    elsewhere = holder is not None and holder != session.bytes and _lives(beat, process, now_us)
    return Draft(UUID(bytes=id), UUID(bytes=agent), kind, json.loads(data), instant(saved_at),
                 name if elsewhere else None, UUID(bytes=origin) if origin else None)
