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

    def take(self, conn: Connection) -> None:
        """Take or renew it. Raises ExchangeFailed ``taken`` when another has it."""
        if not enrolment.hold(conn, self._id, micros(self._clock()), HELD_US):
            raise ExchangeFailed("taken")

    @contextmanager
    def step(self) -> Iterator[Connection]:
        """One transaction of the exchange. Raises ExchangeFailed ``taken`` when another has it by now: then what
        he asked the server meanwhile is his, and nothing is written here."""
        with self._journal.transaction() as conn:
            self.take(conn)
            yield conn

    def end(self, conn: Connection) -> None:
        """Let go of it with the transaction of the last step."""
        enrolment.let_go(conn, self._id)

    def let_go(self) -> None:
        """However the exchange ended; nothing is written when its last step was on disk."""
        with self._journal.transaction() as conn:
            enrolment.let_go(conn, self._id)
