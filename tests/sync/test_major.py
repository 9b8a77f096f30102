"""A major incident at several sites: everybody has the sentence, another company only what it told its own callers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk import admin, calls, erasing, major, outages, tickets
from supportdesk.desk.calls import Call
from supportdesk.desk.major_end import Answer, end_major, tell_the_end
from supportdesk.store import rows
from supportdesk.store.views.major import cases, running
from supportdesk.store.views.major import major as read
from supportdesk.terms.errors import Invalid, NotPermitted
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.test_scopes import _moved, _outsourced
from tests.sync.work import call, equal, settled

SAID = {"fr": "Le VPN est en panne.", "de": "Das VPN ist gestört."}


def declared(site: stand.Site, ticket: UUID, *cases: UUID, title: str = "VPN") -> UUID:
    now = site.clock.now
    return major.declare_major(site.desk, ticket, title=title, began_at=now - timedelta(minutes=9), texts=SAID,
                               valid_until=now + timedelta(hours=1), cases=cases)


def test_both_sites_say_the_same_sentence_and_see_who_was_told(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket, case = call(geneva), call(lausanne)
    id = declared(geneva, ticket)
    settled(geneva, lausanne)
    major.hang_on(lausanne.desk, case, id, how="phone")
    major.say_statement(lausanne.desk, id, {"fr": "Retour à 15 h."}, desks.NOW + timedelta(hours=3))
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        (found,) = running(site.desk.reader)
        assert found.statement is not None
        assert (found.title, found.statement.texts, found.cases) == ("VPN", {"fr": "Retour à 15 h."}, 1)
        assert [(each.ticket_id, each.is_told) for each in cases(site.desk.reader, found)] == [(case, True)]
    equal(server, geneva, lausanne)


def test_of_two_sites_that_declare_one_ticket_the_first_leads_and_its_end_ends_both(
    server: stand.Server, sites: Opened
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    first = declared(geneva, ticket)
    declared(lausanne, ticket, title="VPN again")
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        assert [each.id for each in running(site.desk.reader)] == [first]
    tickets.solve(lausanne.desk, [ticket], "restarted", told=True)
    settled(geneva, lausanne)
    ended = [at for (at,) in geneva.desk.reader.execute("SELECT ended_at IS NOT NULL FROM major_incident")]
    assert ended == [1, 1]
    equal(server, geneva, lausanne)


def test_what_is_said_at_one_site_while_another_ends_it_is_kept(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket, case = call(geneva), call(lausanne)
    id = declared(geneva, ticket)
    settled(geneva, lausanne)
    end_major(geneva.desk, id, "restarted")
    major.say_statement(lausanne.desk, id, {"fr": "Retour à 15 h."}, desks.NOW + timedelta(hours=3))
    major.hang_on(lausanne.desk, case, id)
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        assert running(site.desk.reader) == ()
        found = read(site.desk.reader, id)
        assert found is not None
        assert (found.statement and found.statement.texts, found.cases) == ({"fr": "Retour à 15 h."}, 1)
    equal(server, geneva, lausanne)


def test_another_company_has_the_sentence_and_only_its_own_callers(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    ticket, ours, theirs = call(geneva, "markerown"), call(geneva, "markerown two"), call(geneva, "markeralpha")
    _moved(geneva, theirs, team)
    id = declared(geneva, ticket, ours)
    major.tell(geneva.desk, ours, how="phone", who="markerown boss")
    settled(geneva, lausanne)
    (found,) = running(lausanne.desk.reader)
    assert found.statement is not None
    assert (found.title, found.statement.texts, found.number, found.cases) == ("VPN", SAID, "", 0)
    with pytest.raises(Invalid, match="another company's"):
        major.hang_on(lausanne.desk, theirs, id)
    major.hang_on(lausanne.desk, theirs, id, how="phone", who="Kern")
    major.tell(lausanne.desk, theirs, how="mail", who="Kern")
    joined = calls.take_call(lausanne.desk, Call(ticket={"caller_name": "Roch"}, major_id=id)).id
    settled(geneva, lausanne)
    told = [(UUID(bytes=raw), who) for raw, who in lausanne.desk.reader.execute(
        "SELECT ticket_id, who FROM told ORDER BY at")]
    assert told == [(theirs, "Kern"), (theirs, "Kern"), (joined, "Roch")]
    assert [who for (who,) in geneva.desk.reader.execute("SELECT who FROM told ORDER BY at, id")] == [
        "markerown boss", "Kern", "Kern", "Roch"]
    assert rows.read(lausanne.desk.reader, "ticket", ticket) is None
    assert [text for text in stand.texts(lausanne.path) if "markerown" in text] == []
    assert geneva.desk.reader.execute("SELECT count(*) FROM entry WHERE state = 'rejected'").fetchone() == (0,)
    assert lausanne.desk.reader.execute(
        "SELECT count(*) FROM entry WHERE state = 'rejected' AND verb != 'administer'").fetchone() == (0,)


def test_what_every_company_reads_is_written_by_the_desks_own_sites(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, _team, _own = _outsourced(server, sites)
    ticket, other = call(lausanne), call(geneva)
    id = declared(geneva, other)
    settled(geneva, lausanne)
    later = desks.NOW + timedelta(hours=3)
    with pytest.raises(NotPermitted, match="own sites"):
        declared(lausanne, ticket)
    with pytest.raises(NotPermitted, match="own sites"):
        major.say_statement(lausanne.desk, id, SAID, later)
    with pytest.raises(NotPermitted, match="own sites"):
        major.steer_major(lausanne.desk, id, {"title": "all"})
    with pytest.raises(Invalid, match="another company's"):
        end_major(lausanne.desk, id, "restarted")
    with lausanne.desk.journal.action("say_statement", lausanne.desk.who) as act:  # as a forged program would
        act.create("statement", {"major_id": id, "texts": {"fr": "Payez ici."}, "at": act.at, "valid_until": later})
        act.set("major_incident", id, {"next_update_at": later})
    settled(geneva, lausanne)
    (found,) = running(geneva.desk.reader)
    assert found.statement is not None
    assert (found.statement.texts, found.next_update_us) == (SAID, found.statement.valid_until_us)
    assert lausanne.desk.reader.execute("SELECT count(*) FROM entry WHERE verb = 'say_statement' "
                                        "AND state = 'rejected'").fetchone() == (2,)


def test_the_company_that_works_on_it_ends_it_with_its_ticket(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, team, _own = _outsourced(server, sites)
    ticket, case = call(geneva), call(geneva)
    id = declared(geneva, ticket, case)
    _moved(geneva, ticket, team)
    settled(geneva, lausanne)
    tickets.solve(lausanne.desk, [ticket], "restarted", told=True)
    settled(geneva, lausanne)
    assert running(geneva.desk.reader) == running(lausanne.desk.reader) == ()
    assert geneva.desk.reader.execute("SELECT count(*) FROM outage WHERE ended_at IS NULL").fetchone() == (0,)
    tell_the_end(geneva.desk, {case: Answer("phone", still_broken=False)})
    found = rows.read(geneva.desk.reader, "ticket", case)
    assert found is not None
    assert found["solution"] == "restarted"
    tickets.reopen(lausanne.desk, [ticket])
    settled(geneva, lausanne)
    assert [each.id for each in running(geneva.desk.reader)] == [id]


def test_who_was_told_is_forgotten_at_every_site_and_on_the_server(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket, case = call(geneva), call(geneva, "markerkern")
    id = declared(geneva, ticket)
    settled(geneva, lausanne)
    major.hang_on(lausanne.desk, case, id, how="phone", who="markerboss")
    settled(geneva, lausanne)
    end_major(geneva.desk, id, "restarted", {case: Answer("phone", "markerboss", still_broken=False)})
    product = admin.save(geneva.desk, "product", {"slug": "vpn", "name": "VPN"})
    outages.note_outage(lausanne.desk, case, desks.NOW - timedelta(hours=1), desks.NOW, product_id=product,
                        reason="markerboss pulled the plug")
    settled(geneva, lausanne)
    row = rows.read(geneva.desk.reader, "ticket", case)
    assert row is not None
    erasing.erase(geneva.desk, row["caller_id"])
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        assert not any("markerboss" in text for text in stand.texts(site.path) + stand.overwritten(site.path))
        reasons = site.desk.reader.execute("SELECT reason FROM entry WHERE reason LIKE '%markerboss%'").fetchall()
        assert reasons == []
        assert site.desk.reader.execute("SELECT count(*), count(who) FROM told").fetchone() == (2, 0)
    assert "markerboss" not in str(server.documents())
