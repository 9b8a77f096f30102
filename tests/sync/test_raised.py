"""What an older version of the program wrote here, or sent, bears today's names wherever it enters or is read."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import calls, refusals, tickets
from supportdesk.rules.schema import STEPS, Line, Step, fields_for, raised, row_for, row_now
from supportdesk.store import database, newly_known
from supportdesk.store.refusals import refused_entries
from supportdesk.store.views.refusals import refusals as listed
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.entries import SCHEMA
from tests.journal import desks, proof
from tests.sync import stand
from tests.sync.conftest import Opened


@pytest.fixture(autouse=True)
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 said ``hope``, and what is ``edit_ticket`` now was two verbs."""
    monkeypatch.setitem(STEPS, 1, Step(
        {"ticket": {"hope": "wish"}},
        lambda line: line._replace(verb="edit_ticket") if line.verb == "edit_hope" else line))


def test_each_step_is_pure_and_leaves_what_it_does_not_concern() -> None:
    fields = {"hope": [None, "soon"], "title": ["a", "b"]}
    old = Line("edit_hope", "ticket", "set", fields)
    assert raised(old, 1) == Line("edit_ticket", "ticket", "set", {"wish": [None, "soon"], "title": ["a", "b"]})
    assert raised(old, SCHEMA) == old
    assert fields == {"hope": [None, "soon"], "title": ["a", "b"]}
    assert row_now("ticket", {"hope": 1, "title": 2}) == {"wish": 1, "title": 2}
    assert row_now("note", {"hope": 1}) == {"hope": 1}
    assert row_for("ticket", {"wish": 1, "title": 2}, 1) == {"wish": 1, "hope": 1, "title": 2}
    assert row_now("ticket", row_for("ticket", {"wish": 1}, 1)) == {"wish": 1}
    assert row_for("ticket", {"wish": 1}, SCHEMA) == {"wish": 1}
    assert fields_for("ticket", {"wish": [None, 1], "title": [1, 2]}, 1) == {"hope": [None, 1], "title": [1, 2]}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[stand.Site, UUID]]:
    """A desk whose last action was written by version 1 of the program."""
    path = desks.make(tmp_path / "desk.db")
    site = stand.Site(path, "ana", None, desks.Clock())
    ticket = calls.open_ticket(site.desk, {"title": "x", "wish": "before"}).id
    tickets.edit(site.desk, ticket, {"wish": "soon"})
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("UPDATE entry SET schema = 1, fields = replace(fields, 'wish', 'hope'), "
                     "verb = replace(verb, 'edit_ticket', 'edit_hope') WHERE entity = 'ticket'")
    yield site, ticket
    site.close()


def test_its_journal_is_replayed_told_and_undone(old: tuple[stand.Site, UUID], tmp_path: Path) -> None:
    site, ticket = old
    assert proof.assert_replay_is_equal(site.path, tmp_path / "replayed.db") > 0
    changes = [(change.field, change.after) for item in timeline(site.desk.reader, ticket) for change in item.changes]
    assert ("wish", "soon") in changes
    site.desk.journal.undo(site.desk.who)
    assert site.desk.reader.execute("SELECT wish FROM ticket").fetchone() == ("before",)


def test_its_refused_work_is_listed_and_done_again(old: tuple[stand.Site, UUID]) -> None:
    site, _ticket = old
    with closing(sqlite3.connect(site.path)) as conn, conn:
        conn.execute("UPDATE entry SET state = 'rejected' WHERE verb = 'edit_hope'")
        conn.execute("INSERT INTO refused (entry, reason, at) SELECT id, 'no', 0 FROM entry WHERE verb = 'edit_hope'")
        conn.execute("UPDATE ticket SET wish = 'before'")
    (line,) = listed(site.desk.reader)
    (entry,) = refused_entries(site.desk.reader, line.action)
    assert (entry.before, entry.after) == ({"wish": "before"}, {"wish": "soon"})
    refusals.send_again(site.desk, line.action)
    assert site.desk.reader.execute("SELECT wish FROM ticket").fetchone() == ("soon",)


def test_its_pending_work_stands_on_an_image_of_today_and_goes_out(
    server: stand.Server, sites: Opened
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = calls.take_call(geneva.desk, calls.Call(ticket={"description": "x", "wish": "before"})).id
    for site in (geneva, lausanne):
        site.exchange()
    tickets.edit(geneva.desk, ticket, {"wish": "soon"})
    with closing(sqlite3.connect(geneva.path)) as conn, conn:
        conn.execute("UPDATE entry SET schema = 1, fields = replace(fields, 'wish', 'hope') WHERE state = 'local'")
    tickets.edit(lausanne.desk, ticket, {"title": "meanwhile"})
    lausanne.exchange()
    geneva.exchange()
    lausanne.exchange()
    assert lausanne.desk.reader.execute("SELECT wish, title FROM ticket").fetchone() == ("soon", "meanwhile")
    assert stand.as_documents(geneva.path) == stand.as_documents(lausanne.path) == server.documents()


def test_what_stood_beside_a_row_is_laid_into_it_when_there_is_a_column(old: tuple[stand.Site, UUID]) -> None:
    site, ticket = old
    with closing(database.connect(site.path)) as conn, conn:
        conn.execute("UPDATE entry SET state = 'confirmed', seq = 1")
        conn.execute("INSERT INTO image (entity, id, rev, doc) VALUES ('ticket', ?, 9, ?)",
                     (ticket.bytes, json.dumps({"title": "x", "hope": "of the image", "mood": "cross"})))
        conn.execute("UPDATE ticket SET rev = 9, extra = ?", (json.dumps({"wish": "kept beside", "mood": "cross"}),))
        newly_known.lay(conn)
        row = conn.execute("SELECT wish, extra FROM ticket").fetchone()
    assert row == ("of the image", '{"mood":"cross"}')
