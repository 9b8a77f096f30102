"""The exchange that goes on by itself beside an open console, against the real server on a port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from supportdesk.desk import tickets
from supportdesk.server import pulling
from supportdesk.store.drafts import drafts_file
from supportdesk.sync import pace, transport, worker
from supportdesk.sync.client import Client
from supportdesk.sync.pace import NEVER, Pace
from supportdesk.sync.role import Role
from supportdesk.sync.transport import ExchangeFailed, Line
from supportdesk.sync.worker import Worker
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import DeskError
from tests.server import running
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.stand import PATIENCE
from tests.sync.test_scopes import _outsourced
from tests.sync.work import asked, call, device, reach, settled, until

NEVER_BY_ITSELF = (PATIENCE, PATIENCE)


def failing(site: stand.Site) -> Any:
    return asked(site, "SELECT failure FROM sync_state")


def waits_for_update(site: stand.Site) -> bool:
    status = site.client.status()
    return status is not None and status.held == 1


Beside = Callable[[stand.Site], Worker]


@pytest.fixture
def beside() -> Iterator[Beside]:
    """``beside(site)`` is the exchange of a console open on that site's desk."""
    with ExitStack() as stack:
        def made(site: stand.Site) -> Worker:
            worker = Worker(site.path, lambda said: None, lambda error: None, site.clock)
            stack.callback(worker.stop, PATIENCE)
            return worker

        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing rests for long; the polls that only make sure never come, so that nothing is theirs."""
    monkeypatch.setattr(pace, "LONGEST", 1.0)
    monkeypatch.setattr(pace, "FIRST", 0.05)
    monkeypatch.setattr(pace, "POLL", NEVER_BY_ITSELF)
    monkeypatch.setattr(worker, "POLL", NEVER_BY_ITSELF)
    monkeypatch.setattr(worker, "OTHERS", 0.05)
    monkeypatch.setattr(worker, "LOOK", 0.05)


@pytest.mark.usefixtures("quick")
def test_what_one_site_saves_comes_to_the_other_by_the_poke_and_nobody_asks_for_it(
    server: stand.Server, sites: Opened, beside: Beside
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    with stand.listening(server.exchange) as url:
        reach(url, geneva, lausanne)
        ours, theirs = beside(geneva), beside(lausanne)
        until(lambda: ours.is_streaming and theirs.is_streaming)
        tickets.edit(geneva.desk, ticket, {"title": "said in Geneva"})
        ours.wake()
        until(lambda: asked(lausanne, "SELECT title FROM ticket") == "said in Geneva")
        tickets.note(lausanne.desk, ticket, "read in Lausanne")  # nobody wakes it: it looks at the file
        until(lambda: asked(geneva, "SELECT text FROM note") == "read in Lausanne")
        ours.stop(PATIENCE)
        theirs.stop(PATIENCE)


def test_a_server_that_is_killed_and_comes_back_is_caught_up_with_by_itself(
    sites: Opened, beside: Beside, tmp_path: Path, quick: None
) -> None:
    (geneva,) = sites("geneva", enrolled=False)
    ticket = call(geneva)
    data = tmp_path / "company"
    with running.serving(data) as first:
        with closing(Client(geneva.path, clock=geneva.clock)) as client:
            client.enroll(first.url, first.code)
        ours = beside(geneva)
        until(lambda: ours.is_streaming)
        first.end(signal.SIGKILL)
        tickets.note(geneva.desk, ticket, "typed while it was away")
        until(lambda: failing(geneva) == "unreachable")
        since = asked(geneva, "SELECT failing_since FROM sync_state")
        assert since is not None
        port = int(first.url.rpartition(":")[2])
    with running.serving(data, port=port):
        until(lambda: failing(geneva) is None and ours.is_streaming)
        until(lambda: asked(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == 0)
        assert asked(geneva, "SELECT failing_since FROM sync_state") is None
        ours.stop(PATIENCE)


def test_of_two_consoles_on_one_file_one_exchanges_also_what_the_other_saves(
    server: stand.Server, sites: Opened, beside: Beside, quick: None
) -> None:
    (geneva,) = sites("geneva")
    ticket = call(geneva)
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        first, second = beside(geneva), beside(geneva)
        until(lambda: first.is_streaming or second.is_streaming)
        holder, other = (first, second) if first.is_streaming else (second, first)
        tickets.note(geneva.desk, ticket, "saved at the other one")
        other.wake()
        until(lambda: asked(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == 0)
        assert not other.is_streaming
        holder.stop(PATIENCE)
        until(lambda: other.is_streaming)
        other.stop(PATIENCE)


HOLDER = """
import sys, time
from pathlib import Path
from supportdesk.sync.worker import Worker
worker = Worker(Path(sys.argv[1]), lambda said: None, lambda error: None)
while not worker.is_streaming:
    time.sleep(0.01)
print("streaming", flush=True)
time.sleep(1000)
"""


def test_when_the_console_that_exchanges_is_killed_another_has_its_part_at_once(
    server: stand.Server, sites: Opened, quick: None
) -> None:
    (geneva,) = sites("geneva")
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        with subprocess.Popen([sys.executable, "-c", HOLDER, os.fspath(geneva.path)], stdout=subprocess.PIPE) as held:
            assert held.stdout is not None
            assert held.stdout.readline() == b"streaming\n"
            role = Role(geneva.path)
            assert not role.take()
            held.kill()
            held.wait(PATIENCE)
            assert role.take(), "the system gives it on before anybody could wait"
            role.give_up()


def test_a_console_that_ends_waits_for_no_server_and_does_not_call_that_a_failure(
    server: stand.Server, sites: Opened
) -> None:
    (geneva,) = sites("geneva")
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:  # it accepts, and never says a word
        reach(f"http://127.0.0.1:{silent.getsockname()[1]}", geneva)
        ours = Worker(geneva.path, lambda said: None, lambda error: None, geneva.clock)
        accepted, _address = silent.accept()
        with accepted:
            accepted.recv(1)
            ours.stop(PATIENCE)
        assert not ours._thread.is_alive()
    assert failing(geneva) is None


def test_where_no_stream_comes_through_the_server_is_asked_now_and_then(
    server: stand.Server, sites: Opened, beside: Beside, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from supportdesk.server import limits

    monkeypatch.setattr(limits, "LIVE_STREAMS", 0)
    monkeypatch.setattr("supportdesk.server.app.LIVE_STREAMS", 0, raising=False)
    monkeypatch.setattr(pace, "POLL", (0.05, 0.1))
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        ours = beside(geneva)
        tickets.edit(lausanne.desk, ticket, {"title": "found by asking"})
        lausanne.exchange()
        until(lambda: asked(geneva, "SELECT title FROM ticket") == "found by asking")
        assert not ours.is_streaming
        ours.stop(PATIENCE)


def test_a_paused_exchange_rests_and_goes_on_when_the_shell_says_so(
    server: stand.Server, sites: Opened, beside: Beside, quick: None
) -> None:
    (geneva,) = sites("geneva")
    ticket = call(geneva)
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        ours = beside(geneva)
        until(lambda: ours.is_streaming)
        geneva.client.pause()
        until(lambda: not ours.is_streaming)
        tickets.note(geneva.desk, ticket, "kept back")
        ours.wake()
        geneva.client.resume()
        until(lambda: ours.is_streaming)
        until(lambda: asked(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == 0)
        ours.stop(PATIENCE)


@pytest.mark.usefixtures("quick")
def test_what_an_older_server_does_not_know_waits_and_nothing_else_does(
    server: stand.Server, sites: Opened, beside: Beside
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    tickets.note(geneva.desk, ticket, "of a newer program")
    with closing(sqlite3.connect(geneva.path)) as conn, conn:
        conn.execute("UPDATE entry SET schema = 99, verb = 'hum' WHERE state = 'local'")
    with stand.listening(server.exchange) as url:
        reach(url, geneva, lausanne)
        ours, theirs = beside(geneva), beside(lausanne)
        until(lambda: waits_for_update(geneva) and ours.is_streaming and theirs.is_streaming)
        tickets.edit(lausanne.desk, ticket, {"title": "comes all the same"})
        theirs.wake()
        until(lambda: asked(geneva, "SELECT title FROM ticket") == "comes all the same")
        ours.stop(PATIENCE)
        theirs.stop(PATIENCE)


@pytest.mark.usefixtures("quick")
def test_a_console_too_old_to_be_shown_rows_goes_on_sending(
    server: stand.Server, sites: Opened, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    (geneva,) = sites("geneva")
    ticket = call(geneva)
    monkeypatch.setattr(pulling, "OLDEST", SCHEMA + 1)
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        ours = beside(geneva)
        until(lambda: failing(geneva) == "update")
        for text in ("one", "two"):
            tickets.note(geneva.desk, ticket, text)
            ours.wake()
            until(lambda: asked(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == 0)
        monkeypatch.undo()
        ours.wake(again=True)
        until(lambda: failing(geneva) is None)
        ours.stop(PATIENCE)


def test_sync_now_waits_for_its_turn(server: stand.Server, sites: Opened) -> None:
    (geneva,) = sites("geneva")
    with closing(sqlite3.connect(geneva.path)) as conn, conn:
        conn.execute("UPDATE sync_state SET holder = zeroblob(16), held_until = 4102444800000000")
    done = threading.Event()

    def exchange() -> None:
        geneva.client.exchange_in_turn()
        done.set()

    turn = threading.Thread(target=exchange, daemon=True)
    turn.start()
    assert not done.wait(0.3)
    with closing(sqlite3.connect(geneva.path, timeout=10)) as conn, conn:
        conn.execute("UPDATE sync_state SET holder = NULL, held_until = 0")
    assert done.wait(PATIENCE)
    turn.join(PATIENCE)


# answers that are none


class Speaker:
    """A server of one connection that answers with these bytes, one after the other with a pause."""

    def __init__(self, *parts: bytes, pause: float = 0.0) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._parts = parts
        self._pause = pause
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _address = self._socket.accept()
        with connection:
            connection.recv(65536)
            try:
                for part in self._parts:
                    connection.sendall(part)
                    time.sleep(self._pause)
            except OSError:
                pass

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()
        self._thread.join(PATIENCE)


def test_an_answer_that_trickles_for_ever_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WHOLE", 0.3)
    drops = (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", *[b" "] * 5_000)
    with Speaker(*drops, pause=0.02) as speaker, Line(speaker.url) as line:
        with pytest.raises(ExchangeFailed) as failed:
            line.post("/v1/pull", "{}")
        assert failed.value.code == "unreachable"


@pytest.mark.parametrize(("status", "header", "code", "rest"), [
    ("429 Too Many Requests", "Retry-After: 7", "busy", 7.0),
    ("503 Service Unavailable", "Retry-After: 90", "busy", 90.0),
    ("503 Service Unavailable", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", "busy", 0.0),
    ("502 Bad Gateway", "Retry-After: soon", "unreachable", None),
    ("503 Service Unavailable", "Retry-After: 99999999", "busy", transport.LONGEST_REST),
])  # fmt: skip
def test_a_server_or_a_proxy_before_it_says_how_long_to_leave_it_alone(
    status: str, header: str, code: str, rest: float | None
) -> None:
    answer = f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<p/>".encode()
    with Speaker(answer) as speaker, Line(speaker.url) as line, pytest.raises(ExchangeFailed) as failed:
        line.post("/v1/push", "{}")
    assert (failed.value.code, failed.value.more["retry_after"]) == (code, rest)


# when the next exchange is due


def _highest(_low: float, high: float) -> float:
    return high


def _lowest(low: float, _high: float) -> float:
    return low


def test_failures_double_the_wait_up_to_a_minute_and_a_success_ends_it() -> None:
    clock = Pace(0.0, _highest)
    waits = []
    for _ in range(8):
        clock.failed(100.0)
        waits.append(clock.due - 100.0)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    clock.saved(101.0)
    clock.told(101.0)
    assert clock.due == 160.0, "neither a save nor a poke hurries a server that does not answer"
    clock.done(160.0, live=True)
    assert clock.due == NEVER
    clock.saved(200.0)
    clock.saved(200.1)
    assert clock.due == 200.2, "what is saved together goes together, the first is not put off by the next"


def test_the_wait_is_drawn_anew_each_time_from_a_second_on() -> None:
    clock = Pace(0.0, _lowest)
    for _ in range(5):
        clock.failed(100.0)
        assert clock.due == 101.0


def test_what_the_server_asks_for_is_kept_to() -> None:
    for spread in (_lowest, _highest):
        clock = Pace(0.0, spread)
        clock.failed(100.0, rest=45.0)
        assert 145.0 <= clock.due <= 146.0


def test_without_a_stream_the_server_is_asked_every_half_minute() -> None:
    for spread, due in ((_lowest, 25.0), (_highest, 35.0)):
        clock = Pace(0.0, spread)
        clock.done(0.0, live=False)
        assert clock.due == due


def test_s23_a_console_whose_desk_is_wiped_ends_with_the_sentence_and_leaves_nothing(
    server: stand.Server, sites: Opened, quick: None
) -> None:
    """Also not what it still wrote beside the desk while it ended."""
    (geneva,) = sites("geneva")
    call(geneva, "le vpn de la banque coupe")
    geneva.exchange()
    geneva.desk.close()
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        server.exchange.revoke(device(geneva), wipe=True)
        why: list[DeskError] = []
        ours = Worker(geneva.path, lambda said: None, why.append, geneva.clock)
        until(lambda: why)
        ours.stop(PATIENCE)
    assert why[0].code == "wiped"
    drafts_file(geneva.path).write_text("typed in the last second")
    ours.leave_nothing()
    assert [part.name for part in geneva.path.parent.iterdir() if part.name.startswith(geneva.path.name)] == []


@pytest.mark.usefixtures("quick")
def test_an_outsourcers_open_console_is_told_of_its_own_cases_and_asks_for_nothing_else(
    server: stand.Server, sites: Opened, beside: Beside
) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    case, other = call(geneva), call(geneva)
    tickets.assign(geneva.desk, [case], team=team)
    settled(geneva, lausanne)
    with stand.listening(server.exchange) as url:
        reach(url, geneva, lausanne)
        theirs = beside(lausanne)
        until(lambda: theirs.is_streaming)
        ours = beside(geneva)
        tickets.note(geneva.desk, other, "of the desk's own sites")
        until(lambda: asked(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == 0)
        tickets.edit(geneva.desk, case, {"title": "said in Geneva"})
        until(lambda: asked(lausanne, "SELECT title FROM ticket") == "said in Geneva")
        assert asked(lausanne, "SELECT count(*) FROM ticket") == 1
        ours.stop(PATIENCE)
        theirs.stop(PATIENCE)
