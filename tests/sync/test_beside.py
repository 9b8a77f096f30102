"""A large push and what others did travel at the same time; a console that follows others does little for each page."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from supportdesk.desk import tickets
from supportdesk.store import urgency
from supportdesk.store.types import micros
from supportdesk.sync import client, wire
from supportdesk.sync.rounds import BESIDE
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.codes import Audience
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import asked, call, equal, settled, until


def _with_much_to_send(sites: Opened) -> tuple[stand.Site, stand.Site, UUID]:
    """Geneva, with more entries waiting than a small push holds; Lausanne, and what it did meanwhile."""
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    theirs = call(lausanne, "theirs")
    lausanne.exchange()
    for number in range(BESIDE // 3 + 1):
        call(geneva, f"mine {number}")
    assert asked(geneva, "SELECT count(*) FROM entry WHERE state = 'local'") >= BESIDE
    return geneva, lausanne, theirs


def test_what_others_did_is_taken_in_while_a_large_push_is_under_way(
    server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    geneva, lausanne, theirs = _with_much_to_send(sites)
    deliver = geneva.line.handle_request

    def slowly(request: httpx.Request) -> httpx.Response:
        if request.url.path == wire.PUSH:
            until(lambda: asked(geneva, f"SELECT count(*) FROM ticket WHERE id = x'{theirs.hex}'"))
        return deliver(request)

    monkeypatch.setattr(geneva.line, "handle_request", slowly)
    done = geneva.exchange()
    assert (done.pushed >= BESIDE, done.refused, done.conflicts, done.mended) == (True, 0, 0, 0)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


@pytest.mark.parametrize("lost", [1, 2])
def test_whichever_of_its_pulls_is_lost_nothing_else_is(server: stand.Server, sites: Opened, lost: int,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    geneva, lausanne, _theirs = _with_much_to_send(sites)
    deliver, pulls = geneva.line.handle_request, []

    def spoiled(request: httpx.Request) -> httpx.Response:
        if request.url.path == wire.PULL:
            pulls.append(request)
            if len(pulls) == lost:
                raise httpx.ReadError("lost")
        return deliver(request)

    monkeypatch.setattr(geneva.line, "handle_request", spoiled)
    done = geneva.exchange()
    assert (done.pushed >= BESIDE, done.refused) == (True, 0)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


def test_a_large_push_whose_answer_is_lost_counts_once(server: stand.Server, sites: Opened,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    geneva, lausanne, _theirs = _with_much_to_send(sites)
    deliver = geneva.line.handle_request

    def spoiled(request: httpx.Request) -> httpx.Response:
        answer = deliver(request)
        if request.url.path == wire.PUSH:
            raise httpx.ReadError("lost on its way back")
        return answer

    monkeypatch.setattr(geneva.line, "handle_request", spoiled)
    with pytest.raises(ExchangeFailed):
        geneva.exchange()
    monkeypatch.undo()
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


def test_what_begins_an_exchange_need_not_be_on_disk_and_all_that_follows_is(sites: Opened) -> None:
    (geneva,) = sites("geneva")
    call(geneva)
    levels: list[int] = []

    def level(_number: int, when: str) -> bool:
        if when == "request":
            levels.append(geneva.client._journal.conn.execute("PRAGMA synchronous").fetchone()[0])
        return False

    geneva.line.fails = level
    geneva.exchange()
    assert set(levels) == {2}, "FULL while the network is waited for, and so for every step after it"


def test_a_console_that_follows_looks_at_what_came_only_now_and_then(
    sites: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    (geneva,) = sites("geneva")
    call(geneva)
    geneva.client.follow()
    with closing(sqlite3.connect(geneva.path)) as conn:
        conn.execute("UPDATE ticket SET description = 'le vpn coupf'")
        conn.commit()
    assert geneva.client.follow().mended == 0
    monkeypatch.setattr(client, "LOOK_EVERY", 0.0)
    assert any(geneva.client.follow().mended for _look in range(20))


def test_a_call_taken_elsewhere_is_settled_as_its_history_says_and_mostly_without_it(
    sites: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    plain = [call(geneva, f"plain {number}") for number in range(3)]
    met = call(geneva, "was told")
    tickets.note(geneva.desk, met, "we are at it", Audience.CALLER)
    worse = call(geneva, "got worse")
    tickets.prioritise(geneva.desk, worse, impact=1, urgency=1, reason="all of them")
    geneva.exchange()
    read: set[UUID] = set()
    real = urgency.settle

    def settle(conn: sqlite3.Connection, some: set[UUID], now: int) -> None:
        read.update(some)
        real(conn, some, now)

    monkeypatch.setattr(urgency, "settle", settle)
    lausanne.exchange()
    monkeypatch.undo()
    assert read.isdisjoint(plain)
    assert {met, worse} <= read
    columns = f"SELECT id, {', '.join(urgency.COLUMNS)} FROM ticket ORDER BY id"
    here = lausanne.desk.reader.execute(columns).fetchall()
    with lausanne.desk.journal.transaction() as conn:
        urgency.settle(conn, [*plain, met, worse], micros(lausanne.clock.now + timedelta(minutes=1)))
        assert conn.execute(columns).fetchall() == here
