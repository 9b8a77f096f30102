"""What an exchange costs, counted: questions to the file and to the server's database, never its time.

A page of many rows asks as often as a page of few; what a ticket is not found by is not indexed again.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy

from supportdesk.desk import tickets
from supportdesk.store import database, outgoing, search
from supportdesk.sync import wire
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, settled


@contextmanager
def _said(conn: sqlite3.Connection) -> Iterator[list[str]]:
    """The statements of a connection; those SQLite's own indexes make within one begin with ``--``."""
    said: list[str] = []
    conn.set_trace_callback(said.append)
    try:
        yield said
    finally:
        conn.set_trace_callback(None)


@contextmanager
def _asked(server: stand.Server) -> Iterator[Counter[str]]:
    """How often the server's database was given each statement."""
    asked: Counter[str] = Counter()

    def before(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked[statement] += 1

    sqlalchemy.event.listen(server.exchange.engine, "before_cursor_execute", before)
    try:
        yield asked
    finally:
        sqlalchemy.event.remove(server.exchange.engine, "before_cursor_execute", before)


def _questions(said: list[str]) -> int:
    return sum(statement.lstrip().startswith(("SELECT", "PRAGMA")) for statement in said)


def _edits(site: stand.Site, some: list[UUID], fields: dict[str, Any]) -> None:
    for ticket in some:
        tickets.edit(site.desk, ticket, fields)


def test_a_page_of_many_changed_tickets_asks_the_file_as_often_as_one_of_few(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    every = [call(geneva, f"call {number}") for number in range(24)]
    settled(geneva, lausanne)
    questions = []
    for many in (3, 12):
        _edits(geneva, every[:many], {"wish": f"a printer that prints {many}"})
        _edits(lausanne, every[12 : 12 + many], {"wish": f"a mouse {many}"})
        geneva.exchange()
        with _said(lausanne.client._journal.conn) as said:
            done = lausanne.exchange()
        assert (done.pushed, done.pulled) == (many, 2 * many)
        questions.append(_questions(said))
    assert questions[0] == questions[1]
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


def test_a_push_and_a_page_of_many_ask_the_database_the_same_questions_as_of_few(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    every = [call(geneva, f"call {number}") for number in range(12)]
    settled(geneva, lausanne)
    asked = []
    for many in (3, 12):
        _edits(geneva, every[:many], {"wish": f"a printer that prints {many}"})
        with _asked(server) as counted:
            geneva.exchange()
        asked.append(counted)
    assert asked[0] == asked[1]


def test_a_change_a_ticket_is_not_found_by_does_not_index_it_again(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    written = []
    for fields in ({"wish": "a new one"}, {"title": "the printer"}):
        tickets.edit(geneva.desk, ticket, fields)
        geneva.exchange()
        with _said(lausanne.client._journal.conn) as said:
            lausanne.exchange()
        written.append([sum(statement.startswith(f"INSERT INTO {index}") for statement in said)
                        for index in ("ticket_text", "ticket_fts", "open_fts")])
    assert written == [[0, 0, 0], [1, 2, 2]]  # the index forgets the old text, and learns the new


def test_the_index_is_written_once_for_many_tickets_in_whatever_order_they_came(sites: Opened) -> None:
    """FTS5 writes down all it has gathered whenever a row lies before the last one."""
    (geneva,) = sites("geneva")
    for number in range(20):
        call(geneva, f"call {number}")
    conn = geneva.desk.journal.conn
    written = []
    for turn, order in enumerate(("", "DESC")):  # ids in the order of the rows, then against it
        with geneva.desk.journal.transaction():
            places = [pk for (pk,) in conn.execute(f"SELECT pk FROM ticket ORDER BY pk {order}")]
            ids = [UUID(int=(turn + 1 << 120) + number) for number in range(len(places))]
            conn.executemany("UPDATE ticket SET id = ?, title = ? WHERE pk = ?",
                             [(id.bytes, f"new {turn}", pk) for id, pk in zip(ids, places, strict=True)])
            with _said(conn) as said:
                search.refresh_tickets(conn, ids)
                conn.execute("SAVEPOINT written")
        written.append(sum(statement.startswith("-- ") and "_data'" in statement for statement in said))
    assert written[0] == written[1] > 0


def test_a_change_no_clock_is_read_from_derives_no_promise_again(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    read = []
    for change in (lambda: tickets.edit(geneva.desk, ticket, {"description": "it hums"}),
                   lambda: tickets.prioritise(geneva.desk, ticket, impact=1, urgency=1, reason="the whole floor")):
        change()
        geneva.exchange()
        with _said(lausanne.client._journal.conn) as said:
            lausanne.exchange()
        read.append(sum("FROM ticket" in statement and "solved_at, created_at, merged_into_id" in statement
                        for statement in said))
    assert read == [0, 1]
    assert order(geneva, ticket) == order(lausanne, ticket)


def order(site: stand.Site, ticket: UUID) -> tuple[Any, ...]:
    """The columns the queue goes by."""
    found: tuple[Any, ...] = site.desk.reader.execute(
        "SELECT promise, due_point, due_at FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone()
    return found


def test_an_exchange_does_not_open_the_file_again(
        server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    call(geneva)
    opened: list[object] = []
    connect = database.connect

    def counted(*asked: Any, **how: Any) -> sqlite3.Connection:
        opened.append(asked)
        return connect(*asked, **how)

    monkeypatch.setattr(database, "connect", counted)
    assert geneva.exchange().pushed > 0
    assert opened == []


class _Telling(httpx.BaseTransport):
    """A line that says when a pull has come."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.pulled = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == wire.PULL:
            self.pulled.set()
        return self.inner.handle_request(request)


def test_what_others_did_is_asked_for_while_the_answer_to_the_push_is_written_down(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    call(lausanne)
    settled(geneva, lausanne)
    call(geneva)
    line = geneva.line.inner = _Telling(geneva.line.inner)
    conn = geneva.client._journal.conn
    under_way: list[bool] = []

    def trace(said: str) -> None:
        if said.startswith("UPDATE entry SET state = 'confirmed'") and not under_way:
            under_way.append(line.pulled.wait(stand.PATIENCE / 10))

    conn.set_trace_callback(trace)
    try:
        geneva.exchange()
    finally:
        conn.set_trace_callback(None)
        geneva.line.inner = line.inner
    assert under_way == [True]
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


def _steps(conn: sqlite3.Connection, work: Callable[[], object]) -> int:
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    conn.set_progress_handler(step, 10)
    work()
    conn.set_progress_handler(None, 0)
    return count


def test_a_batch_reads_no_further_than_it_goes_however_many_wait(sites: Opened) -> None:
    (geneva,) = sites("geneva")
    ticket = call(geneva)
    (place,) = geneva.desk.reader.execute("SELECT max(pk) FROM entry").fetchone()
    steps = []
    for number in range(60):
        tickets.edit(geneva.desk, ticket, {"wish": f"wish {number}"})
        if number in (9, 59):
            steps.append(_steps(geneva.desk.reader, lambda: outgoing.next_batch(geneva.desk.reader, place, 5, 1 << 20)))
    assert steps[0] == steps[1]
