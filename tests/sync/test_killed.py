"""A console killed (-9) between any two statements of an exchange goes on with the next: nothing lost or doubled."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import tickets
from supportdesk.store import database
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.dying import exchange_and_die_at
from tests.sync.test_exchange import _call, _equal, _settled, proof_of_replay


def _killed_everywhere(server: stand.Server, sites: Opened, folder: Path, stride: int) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = _call(geneva)
    _settled(geneva, lausanne)
    tickets.edit(geneva.desk, ticket, {"title": "Geneva"})
    tickets.edit(lausanne.desk, ticket, {"title": "Lausanne"})
    tickets.note(geneva.desk, ticket, "tried")
    lausanne.exchange()
    geneva.close()
    n = killed = 0
    with stand.listening(server.exchange) as url:
        with closing(sqlite3.connect(geneva.path)) as conn:
            conn.execute("UPDATE sync_state SET url = ?", (url,))
            conn.commit()
        while True:
            done = exchange_and_die_at(geneva.path, n)
            with closing(database.check(geneva.path)) as conn:
                assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
            proof_of_replay(folder, geneva)
            with closing(sqlite3.connect(geneva.path)) as conn:
                conn.execute("UPDATE sync_state SET held_until = 0")
                conn.commit()
            if done:
                break
            killed += 1
            n += stride
    assert killed >= 3
    geneva.client.close()
    geneva.desk = desks.console(geneva.path, "ana", geneva.clock)
    _settled(geneva, lausanne)
    _equal(server, geneva, lausanne)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        assert conn.execute("SELECT text FROM note").fetchall() == [("tried",)]
        assert conn.execute("SELECT title FROM ticket").fetchall() == [("Lausanne",)]
        assert conn.execute("SELECT count(*) FROM conflict").fetchone() == (1,)


def test_an_exchange_killed_anywhere_is_taken_up_again(server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    _killed_everywhere(server, sites, tmp_path, 7)


@pytest.mark.long
def test_an_exchange_killed_at_every_statement(server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    _killed_everywhere(server, sites, tmp_path, 1)
