"""An outsourcer's console and the server that was put back to an older state: it ends equal to its part."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from supportdesk.desk import admin, tickets
from supportdesk.server import tables
from supportdesk.store import rows
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.test_scopes import _here, _moved, _outsourced
from tests.sync.work import call, kept, proof_of_replay, put_back, settled


def _part(server: stand.Server) -> dict[str, int]:
    """The rows of the company's scopes and their revisions, as the server keeps them."""
    m, d = tables.membership, tables.doc
    query = select(m.c.id, d.c.rev).join(d, d.c.id == m.c.id).where(m.c.scope != tables.OWN, m.c.gone.is_(False))
    with tables.reading(server.exchange.engine) as conn:
        return {row.id: row.rev for row in conn.execute(query)}


def _held(site: stand.Site) -> dict[str, int]:
    with closing(sqlite3.connect(site.path)) as conn:
        return {str(UUID(bytes=id)): rev for id, rev in conn.execute("SELECT id, rev FROM image WHERE rev > 0")}


def _shown(site: stand.Site) -> set[str]:
    """Every row that is not a starter row nobody changed."""
    return {str(UUID(bytes=id)) for entities in stand.shared(site.path).values() for id in entities}


def _ticket(site: stand.Site, id: UUID) -> dict[str, Any]:
    row = rows.read(site.desk.reader, "ticket", id)
    assert row is not None
    return row


def _second_team(server: stand.Server, geneva: stand.Site, lausanne: stand.Site) -> UUID:
    """The company's console works for another of its teams as well."""
    team = admin.save(geneva.desk, "team", {
        "slug": "beta", "name": "Beta", "employer": "outsourcer", "company": "Alpha SA", "level": 1})
    geneva.exchange()
    device = lausanne.desk.reader.execute("SELECT id FROM device").fetchone()[0]
    assert server.exchange.scopes(str(UUID(bytes=device)), grant=["beta"]) == ["alpha", "beta"]
    settled(geneva, lausanne)
    return team


def test_s14_an_outsourcers_console_ends_equal_to_its_part_and_nothing_it_did_is_lost(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne, team, own = _outsourced(server, sites)
    other = _second_team(server, geneva, lausanne)
    stays, leaves, crosses = call(geneva, "stays"), call(geneva, "leaves"), call(geneva, "crosses")
    for case in (stays, leaves, crosses):
        _moved(geneva, case, team)
    settled(geneva, lausanne)
    only_here = _shown(lausanne) - _part(server).keys()  # the team and the site it began with alone
    copy = kept(server, tmp_path)
    theirs, comes = call(lausanne, "taken at the outsourcer's"), call(geneva, "comes")
    tickets.edit(lausanne.desk, stays, {"title": "edited there"})
    _moved(geneva, comes, team)
    _moved(geneva, crosses, other)
    _moved(geneva, leaves, own)
    settled(geneva, lausanne)
    tickets.note(lausanne.desk, stays, "not sent yet")
    assert not _here(lausanne, leaves)
    put_back(server, copy, geneva, lausanne)
    assert lausanne.exchange().brought_back > 0
    settled(geneva, lausanne)
    assert _held(lausanne) == _part(server)
    assert _shown(lausanne) - _part(server).keys() == only_here
    assert [_here(lausanne, case) for case in (stays, theirs, comes, crosses, leaves)] == [
        True, True, True, True, False]
    for site in (geneva, lausanne):
        assert _ticket(site, stays)["title"] == "edited there"
        assert _ticket(site, theirs)["description"] == "taken at the outsourcer's"
        assert open_conflicts(site.desk.reader) == []
    assert _held(geneva) == {id: rev for kept in server.documents().values() for id, (rev, _doc) in kept.items()}
    assert lausanne.exchange().mended == 0
    proof_of_replay(tmp_path, lausanne)


def test_s14_a_case_that_came_and_went_in_the_lost_order_leaves_the_file_all_the_same(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    """The restored server is told of both moves at once: in its order the case was never there."""
    geneva, lausanne, team, own = _outsourced(server, sites)
    case = call(geneva, "vpnmarker")
    settled(geneva, lausanne)
    copy = kept(server, tmp_path)
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    assert _here(lausanne, case)
    _moved(geneva, case, own)
    geneva.exchange()
    put_back(server, copy, geneva, lausanne)
    settled(geneva, lausanne)
    assert not _here(lausanne, case)
    assert _held(lausanne) == _part(server)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        for gone in ("contact", "caller", "ticket_fts WHERE ticket_fts MATCH 'vpnmarker'",
                     "image WHERE doc LIKE '%vpnmarker%'", "entry WHERE fields LIKE '%vpnmarker%'"):
            assert conn.execute(f"SELECT count(*) FROM {gone}").fetchone() == (0,), gone


def test_a_ticket_asked_for_by_number_stays_through_a_restore(server: stand.Server, sites: Opened,
                                                              tmp_path: Path) -> None:
    from datetime import timedelta

    geneva, lausanne = sites("geneva", "lausanne")
    closed = call(geneva, "closed")
    tickets.solve(geneva.desk, [closed], "done")
    settled(geneva, lausanne)
    id = str(UUID(bytes=lausanne.desk.reader.execute("SELECT id FROM device").fetchone()[0]))
    server.exchange.scopes(id, window=90)
    now = server.exchange.clock()
    server.exchange.clock = lambda: now + timedelta(days=91)
    server.exchange.sweep()
    copy = kept(server, tmp_path)
    late = call(geneva, "after the copy")
    settled(geneva, lausanne)
    number = geneva.desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (closed.bytes,)).fetchone()[0]
    assert lausanne.client.ask_ticket(number)
    put_back(server, copy, geneva, lausanne)
    lausanne.exchange()
    with closing(sqlite3.connect(lausanne.path)) as conn:
        counted = conn.execute("SELECT count(*) FROM image_scope WHERE scope = 'asked' AND rev > 0").fetchone()
    assert counted == (0,), "its number is one of the order that was lost"
    assert _here(lausanne, late), "of the desk's own sites nothing is deleted because the server lacks it"
    settled(geneva, lausanne)
    assert _here(lausanne, closed)
    tickets.note(geneva.desk, closed, "he called again")
    settled(geneva, lausanne)
    assert _ticket(lausanne, closed)["rev"] == _ticket(geneva, closed)["rev"]
    assert _ticket(lausanne, late)["rev"] == _ticket(geneva, late)["rev"]
    assert lausanne.exchange().mended == 0


def test_s14_what_the_restored_server_lacks_stays_in_an_outsourcers_file(server: stand.Server, sites: Opened,
                                                                        tmp_path: Path) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    settled(geneva, lausanne)
    copy = kept(server, tmp_path)
    case = call(geneva, "after the copy")
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    put_back(server, copy, geneva, lausanne)
    settled(lausanne)
    assert _ticket(lausanne, case)["description"] == "after the copy"
    settled(geneva, lausanne)
    assert _held(lausanne) == _part(server)
    assert str(case) in _held(lausanne)
