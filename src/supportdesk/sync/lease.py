"""One exchange per file: a row in it says who exchanges now, and until when if he does not come back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from sqlite3 import Connection

from supportdesk.store import enrolment
from supportdesk.store.journal import Journal
from supportdesk.store.types import micros, uuid7
from supportdesk.sync.transport import ExchangeFailed

HELD_US = 10_000_000
"""A holder who is silent for so long has died; each of his steps renews it."""


class Hold:
    """The exchange of one file, held by this process."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._id = uuid7()

    @property
    def reader(self) -> Connection:
        """To read by between the steps: no transaction is open then, and what is read is what is on disk."""
        return self._journal.conn

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """A transaction whose commit does not wait for the disk, for what may be lost with the power: who exchanges and
        what is on its way, and what the server tells again. The next one that waits, waits for this one too."""
        self._journal.conn.execute("PRAGMA synchronous = NORMAL")
        try:
            with self._journal.transaction() as conn:
                yield conn
        finally:
            self._journal.conn.execute("PRAGMA synchronous = FULL")

    def take(self, conn: Connection) -> None:
        """Take or renew it. Raises ExchangeFailed ``taken`` when another has it."""
        if not enrolment.hold(conn, self._id, micros(self._clock()), HELD_US):
            raise ExchangeFailed("taken")

    @contextmanager
    def step(self, *, at_once: bool = False) -> Iterator[Connection]:
        """One transaction of the exchange (see :meth:`at_once`). Raises ExchangeFailed ``taken`` when another has it by
        now: then what he asked the server meanwhile is his, and nothing is written here."""
        with self.at_once() if at_once else self._journal.transaction() as conn:
            self.take(conn)
            yield conn

    def end(self, conn: Connection) -> None:
        """Let go of it with the transaction of the last step."""
        enrolment.let_go(conn, self._id)

    def let_go(self) -> None:
        """After an exchange that failed."""
        with self._journal.transaction() as conn:
            enrolment.let_go(conn, self._id)
