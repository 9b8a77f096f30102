"""Outsourcers at their own consoles: real desks, the real exchange, each with the part an admin granted."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.desk import admin, erasing, handoffs, tickets
from supportdesk.store import rows
from supportdesk.store.doctor import findings
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.codes import Audience, LinkKind
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, proof_of_replay, settled


def _outsourced(server: stand.Server, sites: Opened, login: str = "ben") -> tuple[stand.Site, stand.Site, UUID, UUID]:
    """Geneva is the desk's own; Lausanne is another company's team: the sites, its team and Geneva's."""
    geneva, lausanne = sites("geneva", "lausanne", enrolled=False)
    stand.enrol(server, geneva)
    team = admin.save(geneva.desk, "team", {
        "slug": "alpha", "name": "Alpha", "employer": "outsourcer", "company": "Alpha SA", "level": 2})
    admin.add_agent(geneva.desk, login, {"teams": (team,), "employer": "outsourcer", "roles": ("agent", "lead")})
    geneva.exchange()
    lausanne.client.enroll(stand.URL, server.exchange.make_code(agents=[login], scopes=["alpha"]))
    lausanne.exchange()
    own = UUID(bytes=geneva.desk.reader.execute("SELECT id FROM team WHERE slug = 'hotline'").fetchone()[0])
    return geneva, lausanne, team, own


def _here(site: stand.Site, id: UUID) -> bool:
    return rows.read(site.desk.reader, "ticket", id) is not None


def _bytes(path: Path) -> bytes:
    return b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal") if Path(f"{path}{end}").exists())


def _moved(site: stand.Site, id: UUID, team: UUID) -> None:
    tickets.assign(site.desk, [id], team=team)


def test_r28_the_outsourcers_file_holds_no_byte_of_what_is_not_its_part(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    mine, theirs = [call(geneva, f"marker{n}own") for n in range(5)], call(geneva, "markeralpha")
    tickets.note(geneva.desk, mine[0], "markernote")
    _moved(geneva, theirs, team)
    tickets.note(geneva.desk, theirs, "markerinner")
    settled(geneva, lausanne)
    assert _here(lausanne, theirs)
    assert not any(_here(lausanne, id) for id in mine)
    content = _bytes(lausanne.path)
    assert b"markeralpha" in content
    for marker in (*(f"marker{n}own".encode() for n in range(5)), b"markernote", b"markerinner"):
        assert marker not in content


def test_s28_a_case_that_moves_out_leaves_the_file_and_comes_back_whole(server: stand.Server, sites: Opened,
                                                                      tmp_path: Path) -> None:
    geneva, lausanne, team, own = _outsourced(server, sites)
    case = call(geneva, "vpnmarker")
    _moved(geneva, case, team)
    tickets.note(geneva.desk, case, "told the caller", Audience.CALLER)
    settled(geneva, lausanne)
    told = [(item.kind, item.text) for item in timeline(lausanne.desk.reader, case)]
    assert ("note", "told the caller") in told
    _moved(geneva, case, own)
    settled(geneva, lausanne)
    assert not _here(lausanne, case)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        for table in ("note", "contact", "caller"):
            assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        assert conn.execute("SELECT count(*) FROM ticket_fts WHERE ticket_fts MATCH 'vpnmarker'").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM entry WHERE fields LIKE '%vpnmarker%'").fetchone() == (0,)
    proof_of_replay(tmp_path, lausanne)
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    again = [(item.kind, item.text) for item in timeline(lausanne.desk.reader, case)]
    assert again[: len(told)] == told
    proof_of_replay(tmp_path, lausanne)


def test_s28_a_case_given_away_before_the_first_exchange_leaves_the_file_that_made_it(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne, team, own = _outsourced(server, sites)
    _moved(geneva, call(geneva, "by which Lausanne knows Ana"), team)
    settled(geneva, lausanne)
    case, stays = call(lausanne, "given away"), call(lausanne, "stays here")
    tickets.note(lausanne.desk, case, "the whole story", Audience.CALLER)
    tickets.link(lausanne.desk, stays, case, LinkKind.CHILD)
    tickets.assign(lausanne.desk, [case], team=own, agent=geneva.desk.agent.id, owner=geneva.desk.agent.id,
                   reason="yours")
    assert lausanne.exchange().refused == 0
    settled(geneva, lausanne)
    assert (_here(lausanne, case), _here(lausanne, stays)) == (False, True)
    assert rows.read(geneva.desk.reader, "ticket", case) is not None
    with closing(sqlite3.connect(lausanne.path)) as conn:
        assert conn.execute("SELECT count(*) FROM link").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM note WHERE text = 'the whole story'").fetchone() == (0,)
    proof_of_replay(tmp_path, lausanne, geneva)


def test_a_case_goes_to_level_2_and_back_and_its_contact_owner_keeps_it_in_sight(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    """First line at the outsourcer, second at home: the field's three tiers across companies."""
    geneva, lausanne, _team, own = _outsourced(server, sites)
    case = call(lausanne, "escalated")
    tickets.note(lausanne.desk, case, "for our house only")
    offer = handoffs.offer(lausanne.desk, case, own, {"request": "please look"}, "caller waits")
    settled(lausanne, geneva)
    handoffs.accept(geneva.desk, offer)
    tickets.note(geneva.desk, case, "router replaced", Audience.CALLER)
    tickets.solve(geneva.desk, [case], "router replaced")
    settled(geneva, lausanne)
    row = rows.read(lausanne.desk.reader, "ticket", case)
    assert row is not None
    assert (row["team_id"], row["status"], row["solution"]) == (own, "solved", "router replaced")
    told = {item.text for item in timeline(lausanne.desk.reader, case)}
    assert {"for our house only", "router replaced"} <= told
    with closing(sqlite3.connect(lausanne.path)) as conn:
        assert [f for f in findings(conn, lausanne.path, desks.NOW, None) if f.code == "references"] == []
    proof_of_replay(tmp_path, lausanne, geneva)


def test_work_on_a_case_that_left_meanwhile_is_refused_aloud_and_kept(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, own = _outsourced(server, sites)
    case = call(geneva, "leaves")
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    _moved(geneva, case, own)
    tickets.edit(lausanne.desk, case, {"title": "typed while offline"})
    geneva.exchange()
    assert lausanne.exchange().refused == 1
    assert not _here(lausanne, case)
    status = lausanne.client.status()
    assert status is not None
    assert status.refusals[0].reason == "That record is not there (any more)."
    assert "typed while offline" in repr(stand.texts(lausanne.path))


def test_s28_what_an_admin_revokes_leaves_the_file_and_what_he_grants_again_comes_back(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    case = call(geneva, "revoked")
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    device = lausanne.desk.reader.execute("SELECT id FROM device").fetchone()[0]
    id = str(UUID(bytes=device))
    server.exchange.scopes(id, revoke=["alpha"])
    lausanne.exchange()
    assert not _here(lausanne, case)
    assert lausanne.desk.reader.execute("SELECT count(*) FROM image_scope").fetchone() == (0,)
    server.exchange.scopes(id, grant=["alpha"])
    lausanne.exchange()
    assert _here(lausanne, case)
    server.exchange.scopes(id, grant=["own"], revoke=["alpha"])
    everything = call(geneva, "everything")
    settled(geneva, lausanne)
    assert _here(lausanne, everything)
    server.exchange.scopes(id, grant=["alpha"], revoke=["own"])
    lausanne.exchange()
    assert not _here(lausanne, everything)
    assert _here(lausanne, case)


def test_s37_a_part_that_suffered_in_the_file_is_pulled_anew(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    case = call(geneva, "suffers")
    _moved(geneva, case, team)
    settled(geneva, lausanne)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        conn.execute("UPDATE image SET doc = replace(doc, 'suffers', 'changed') WHERE entity = 'ticket'")
        conn.commit()
    assert any(lausanne.exchange().mended for _look in range(20)), "each exchange looks at some of the images"
    row: dict[str, Any] | None = rows.read(lausanne.desk.reader, "ticket", case)
    assert row is not None
    assert row["description"] == "suffers"
    assert lausanne.exchange().mended == 0



def test_a_window_lets_old_tickets_leave_the_file_and_the_sum_stays_exact(server: stand.Server, sites: Opened,
                                                                        tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    closed, open_ = call(geneva, "closedmarker"), call(geneva, "openmarker")
    tickets.solve(geneva.desk, [closed], "done")
    settled(geneva, lausanne)
    id = str(UUID(bytes=lausanne.desk.reader.execute("SELECT id FROM device").fetchone()[0]))
    server.exchange.scopes(id, window=90)
    settled(geneva, lausanne)
    assert _here(lausanne, closed)
    now = server.exchange.clock()
    server.exchange.clock = lambda: now + timedelta(days=91)
    assert server.exchange.sweep()
    assert lausanne.exchange().mended == 0
    assert _here(lausanne, open_)
    assert not _here(lausanne, closed)
    assert _here(geneva, closed)
    number = geneva.desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (closed.bytes,)).fetchone()[0]
    assert not lausanne.client.ask_ticket("999-9999-9")
    assert not geneva.client.ask_ticket(number), "it has everything"
    assert lausanne.client.ask_ticket(number)
    assert [i.text for i in timeline(lausanne.desk.reader, closed)] == [
        i.text for i in timeline(geneva.desk.reader, closed)]
    assert lausanne.exchange().mended == 0
    tickets.note(geneva.desk, closed, "he called again")
    settled(geneva, lausanne)
    assert _here(lausanne, closed)
    assert ("note", "he called again") in [(i.kind, i.text) for i in timeline(lausanne.desk.reader, closed)]
    proof_of_replay(tmp_path, lausanne)


def test_s25_an_outsourcers_file_forgets_a_person_whose_case_it_has_and_one_it_only_read_about(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    case = call(geneva, "marker1")  # of the caller "caller marker1"
    (his,) = (UUID(bytes=id) for (id,) in geneva.desk.reader.execute("SELECT caller_id FROM ticket"))
    other = call(geneva, "somebody else, as CALLER MARKER1 says")
    _moved(geneva, case, team)
    _moved(geneva, other, team)
    settled(geneva, lausanne)
    tickets.note(lausanne.desk, case, "marker1 for the customer", Audience.CALLER)
    lausanne.exchange()
    assert b"marker1" in _bytes(lausanne.path).lower()
    tickets.cancel(geneva.desk, [case], "by mistake")
    settled(geneva, lausanne)
    erasing.erase(geneva.desk, his)
    settled(geneva, lausanne)
    assert b"marker1" not in _bytes(lausanne.path).lower()
    assert b"marker1" not in _bytes(server.folder / "exchange.db").lower()
    assert _here(lausanne, case)
    assert _here(lausanne, other)
    assert server.exchange.erasures()[0].waiting == ()
    server.exchange.backup(server.folder.parent / "backup")  # whose proof sums up both parts
