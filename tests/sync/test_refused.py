"""What the server does not take stays where it was typed, with the reason; the rest goes on."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import calls, refusals, tickets
from supportdesk.store import rows
from supportdesk.terms.errors import Changed, NotFound
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, proof_of_replay, settled


def _as_admin(site: stand.Site, ticket: UUID) -> None:
    """Work of an agent the server does not know at this desk: it refuses what he wrote."""
    with closing(sqlite3.connect(site.path)) as conn:
        conn.execute("UPDATE entry SET agent = ? WHERE entity_id = ? AND state = 'local'",
                     (desks.BEN.bytes, ticket.bytes))
        conn.commit()


def test_a_refused_change_leaves_the_row_and_is_kept_with_its_reason(server: stand.Server, sites: Opened,
                                                                     tmp_path: Path) -> None:
    geneva, zurich = sites("geneva", "zurich")
    ticket = call(geneva)
    settled(geneva, zurich)
    tickets.edit(geneva.desk, ticket, {"title": "typed in vain"})
    _as_admin(geneva, ticket)
    tickets.note(geneva.desk, ticket, "still goes out")
    done = geneva.exchange()
    assert done.refused == 1
    row = rows.read(geneva.desk.reader, "ticket", ticket)
    assert row is not None
    assert row["title"] != "typed in vain"
    status = geneva.client.status()
    assert status is not None
    (refusal,) = status.refusals
    assert (refusal.verb, refusal.ticket, refusal.reason) == (
        "edit_ticket", row["number"], "This agent does not work at this console.")
    assert stand.texts(geneva.path)[json.dumps({"title": [None, "typed in vain"]}, separators=(",", ":"))] or any(
        "typed in vain" in text for text in stand.texts(geneva.path))
    settled(zurich, geneva)
    equal(server, geneva, zurich)
    proof_of_replay(tmp_path, geneva)
    assert zurich.desk.reader.execute("SELECT text FROM note").fetchall() == [("still goes out",)]


def test_a_row_whose_making_was_refused_stays_with_its_author(server: stand.Server, sites: Opened,
                                                             tmp_path: Path) -> None:
    geneva, zurich = sites("geneva", "zurich")
    ticket = calls.open_ticket(geneva.desk, {"title": "never taken"}).id
    _as_admin(geneva, ticket)
    tickets.edit(geneva.desk, ticket, {"wish": "today"})
    assert geneva.exchange().refused == 2
    row = rows.read(geneva.desk.reader, "ticket", ticket)
    assert row is not None
    assert (row["title"], row["wish"], row["rev"]) == ("never taken", "today", 0)
    settled(zurich, geneva)
    assert zurich.desk.reader.execute("SELECT count(*) FROM ticket").fetchone() == (0,)
    proof_of_replay(tmp_path, geneva, zurich)
    assert geneva.exchange().refused == 0, "nothing is sent twice"


def test_undo_keeps_to_what_was_done_here_and_who_changed_something_is_told_rightly(server: stand.Server,
                                                                                   sites: Opened) -> None:
    geneva, basel, lausanne = sites("geneva", "basel", "lausanne")
    ticket = call(geneva)
    settled(geneva, basel, lausanne)
    tickets.edit(geneva.desk, ticket, {"title": "mine"})
    tickets.edit(basel.desk, ticket, {"wish": "today"})
    settled(basel, geneva)
    undone = geneva.desk.journal.undo(geneva.desk.who)
    assert undone.verb == "edit_ticket"
    row = rows.read(geneva.desk.reader, "ticket", ticket)
    assert row is not None
    assert (row["title"] != "mine", row["wish"]) == (True, "today")
    settled(geneva, lausanne)
    seen = {"title": row["title"]}
    tickets.edit(lausanne.desk, ticket, {"title": "Ben's"})
    settled(lausanne, geneva)
    with pytest.raises(Changed) as refused:
        tickets.edit(geneva.desk, ticket, {"title": "again"}, seen)
    assert (refused.value.theirs, refused.value.by) == ("Ben's", "ben")


def test_what_was_refused_is_sent_again_by_somebody_who_may_also_the_making_of_a_row(
    server: stand.Server, sites: Opened, tmp_path: Path
) -> None:
    geneva, zurich = sites("geneva", "zurich")
    made = calls.open_ticket(geneva.desk, {"title": "at the second try"})
    tickets.note(geneva.desk, made.id, "with its note")
    not_by_ben(geneva)
    geneva.exchange()
    for action in refused_actions(geneva):
        refusals.send_again(geneva.desk, action)
    with pytest.raises(NotFound):
        refusals.send_again(geneva.desk, action)
    assert geneva.exchange().refused == 0
    settled(zurich, geneva)
    equal(server, geneva, zurich)
    assert zurich.desk.reader.execute("SELECT t.number, t.title, n.text FROM ticket t JOIN note n").fetchall() == [
        (made.number, "at the second try", "with its note")]
    status = geneva.client.status()
    assert status is not None
    assert status.refused == 0
    proof_of_replay(tmp_path, geneva)


def not_by_ben(site: stand.Site) -> None:
    """All that waits was written by an agent the server does not know at this desk."""
    with closing(sqlite3.connect(site.path)) as conn:
        conn.execute("UPDATE entry SET agent = ? WHERE state = 'local'", (desks.BEN.bytes,))
        conn.commit()


def refused_actions(site: stand.Site) -> list[UUID]:
    return [UUID(bytes=action) for (action,) in site.desk.reader.execute(
        "SELECT e.action FROM refused r JOIN entry e ON e.id = r.entry GROUP BY e.action ORDER BY min(e.pk)")]
