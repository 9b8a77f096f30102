"""Programs of different versions side by side, each a process of its own: what one does not know is kept as it came or
waits by itself, and everything else goes on (field/sync.md 2.10). ``tests/ahead`` is the program three versions on."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from supportdesk.desk import tickets
from supportdesk.desk.exchange_words import exchange_words
from supportdesk.desk.sentences import sentence
from supportdesk.server import pulling
from supportdesk.server.exchange import Exchange
from supportdesk.store import held
from supportdesk.store.doctor import findings
from supportdesk.store.views.look import look
from supportdesk.store.views.queue import View
from supportdesk.store.views.sync import ExchangeLine, exchange_line
from supportdesk.store.views.ticket import ticket as ticket_view
from supportdesk.store.views.timeline import timeline
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import SCHEMA
from tests.journal import desks
from tests.server.running import PATIENCE, Serving, serving, supportdesk
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, settled

OLD, AHEAD = "supportdesk", "tests.ahead"


class Far:
    """Two desks that were let in at a server; each says which program it runs."""

    def __init__(self, prepared: dict[str, Path], folder: Path) -> None:
        self.data = folder / "server"
        self.sites = {name: stand.Site(path, login, None, desks.Clock()) for (name, path), login in zip(
            stand.copies(prepared, folder, "geneva", "lausanne"), ("ana", "ben"), strict=True)}
        self.geneva, self.lausanne = self.sites.values()
        self.port = 0

    @contextmanager
    def server(self, program: str) -> Iterator[Serving]:
        """The server, always at the same address."""
        with serving(self.data, port=self.port, program=program) as running:
            self.port = httpx.URL(running.url).port or 0
            yield running

    def enrol(self, server: Serving) -> None:
        self.geneva.client.enroll(server.url, server.code)
        self.lausanne.client.enroll(server.url, self.code("ben"))

    def code(self, login: str) -> str:
        """As the admin's command makes it beside a running server."""
        exchange = Exchange.open(self.data)
        try:
            return exchange.make_code(agents=[login])
        finally:
            exchange.close()

    def close(self) -> None:
        for site in self.sites.values():
            site.close()


def run(site: stand.Site, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command on a site's file by a program; it must go well."""
    done = subprocess.run(
        supportdesk(*arguments, program=program), env=os.environ | {"SUPPORTDESK_DB": str(site.path)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def ahead(site: stand.Site, *before: str) -> dict[str, Any]:
    """An exchange by the program three versions on; what it said."""
    told: dict[str, Any] = json.loads(run(site, AHEAD, *before, "--json", "sync", "now").stdout)
    return told


def rows(path: Path) -> dict[str, dict[bytes, tuple[Any, ...]]]:
    """Every shared row the server confirmed, with what a file three versions on has beside; what is only ever computed
    here, and the column of a name that was given up, are left out."""
    found = {}
    with closing(sqlite3.connect(path)) as conn:
        for entity in (*ENTITIES, "room"):
            names = [name for (_n, name, *_) in conn.execute(f"PRAGMA table_info({entity})")
                     if name not in ("pk", "id", "wish", "updated_at")]
            found[entity] = {id: tuple(values) for id, *values in conn.execute(
                f"SELECT id, {', '.join(names)} FROM {entity} WHERE rev > 0")}
    return found


def number_of(site: stand.Site, ticket: UUID) -> str:
    (number,) = site.desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone()
    return str(number)


def work_ahead(site: stand.Site, ticket: UUID) -> dict[str, Any]:
    """What only that program can do (tests/ahead/work), and an exchange."""
    return ahead(site, "work", str(site.path), site.login, number_of(site, ticket), "cross")


@pytest.fixture
def far(prepared: dict[str, Path], tmp_path: Path) -> Iterator[Far]:
    made = Far(prepared, tmp_path)
    yield made
    made.close()


def test_s20_a_console_three_versions_behind_its_server(far: Far) -> None:
    """500 entries of an old console are taken, one by one or renamed; what it does not know survives its edits; after
    its update everything is there."""
    with far.server(AHEAD) as server:
        far.enrol(server)
        old, new = far.lausanne, far.geneva
        ticket = call(old)
        with old.desk.journal.bulk():
            for number in range(248):
                tickets.edit(old.desk, ticket, {"wish": f"wish {number}"})
                tickets.note(old.desk, ticket, f"note {number}")
        sent = raw(old, "SELECT next_n - 1 FROM device")[0]
        told = json.loads(run(old, OLD, "--json", "sync", "now").stdout)
        assert sent >= 500
        assert (told["pushed"], told["refused"], told["held"]) == (sent, 0, 0)
        assert stand.documents(far.data)["ticket"][str(ticket)][1]["asked_for"] == "wish 247"
        new.exchange()
        assert work_ahead(new, ticket)["held"] == 0
        done = old.exchange()
        assert (done.mended, done.conflicts) == (0, 0)
        assert_shows_what_it_does_not_know(old, ticket)
        tickets.edit(old.desk, ticket, {"title": "edited over it", "wish": "of the old one again"})
        with old.desk.journal.action("resume", old.desk.who) as act:
            act.set("ticket", ticket, {"status": "in_progress"})
        done = old.exchange()
        assert (done.conflicts, done.refused) == (0, 0)
        assert ahead(new)["pulled"] > 0
        mood, asked, title, status = raw(new, "SELECT mood, asked_for, title, status FROM ticket WHERE id = ?", ticket)
        assert (mood, asked, title, status) == ("cross", "of the old one again", "edited over it", "in_progress")
        assert ahead(old)["mended"] == 0  # its program was updated
        assert rows(old.path) == rows(new.path)
        assert raw(old, "SELECT name, seats, tags FROM room") == ("Léman", 6, '["quiet","upstairs"]')


def test_s21_a_console_three_versions_ahead_of_its_server(far: Far) -> None:
    """What the server knows goes through, what it does not waits and is said; after its update it goes, in order and
    once."""
    old, new = far.lausanne, far.geneva
    with far.server(OLD) as server:
        far.enrol(server)
        ticket = call(new)
        new.exchange()
        old.exchange()
        told = work_ahead(new, ticket)
        assert (told["held"], told["refused"], told["conflicts"]) == (3, 0, 0)
        assert told["pushed"] == 4
        assert exchange_words(line_of(new), 0, UTC) == ("server is older: 3 wait",)
        tickets.note(old.desk, ticket, "goes on beside it")
        old.exchange()
        assert_shows_what_it_does_not_know(old, ticket, asked_for=None, room=False)
        tickets.edit(old.desk, ticket, {"wish": "of the old one"})
        old.exchange()
        assert "3 changes wait for its update" in run(new, AHEAD, "sync", "now").stderr
        assert exchange_words(line_of(new), 0, UTC) == ("server is older: 3 wait",)
        assert raw(new, "SELECT seats FROM room") == (6,)
    with far.server(AHEAD):
        told = ahead(new)
        assert (told["held"], told["pushed"], told["refused"]) == (0, 3, 0)
        assert raw(new, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == (0,)
        with closing(sqlite3.connect(far.data / "exchange.db")) as conn:
            made = [n for (n,) in conn.execute("SELECT n FROM entry WHERE entity = 'room' ORDER BY seq")]
            assert made == sorted(made)
            assert conn.execute("SELECT count(*), max(seq) FROM entry WHERE seq IS NOT NULL").fetchone() == (
                conn.execute("SELECT seq, seq FROM head").fetchone())
        old.exchange()
        assert raw(old, "SELECT count(*) FROM image WHERE entity = 'room'") == (1,)
        ahead(old)
        assert rows(old.path) == rows(new.path)
        assert raw(old, "SELECT name, seats FROM room") == ("Léman", 6)
        assert raw(old, "SELECT asked_for FROM ticket WHERE id = ?", ticket) == ("of the old one",)


def test_s20_a_console_too_far_behind_sends_all_it_has_and_is_told_to_be_updated(
    server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    monkeypatch.setattr(pulling, "OLDEST", SCHEMA + 1)
    for text in ("one", "two"):
        tickets.note(geneva.desk, ticket, text)
        with pytest.raises(ExchangeFailed, match="update needed") as failed:
            geneva.exchange()
        assert failed.value.code == "update"
        assert raw(geneva, "SELECT count(*) FROM entry WHERE state != 'confirmed'") == (0,)
        assert exchange_words(line_of(geneva), 0, UTC) == ("update needed",)
    assert {note["text"] for _rev, note in server.documents()["note"].values()} == {"one", "two"}
    monkeypatch.undo()
    settled(geneva, lausanne)
    assert exchange_words(line_of(geneva), 0, UTC) == ()
    assert stand.as_documents(geneva.path) == stand.as_documents(lausanne.path) == server.documents()


def line_of(site: stand.Site) -> ExchangeLine:
    """What line 1 is told."""
    found = exchange_line(site.desk.reader, site.login)
    assert found is not None
    return found


def raw(site: stand.Site, sql: str, id: UUID | None = None) -> tuple[Any, ...]:
    with closing(sqlite3.connect(site.path)) as conn:
        found: tuple[Any, ...] = conn.execute(sql, () if id is None else (id.bytes,)).fetchone()
    return found


def assert_shows_what_it_does_not_know(site: stand.Site, ticket: UUID, asked_for: str | None = "wished by ana",
                                       room: bool = True) -> None:
    """An old program keeps it, shows it raw where it stands in sight, and its views, listings and doctor go on."""
    extra, stands, status = raw(site, "SELECT extra, wish, status FROM ticket WHERE id = ?", ticket)
    assert json.loads(extra) == {"mood": "cross"} | ({"asked_for": asked_for} if asked_for else {})
    assert (stands, status) == ("wished by ana", "parked")
    assert raw(site, "SELECT count(*) FROM image WHERE entity = 'room'") == (int(room),)
    conn, now_us = site.desk.reader, 0
    view = ticket_view(conn, ticket)
    assert view is not None
    assert view.status == "parked"
    assert [line.status for line in look(conn, View.ALL, site.desk.agent, now_us).lines] == ["parked"]
    said = [sentence(item, view.number, str) for item in timeline(conn, ticket)]
    assert any("parked" in line for line in said)
    assert any("furnish" in line for line in said) is room
    assert findings(conn, site.path, desks.NOW, None) is not None


def test_what_waits_for_a_newer_server_is_counted_without_reading_the_journal(sites: Opened) -> None:
    (geneva,) = sites("geneva")
    plan = geneva.desk.reader.execute(f"EXPLAIN QUERY PLAN SELECT count(*) {held._HELD}", (held.HELD,)).fetchall()
    assert not [step for *_, step in plan if step.startswith(("SCAN e", "SEARCH e USING INTEGER PRIMARY KEY (rowid<"))]
