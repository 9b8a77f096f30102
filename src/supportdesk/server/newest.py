"""The newest changes of the desk's own sites, as this process read them: all consoles that follow closely are told the
same ones, each from the place it has reached, and the database is asked for each of them once.

What stands at a place never changes there: a row that is written again moves to a newer one. Only an erasure scrubs
entries where they stand, and a server put back to an older state has another order; both begin this anew.
"""

from collections import OrderedDict, deque
from itertools import islice, takewhile
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import Connection

from supportdesk.server import restoring
from supportdesk.server.rows import ENTRIES_PER_ROW, own_page

KEPT = 2_000
"""Entries kept by a process."""
BYTES = 8 * 2**20
"""Bytes of entries and rows kept."""


class Newest:
    """For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._order: tuple[Any, ...] = ()
        self._first = self._seq = 0  # everything after the one place up to the other is held
        self._chain = ""
        self._rows: OrderedDict[str, dict[str, Any]] = OrderedDict()  # by id, in the order of their places
        self._entries: deque[tuple[int, msgspec.Raw]] = deque()
        self._bytes = 0

    def page(self, conn: Connection, head: Any, cursor: int, limit: int) -> tuple[int, list[dict[str, Any]],
                                                                                  list[msgspec.Raw]] | None:
        """Everything after a place up to ``head``: that place, the rows, the entries. None where not all of it is held
        here, or where it is more than a page of ``limit`` rows."""
        with self._lock:
            self._follow(conn, head)
            if head.seq != self._seq or cursor < self._first:
                return None
            rows = list(islice(takewhile(lambda row: row["seq"] > cursor, reversed(self._rows.values())), limit + 1))
            entries = [raw for _seq, raw in takewhile(lambda each: each[0] > cursor, reversed(self._entries))]
        if len(rows) > limit or len(entries) > limit * ENTRIES_PER_ROW:
            return None
        return head.seq, rows[::-1], entries[::-1]

    def _follow(self, conn: Connection, head: Any) -> None:
        """Hold what has come up to ``head``; one that is older than what is held changes nothing."""
        order = head.server, head.epoch, head.erasures
        if order != self._order or (head.seq == self._seq and head.chain != self._chain):
            self._begin(head)
        elif head.seq > self._seq:
            upto, rows, entries = own_page(conn, self._seq, head.seq, KEPT)
            if upto < head.seq or len(entries) < head.seq - self._seq or not restoring.known(conn, self._chain):
                self._begin(head)
                return
            for row in rows:
                self._forget(self._rows.pop(row["id"], None))
                self._rows[row["id"]] = row
                self._bytes += _size(row)
            for place, raw in enumerate(entries, self._seq + 1):
                self._entries.append((place, raw))
                self._bytes += len(memoryview(raw))
            self._seq, self._chain = head.seq, head.chain
            self._drop_oldest()

    def _begin(self, head: Any) -> None:
        self._order = head.server, head.epoch, head.erasures
        self._first, self._seq, self._chain, self._bytes = head.seq, head.seq, head.chain, 0
        self._rows.clear()
        self._entries.clear()

    def _drop_oldest(self) -> None:
        while self._entries and (len(self._entries) > KEPT or self._bytes > BYTES):
            self._first, raw = self._entries.popleft()
            self._bytes -= len(memoryview(raw))
            while self._rows and next(iter(self._rows.values()))["seq"] <= self._first:
                self._forget(self._rows.popitem(last=False)[1])

    def _forget(self, row: dict[str, Any] | None) -> None:
        if row is not None:
            self._bytes -= _size(row)


def _size(row: dict[str, Any]) -> int:
    return 0 if row["doc"] is None else len(memoryview(row["doc"]))
