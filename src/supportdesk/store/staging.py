"""Where an import waits before it is let in: a private file beside the desk, ``<db>.import-…`` (DESIGN.md 3, Size).

A file is read and checked whole here first; then its steps are taken over one after the other. Whoever works on
it holds a lock, so that a batch left by a kill can be told from one being applied by another process.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.files import private_file
from supportdesk.store import database
from supportdesk.store.types import dumps

_SCHEMA = """
CREATE TABLE event (n INTEGER PRIMARY KEY, line INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
    doc TEXT NOT NULL);
CREATE TABLE step (n INTEGER PRIMARY KEY, doc TEXT NOT NULL);
"""


class Staging:
    """The staging file of one batch; gone when :meth:`discard` was called.

    As open as the desk itself, so that a colleague's console can end what a kill left."""

    def __init__(self, db: Path, batch: UUID, *, new: bool) -> None:
        """Raises BlockingIOError when another process holds it, FileNotFoundError when there is none to resume,
        NotReady when it cannot be made."""
        self.path = staging_file(db, batch)
        self._lock_path = self.path.with_name(f"{self.path.name}.lock")
        if not new and not self.path.exists():
            raise FileNotFoundError(self.path)
        try:
            mode, gid = database.modes_of(db)
            private_file(self._lock_path, mode, gid)
            self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            raise database.unreadable(self.path, sqlite3.OperationalError("unable to open")) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if new:
                self.path.unlink(missing_ok=True)
                private_file(self.path, mode, gid)
            self._conn = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            if new:
                self._conn.execute("PRAGMA synchronous = OFF")  # worth nothing until the batch is begun: see seal()
                self._conn.executescript(f"BEGIN; {_SCHEMA}")
        except BaseException:
            os.close(self._lock)
            raise

    def add_event(self, line: int, key: str, at_us: int, doc: Any) -> None:
        self._conn.execute("INSERT INTO event (line, key, at, doc) VALUES (?, ?, ?, ?)", (line, key, at_us, dumps(doc)))

    def histories(self, by_time: bool) -> Iterator[list[tuple[int, int, Any]]]:
        """The events (line, microseconds, document) of each key, keys in the order of the file."""
        self._conn.execute("CREATE INDEX event_key ON event (key, n)")
        keys = self._conn.execute("SELECT key FROM event GROUP BY key ORDER BY min(n)").fetchall()
        order = "at, n" if by_time else "n"
        for (key,) in keys:
            yield [
                (line, at, json.loads(doc))
                for line, at, doc in self._conn.execute(
                    f"SELECT line, at, doc FROM event WHERE key = ? ORDER BY {order}", (key,)
                )
            ]

    def add_step(self, doc: Any) -> None:
        self._conn.execute("INSERT INTO step (doc) VALUES (?)", (dumps(doc),))

    def seal(self) -> int:
        """Everything on disk; returns the number of steps."""
        self._conn.execute("COMMIT")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("BEGIN IMMEDIATE")
        self._conn.execute("DROP TABLE event")
        self._conn.execute("COMMIT")
        return int(self._conn.execute("SELECT count(*) FROM step").fetchone()[0])

    def steps(self, after: int) -> Iterator[Any]:
        """The documents of the steps behind the first ``after`` ones."""
        while True:
            found = self._conn.execute(
                "SELECT n, doc FROM step WHERE n > ? ORDER BY n LIMIT 500", (after,)
            ).fetchall()
            if not found:
                return
            for n, doc in found:
                after = n
                yield json.loads(doc)

    def discard(self) -> None:
        """Done with: remove the file."""
        self._conn.close()
        for suffix in ("", "-journal"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self._lock_path.unlink(missing_ok=True)
        os.close(self._lock)

    def leave(self) -> None:
        """Let go of the file without removing it."""
        self._conn.close()
        os.close(self._lock)


def staging_file(db: Path, batch: UUID) -> Path:
    return db.with_name(f"{db.name}.import-{batch.hex[:16]}")
