"""Desks that exchange through a real server: what one did the others have, and nobody loses a word."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import admin, calls, conflicts, tickets
from supportdesk.store import rows
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from supportdesk.store.views.timeline import timeline
from supportdesk.sync.transport import ExchangeFailed
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, proof_of_replay, settled


def test_two_desks_that_worked_a_month_alone_enrol_and_end_equal(server: stand.Server, sites: Opened) -> None:
    geneva, basel = sites("geneva", "basel", enrolled=False)
    for number in range(5):
        call(geneva, f"geneva {number}")
        tickets.note(basel.desk, call(basel, f"basel {number}"), "restarted")
    before = {row for site in (geneva, basel) for row in site.desk.reader.execute("SELECT number FROM ticket")}
    for site in (geneva, basel):
        stand.enrol(server, site)
    settled(geneva, basel)
    equal(server, geneva, basel)
    for site in (geneva, basel):
        assert set(site.desk.reader.execute("SELECT number FROM ticket").fetchall()) == before
        assert site.desk.reader.execute("SELECT count(*) FROM agent WHERE login = 'ana'").fetchone() == (1,)
        status = site.client.status()
        assert status is not None
        assert (status.waiting, status.refused, status.failure) == (0, 0, None)
    assert {n.partition("-")[0] for n in
            (geneva.desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (call(geneva).bytes,)).fetchone())
            } == {"100"}


def test_a_colleague_let_in_at_two_desks_is_one_and_nobody_has_to_choose(server: stand.Server, sites: Opened) -> None:
    """Each desk names its own site for him, unasked: that is no disagreement of two people."""
    geneva, basel = sites("geneva", "basel", enrolled=False)
    for site in (geneva, basel):
        admin.add_agent(site.desk, "dora", {})
    own = geneva.desk.reader.execute("SELECT site_id FROM agent WHERE login = 'dora'").fetchone()
    for site in (geneva, basel):
        stand.enrol(server, site)
    settled(geneva, basel)
    equal(server, geneva, basel)
    for site in (geneva, basel):
        assert site.desk.reader.execute("SELECT count(*) FROM conflict").fetchone() == (0,)
        assert site.desk.reader.execute("SELECT site_id FROM agent WHERE login = 'dora'").fetchall() == [own]
        (teams,) = site.desk.reader.execute("SELECT teams FROM agent WHERE login = 'dora'").fetchone()
        assert len(json.loads(teams)) == 2, "he works in the team of either desk"


def test_what_one_desk_does_stands_on_the_other_with_its_history(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    tickets.note(geneva.desk, ticket, "restarted the client")
    settled(geneva, lausanne)
    told = [(item.kind, item.text) for item in timeline(lausanne.desk.reader, ticket)]
    assert told == [(item.kind, item.text) for item in timeline(geneva.desk.reader, ticket)]
    assert ("note", "restarted the client") in told
    found = lausanne.desk.reader.execute(
        "SELECT count(*) FROM ticket_fts WHERE ticket_fts MATCH 'restarted'").fetchone()
    assert found == (1,)
    equal(server, geneva, lausanne)


def test_s08_two_agents_change_one_field_and_both_see_both_values_until_one_settles_it(
    server: stand.Server, sites: Opened, tmp_path: Path
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    tickets.edit(geneva.desk, ticket, {"title": "VPN Genève"})
    tickets.edit(lausanne.desk, ticket, {"title": "VPN Lausanne", "wish": "today"})
    geneva.exchange()
    assert lausanne.exchange().conflicts == 1
    geneva.exchange()
    for site in (geneva, lausanne):
        row = rows.read(site.desk.reader, "ticket", ticket)
        assert row is not None
        assert (row["title"], row["wish"]) == ("VPN Genève", "today")
        (line,) = open_conflicts(site.desk.reader)
        assert (line.kept, line.kept_by, line.offered, line.offered_by) == ("VPN Genève", "ana", "VPN Lausanne", "ben")
    equal(server, geneva, lausanne)
    proof_of_replay(tmp_path, geneva, lausanne)
    (line,) = open_conflicts(lausanne.desk.reader)
    conflicts.resolve(lausanne.desk, line.id, "keep-mine")
    settled(lausanne, geneva)
    for site in (geneva, lausanne):
        assert open_conflicts(site.desk.reader) == []
        assert site.desk.reader.execute("SELECT title FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone() == (
            "VPN Lausanne",)
    equal(server, geneva, lausanne)


def test_s10_two_agents_take_one_ticket_and_one_holds_it_everywhere(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = calls.open_ticket(geneva.desk, {"title": "New screen"}).id
    settled(geneva, lausanne)
    for site in (lausanne, geneva):
        tickets.take(site.desk, [ticket])
        tickets.note(site.desk, ticket, f"{site.login} has it")
    assert lausanne.exchange().conflicts == 0
    assert geneva.exchange().conflicts == 1, "who came second is told at once"
    settled(lausanne, geneva)
    for site in (geneva, lausanne):
        reader = site.desk.reader
        assert reader.execute("SELECT a.login FROM ticket t JOIN agent a ON a.id = t.assignee_id WHERE t.id = ?",
                              (ticket.bytes,)).fetchall() == [("ben",)]
        (line,) = open_conflicts(reader)
        assert (line.field, line.kept_by, line.offered_by, line.kept_at != line.offered_at) == (
            "assignee_id", "ben", "ana", True)
        assert sorted(reader.execute("SELECT text FROM note")) == [("ana has it",), ("ben has it",)]
    equal(server, geneva, lausanne)


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_whatever_is_lost_on_the_line_the_next_exchange_goes_on(server: stand.Server, sites: Opened,
                                                               lost: str, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    number = 1
    while True:
        ticket = call(geneva, f"call {number}")
        tickets.note(lausanne.desk, call(lausanne, f"other {number}"), "tried")
        failed = False
        for site in (geneva, lausanne):
            site.line.count = 0
            site.line.fails = lambda count, when, at=number: count == at and when == lost  # type: ignore[misc]
            try:
                site.exchange()
            except ExchangeFailed:
                failed = True
                status = site.client.status()
                assert status is not None
                assert status.failure == "unreachable"
            proof_of_replay(tmp_path, site)
            site.line.fails = lambda _count, _when: False
        assert geneva.desk.reader.execute("SELECT 1 FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone()
        settled(geneva, lausanne)
        equal(server, geneva, lausanne)
        if not failed:
            break
        number += 1
    assert number >= 3
    with closing(sqlite3.connect(geneva.path)) as conn:
        assert conn.execute("SELECT count(*) FROM entry WHERE state != 'confirmed'").fetchone() == (0,)
