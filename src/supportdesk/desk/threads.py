"""Work beside the key loop: threads that read with a connection of their own, and the one that writes.

The loop hands over a function and gets a future; no key ever waits for the disk. A console has one reading thread for
what screens show, one for what is asked anew with every letter (a newer question stops the older), and one that writes.
"""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from supportdesk.lean import without_openssl
from supportdesk.store.database import refuse_newer, unreadable, version

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

P = ParamSpec("P")
R = TypeVar("R")
Reads = Callable[Concatenate[sqlite3.Connection, P], R]
Verb = Callable[Concatenate["Desk", P], R]


class Superseded(Exception):
    """The answer is not wanted any more."""


class Reader:
    """One reading thread. Jobs run in the order they were given."""

    def __init__(self, desk: "Desk", name: str) -> None:
        self._desk = desk
        self._pool = ThreadPoolExecutor(1, f"supportdesk-{name}")
        self._lock = Lock()
        self._newest = 0
        self._running: sqlite3.Connection | None = None

    def read(self, fn: Reads[P, R], *args: P.args, **named: P.kwargs) -> "Future[R]":
        """Run ``fn(conn, *args)`` after what was asked before."""
        return self._pool.submit(self._said, lambda: fn(self._desk.reader, *args, **named))

    def _said(self, job: Callable[[], R]) -> R:
        """What the job returns; what SQLite cannot do comes as a sentence (NotReady)."""
        try:
            return job()
        except sqlite3.Error as error:
            raise unreadable(self._desk.path, error) from error

    def newest(self, fn: Reads[P, R], *args: P.args, **named: P.kwargs) -> "Future[R]":
        """As :meth:`read`, but whatever was asked by ``newest`` before is stopped and raises :class:`Superseded`."""
        with self._lock:
            self._newest += 1
            number = self._newest
            if self._running is not None:
                self._running.interrupt()
        return self._pool.submit(self._unless_superseded, number, lambda: fn(self._desk.reader, *args, **named))

    def _unless_superseded(self, number: int, work: Callable[[], Any]) -> Any:
        conn = self._desk.reader
        with self._lock:
            if number != self._newest:
                raise Superseded
            self._running = conn
        try:
            return work()
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise Superseded from None
            raise unreadable(self._desk.path, error) from error
        finally:
            with self._lock:
                self._running = None

    def close(self) -> None:
        """Stop what runs and end the thread; its connection is closed."""
        with self._lock:
            self._newest += 1
            if self._running is not None:
                self._running.interrupt()
        self._pool.submit(self._desk.close_reader)
        self._pool.shutdown(wait=False)


class Writer:
    """The thread that says the desk's verbs, one after the other in the order they were given."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._pool = ThreadPoolExecutor(1, "supportdesk-writer", _digests_without_openssl)

    def write(self, verb: Verb[P, R], *args: P.args, **named: P.kwargs) -> "Future[R]":
        """Run ``verb(desk, *args)``; its DeskError comes out of the future."""
        return self._pool.submit(lambda: verb(self._desk, *args, **named))

    def prepare(self) -> None:
        """Load the writing side now, so that the first save does not wait for it."""
        self._pool.submit(lambda: self._desk.journal)

    def close(self) -> None:
        """Finish what was given, then end the thread."""
        self._pool.submit(self._desk.close)
        self._pool.shutdown(wait=True)


def _digests_without_openssl() -> None:
    """Python's own C functions give the same digests; pydantic would load OpenSSL for them."""
    without_openssl("hmac", "_hashlib")


class Watch:
    """Tells whether anybody saved something since it was asked last. Asked in the loop: it costs microseconds."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._version = self._now()

    def changed(self) -> bool:
        """Whether the desk was changed, by this console or another. Raises NotReady once a newer program has it."""
        before, self._version = self._version, self._now()
        if before == self._version:
            return False
        refuse_newer(version(self._desk.reader))
        return True

    def _now(self) -> int:
        return int(self._desk.reader.execute("PRAGMA data_version").fetchone()[0])
