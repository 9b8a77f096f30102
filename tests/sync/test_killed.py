"""A console or a server killed (-9) between any two statements of an exchange, or in the middle of a message, goes on
with the next: nothing lost or doubled."""

import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest

from supportdesk.desk import tickets
from supportdesk.store import database
from supportdesk.sync.client import Client
from supportdesk.sync.transport import ExchangeFailed
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.dying import STATEMENT, WRITE, exchange_and_die_at, server_that_dies_at
from tests.sync.work import call, equal, forget_hold, proof_of_replay, reach, settled, until


def _killed_everywhere(server: stand.Server, sites: Opened, folder: Path, stride: int, at: str = STATEMENT) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    tickets.edit(geneva.desk, ticket, {"title": "Geneva"})
    tickets.edit(lausanne.desk, ticket, {"title": "Lausanne"})
    tickets.note(geneva.desk, ticket, "tried")
    lausanne.exchange()
    geneva.close()
    n = killed = 0
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        while True:
            done = exchange_and_die_at(geneva.path, n, at)
            with closing(database.check(geneva.path)) as conn:
                assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
            proof_of_replay(folder, geneva)
            forget_hold(geneva.path)
            if done:
                break
            killed += 1
            n += stride
    assert killed >= (3 if at == STATEMENT else 2)
    geneva.client.close()
    geneva.desk = desks.console(geneva.path, "ana", geneva.clock)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        assert conn.execute("SELECT text FROM note").fetchall() == [("tried",)]
        assert conn.execute("SELECT title FROM ticket").fetchall() == [("Lausanne",)]
        assert conn.execute("SELECT count(*) FROM conflict").fetchone() == (1,)


def test_an_exchange_killed_anywhere_is_taken_up_again(server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    _killed_everywhere(server, sites, tmp_path, 7)


@pytest.mark.long
def test_an_exchange_killed_at_every_statement(server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    _killed_everywhere(server, sites, tmp_path, 1)


def test_an_exchange_killed_in_the_middle_of_any_message_is_taken_up_again(server: stand.Server, sites: Opened,
                                                                          tmp_path: Path) -> None:
    _killed_everywhere(server, sites, tmp_path, 1, WRITE)


def _server_killed_everywhere(server: stand.Server, sites: Opened, stride: int, at: str) -> int:
    """Before each death something new waits to be pushed; after it the server is started again, and everything is
    there once. Returns how often it died."""
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    n = died = 0
    while True:
        tickets.note(geneva.desk, ticket, f"note {n}")
        tickets.edit(geneva.desk, ticket, {"title": f"title {n}"})
        with server_that_dies_at(server.folder, n, at) as (url, dead):
            reach(url, geneva)
            over_the_line = Client(geneva.path, clock=geneva.clock)
            try:
                over_the_line.exchange()
            except ExchangeFailed as failed:
                broken = failed.code
            else:
                break
            finally:
                over_the_line.close()
            assert broken == "unreachable"
            until(dead)
        died += 1
        geneva.exchange()
        _each_once(server)
        n += stride
    settled(lausanne, geneva)
    equal(server, geneva, lausanne)
    noted = [text for (text,) in lausanne.desk.reader.execute("SELECT text FROM note ORDER BY pk")]
    assert noted == [f"note {at}" for at in range(0, n + 1, stride)]
    return died


def _each_once(server: stand.Server) -> None:
    """The server's order, its devices' counts and its chain have neither gap nor double."""
    with closing(sqlite3.connect(server.folder / "exchange.db")) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        ((seq, chain),) = conn.execute("SELECT seq, chain FROM head").fetchall()
        entries = conn.execute("SELECT seq, device, n FROM entry WHERE seq IS NOT NULL ORDER BY seq").fetchall()
        ((begun,),) = conn.execute("SELECT chain FROM mark WHERE seq = 0").fetchall()
        link = bytes.fromhex(begun)
        for placed, device, n in entries:
            link = blake2b(link + device.encode() + n.to_bytes(8, "big") + placed.to_bytes(8, "big"),
                           digest_size=8).digest()
        assert link.hex() == chain
        assert [placed for placed, _device, _n in entries] == list(range(1, seq + 1))
        counts = conn.execute("SELECT count(*), max(n), (SELECT last_n FROM device d WHERE d.id = e.device) "
                              "FROM entry e GROUP BY device").fetchall()
        assert all(many == newest == last for many, newest, last in counts)


def test_s02_a_server_killed_at_any_instant_of_a_push_has_each_entry_once(server: stand.Server, sites: Opened) -> None:
    assert _server_killed_everywhere(server, sites, 8, STATEMENT) >= 4


def test_s02_a_server_killed_in_the_middle_of_any_answer_has_each_entry_once(server: stand.Server,
                                                                             sites: Opened) -> None:
    assert _server_killed_everywhere(server, sites, 1, WRITE) >= 2


@pytest.mark.long
def test_s02_a_server_killed_at_every_statement_of_a_push(server: stand.Server, sites: Opened) -> None:
    assert _server_killed_everywhere(server, sites, 1, STATEMENT) >= 20
