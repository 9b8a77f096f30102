"""A person is erased: his words are nowhere any more, and nothing that comes late brings them back."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import admin, care, erasing, people, tickets
from supportdesk.desk.desk import Desk
from supportdesk.server import putting_back
from supportdesk.server.place import Place
from supportdesk.store.clock import utc_now
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.errors import NotPermitted
from tests.journal import desks, proof
from tests.sync import person, stand, work
from tests.sync.conftest import Opened
from tests.sync.person import NAME
from tests.sync.work import device, equal, settled


def _late(site: stand.Site, his: person.Person) -> None:
    """Somebody who does not know of it yet writes about him."""
    tickets.note(site.desk, his.case, f"zqlate1 {NAME}")
    tickets.note(site.desk, his.other, f"{NAME} called again from 079 123 45 67")
    tickets.edit(site.desk, his.case, {"title": "zqlate2"})
    with site.desk.journal.action("open_ticket", site.desk.who) as act:
        new = act.create("ticket", {
            "number": act.next_number(), "title": "zqlate3", "status": "closed", "caller_id": his.id, "level": 1,
            "caller_name": NAME, "created_at": act.at, "team_id": site.desk.agent.team, "impact": 3, "urgency": 3,
            "priority": "P4",
        })
        act.create("note", {"ticket_id": new, "text": "zqlate4", "at": act.at, "agent_id": site.desk.agent.id,
                            "audience": "internal"})
    his.marks += ["zqlate1", "zqlate2", "zqlate3", "zqlate4"]


def test_s25_after_an_erasure_no_byte_of_the_person_is_left_at_the_server_or_at_any_console(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    tickets.edit(geneva.desk, his.case, {"description": "zqmark-kept"})
    tickets.edit(lausanne.desk, his.case, {"description": "zqmark-offered"})
    his.marks += ["zqmark-kept", "zqmark-offered"]
    settled(geneva, lausanne)
    for file in (geneva.path, lausanne.path, server.folder / "exchange.db"):
        person.in_free_pages(file, his)
    person.draft(lausanne.desk, his)
    assert len(his.marks) >= 50
    assert {mark for marks in person.found(tmp_path, his).values() for mark in marks} >= set(his.marks)
    before, findings = person.statistics(geneva.path), care.findings(geneva.desk)

    erasing.erase(geneva.desk, his.id)
    assert [file for file in person.found(tmp_path, his) if file.startswith("geneva")] == []
    geneva.exchange()
    assert [file for file in person.found(tmp_path, his) if file.startswith("server")] == []
    (line,) = server.exchange.erasures()
    assert (line.done, line.consoles, line.cleaned, line.caller) == (1, 2, True, str(his.id))
    assert [waiting.id for waiting in line.waiting] == [device(lausanne)]
    lausanne.exchange()
    assert [(line.done, line.waiting) for line in server.exchange.erasures()] == [(2, ())]

    assert person.found(tmp_path, his) == {}
    assert person.statistics(geneva.path) == before
    equal(server, geneva, lausanne)
    for site in (geneva, lausanne):
        proof.assert_replay_is_equal(site.path, tmp_path / f"replayed-{site.login}.db")
    assert care.findings(geneva.desk) == findings
    assert server.exchange.backup(tmp_path / "afterwards").seq == server.exchange.head(), "the proof of a backup holds"


def test_s26_what_an_offline_console_still_wrote_about_the_person_is_scrubbed_when_it_comes(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    _late(lausanne, his)
    tickets.edit(lausanne.desk, his.other, {"description": "nobody spoke of him after all"})
    erasing.erase(geneva.desk, his.id)
    geneva.exchange()
    done = lausanne.exchange()
    assert (done.refused, done.conflicts) == (0, 0)
    settled(geneva, lausanne)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)
    with closing(sqlite3.connect(geneva.path)) as conn:
        said = {text for (text,) in conn.execute("SELECT text FROM note WHERE agent_id = ?",
                                                 (lausanne.desk.agent.id.bytes,))}
    assert said == {"[…]", "[…] called again from […]"}


def test_s26_what_was_somebody_elses_by_then_comes_back_to_those_who_took_it_for_his(
        server: stand.Server, sites: Opened) -> None:
    """He was joined with another record, which has his case now. Who ordered the erasure did not know, nor did Zurich:
    both took his case with them, and get it again."""
    geneva, lausanne, zurich = sites("geneva", "lausanne", "zurich")
    case = work.call(geneva, "zqcase")
    tickets.note(geneva.desk, case, "zqnote")
    work.call(geneva, "zqother")
    his, other = (UUID(bytes=geneva.desk.reader.execute(
        "SELECT id FROM caller WHERE name = ?", (f"caller {name}",)).fetchone()[0]) for name in ("zqcase", "zqother"))
    settled(geneva, lausanne, zurich)
    admin.save(geneva.desk, "agent", {"roles": ("agent", "lead")}, lausanne.desk.agent.id)
    settled(geneva, lausanne)
    people.merge_callers(lausanne.desk, his, other)
    assert lausanne.exchange().refused == 0
    tickets.cancel(geneva.desk, [case], "closed")
    erasing.erase(geneva.desk, his)
    assert "zqnote" not in work.words(geneva)
    settled(geneva, lausanne, zurich)
    equal(server, geneva, lausanne, zurich)
    assert {"zqcase", "zqnote"} <= set(work.words(geneva))
    for site in (geneva, lausanne, zurich):
        assert site.exchange().mended == 0
        assert site.desk.reader.execute("SELECT name FROM caller WHERE id = ?", (his.bytes,)).fetchone() == ("[…]",)


def test_s14_rows_that_were_being_fetched_anew_are_brought_back_to_a_restored_server(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    """Whoever wrote them is gone, and the one who has them holds them without a place in the order just then."""
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    yesterday = work.kept(server, tmp_path)
    tickets.note(geneva.desk, his.case, "about him, and lost with the disk")
    settled(geneva, lausanne)
    erasing.erase(lausanne.desk, his.id)
    work.put_back(server, yesterday, lausanne)
    lausanne.exchange()
    settled(lausanne)
    equal(server, lausanne)
    assert len(server.documents()["note"]) == geneva.desk.reader.execute("SELECT count(*) FROM note").fetchone()[0]


def test_s26_a_push_that_comes_again_after_it_was_scrubbed_is_known_and_changes_nothing(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    _late(lausanne, his)
    erasing.erase(geneva.desk, his.id)
    geneva.exchange()
    lausanne.line.fails = lambda _number, when: when == "answer"
    with pytest.raises(ExchangeFailed):
        lausanne.exchange()
    lausanne.line.fails = lambda _number, _when: False
    head = server.exchange.head()
    assert lausanne.exchange().refused == 0
    assert server.exchange.head() == head
    settled(geneva, lausanne)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)


@pytest.mark.parametrize("by_hand", [True, False], ids=["file put back", "server restore"])
def test_s26_a_restored_server_erases_again_before_anybody_is_served(server: stand.Server, sites: Opened,
                                                                     tmp_path: Path, by_hand: bool) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    with closing(sqlite3.connect(server.folder / "exchange.db")) as conn:
        conn.execute("VACUUM INTO ?", (str(tmp_path / "by-hand"),))
    server.exchange.backup(tmp_path / "backup")
    _late(lausanne, his)
    erasing.erase(geneva.desk, his.id)
    settled(geneva, lausanne)
    server.close()
    if by_hand:
        for suffix in ("-wal", "-shm"):
            (server.folder / f"exchange.db{suffix}").unlink(missing_ok=True)
        shutil.copy(tmp_path / "by-hand", server.folder / "exchange.db")
    else:
        putting_back.restore(Place(str(server.folder)), tmp_path / "backup", utc_now())
    for copy in ("by-hand", "backup"):
        (tmp_path / copy).unlink()
    if not by_hand:
        assert person.found(server.folder, his) == {}
    server.start()
    assert person.found(server.folder, his) == {}
    for site in (geneva, lausanne):
        site.line.inner = server.mounted
    settled(geneva, lausanne, geneva)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)


def test_s26_rows_a_console_brings_back_to_a_restored_server_come_without_the_person(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    geneva.exchange()
    server.exchange.backup(tmp_path / "backup")
    zurich_past = tmp_path / "lausanne-before.db"
    settled(geneva, lausanne)
    _late(geneva, his)
    settled(geneva, lausanne)  # Lausanne holds rows the backup does not know, and is away from here on
    lausanne.desk.close_reader()
    with closing(sqlite3.connect(lausanne.path)) as conn:
        conn.execute("VACUUM INTO ?", (str(zurich_past),))
    zurich_past.unlink()
    erasing.erase(geneva.desk, his.id)
    geneva.exchange()
    server.close()
    putting_back.restore(Place(str(server.folder)), tmp_path / "backup", utc_now())
    (tmp_path / "backup").unlink()
    server.start()
    for site in (geneva, lausanne):
        site.line.inner = server.mounted
    assert lausanne.exchange().brought_back > 0
    assert [file for file in person.found(tmp_path, his) if file.startswith("server")] == []
    settled(geneva, lausanne, geneva)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)


def test_s26_a_desk_put_back_from_before_forgets_the_person_again(sites: Opened, tmp_path: Path) -> None:
    (alone,) = sites("geneva", enrolled=False)
    his = person.known(alone.desk, tmp_path)
    care.backup(alone.desk, tmp_path / "before.sdbackup")
    with closing(sqlite3.connect(alone.path)) as conn:
        conn.execute("VACUUM INTO ?", (str(tmp_path / "by-hand.db"),))
    erasing.erase(alone.desk, his.id)
    alone.close()
    care.restore(alone.path, tmp_path / "before.sdbackup", utc_now())
    (tmp_path / "before.sdbackup").unlink()
    assert set(person.found(tmp_path, his)) == {"by-hand.db"}
    proof.assert_replay_is_equal(alone.path, tmp_path / "replayed.db")
    with closing(sqlite3.connect(alone.path)) as conn:
        assert conn.execute("SELECT count(*) FROM caller WHERE erased_at IS NOT NULL").fetchone() == (1,)
    (tmp_path / "by-hand.db").replace(alone.path)
    for suffix in ("-wal", "-shm"):
        Path(f"{alone.path}{suffix}").unlink(missing_ok=True)
    Desk(alone.path, as_login="ana", clock=desks.Clock()).close()
    assert person.found(tmp_path, his) == {}


def test_s26_what_a_revoked_console_still_sent_is_scrubbed_in_quarantine_and_when_it_is_taken(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne, zurich = sites("geneva", "lausanne", "zurich")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne, zurich)
    _late(lausanne, his)
    server.exchange.revoke(device(lausanne))
    with pytest.raises(ExchangeFailed):
        lausanne.exchange()  # before the erasure
    _late(zurich, his)
    erasing.erase(geneva.desk, his.id)
    geneva.exchange()
    server.exchange.revoke(device(zurich))
    with pytest.raises(ExchangeFailed):
        zurich.exchange()  # after it
    assert person.found(server.folder, his) == {}
    for action in dict.fromkeys(kept.id for kept in server.exchange.in_quarantine()):
        assert {result["r"] for result in server.exchange.accept(action)} <= {"ok", "merged"}
    settled(geneva)
    assert person.found(server.folder, his) == {}
    assert [file for file in person.found(tmp_path, his) if file.startswith("geneva")] == []
    equal(server, geneva)


def test_an_erasure_the_server_refuses_is_none_and_the_person_comes_back(server: stand.Server, sites: Opened,
                                                                         tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    ben = lausanne.desk.agent.id
    admin.save(geneva.desk, "agent", {"roles": ("agent", "admin")}, ben)
    settled(geneva, lausanne)
    admin.save(geneva.desk, "agent", {"roles": ("agent",)}, ben)
    geneva.exchange()
    with closing(desks.console(lausanne.path, "ben", lausanne.clock)) as unaware:
        erasing.erase(unaware, his.id)
    assert lausanne.exchange().refused == 1
    assert server.exchange.erasures() == []
    assert server.documents()["caller"][str(his.id)][1]["name"] == NAME
    equal(server, geneva, lausanne)


def test_s26_what_is_written_by_those_who_know_of_it_stays(server: stand.Server, sites: Opened,
                                                          tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    erasing.erase(geneva.desk, his.id)
    settled(geneva, lausanne)
    tickets.note(lausanne.desk, his.other, f"a new customer is called {NAME}, too")
    settled(lausanne, geneva)
    assert any(f"a new customer is called {NAME}, too" == values.get("text")
               for _rev, values in server.documents()["note"].values())
    assert json.loads((server.folder / "erasures.json").read_text())


def test_s26_what_its_admin_still_wrote_before_the_server_heard_of_it_goes_everywhere_alike(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    erasing.erase(geneva.desk, his.id)
    tickets.note(geneva.desk, his.case, "zqlate5")
    tickets.edit(geneva.desk, his.case, {"title": "zqlate6"})
    his.marks += ["zqlate5", "zqlate6"]
    settled(geneva, lausanne)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)


def test_s25_the_words_in_which_a_case_was_closed_cancelled_or_reopened_go(sites: Opened, tmp_path: Path) -> None:
    (alone,) = sites("geneva", enrolled=False)
    his = person.known(alone.desk, tmp_path)
    tickets.reopen(alone.desk, [his.case], "zqwhy1")
    tickets.close(alone.desk, [his.case], "zqwhy2")
    tickets.reopen(alone.desk, [his.case], "zqwhy3")
    tickets.cancel(alone.desk, [his.case], "zqwhy4")
    his.marks += [f"zqwhy{number}" for number in range(1, 5)]
    erasing.erase(alone.desk, his.id)
    assert person.found(tmp_path, his) == {}


def test_s26_what_is_written_while_a_restored_server_still_counts_goes_everywhere_alike(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    his = person.known(geneva.desk, tmp_path)
    settled(geneva, lausanne)
    erasing.erase(geneva.desk, his.id)
    settled(geneva, lausanne)
    backup = server.exchange.backup(tmp_path / "backup").path
    tickets.note(geneva.desk, his.other, "which the backup does not have")
    geneva.exchange()
    server.close()
    putting_back.restore(Place(str(server.folder)), backup, utc_now())
    server.start()
    for site in (geneva, lausanne):
        site.line.inner = server.mounted
    counts_anew = "SELECT number IS NULL FROM erasure"
    geneva.line.fails = lambda _number, when: when == "request" and work.asked(geneva, counts_anew)
    with pytest.raises(ExchangeFailed):
        geneva.exchange()
    geneva.line.fails = lambda _number, _when: False
    tickets.note(geneva.desk, his.case, "zqlate7")
    his.marks.append("zqlate7")
    settled(geneva, lausanne)
    assert person.found(tmp_path, his) == {}
    equal(server, geneva, lausanne)


def _second_record(desk: Desk, his: person.Person) -> UUID:
    """The same person once more, by another name, and marked."""
    his.marks += ["zqmark901", "zqmark902"]
    return people.save_caller(desk, {"name": "Zebulon Quark", "employee_number": his.marks[-2],
                                     "remarks": his.marks[-1]})


def test_s25_a_record_joined_with_an_erased_person_is_erased_too(sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    his = person.known(geneva.desk, tmp_path)
    erasing.erase(geneva.desk, his.id)
    other = _second_record(geneva.desk, his)
    people.merge_callers(geneva.desk, other, his.id)
    assert person.found(tmp_path, his) == {}
    (row,) = geneva.desk.reader.execute("SELECT erased_at IS NOT NULL, merged_into_id FROM caller WHERE id = ?",
                                        (other.bytes,))
    assert row == (1, his.id.bytes)
    third = people.save_caller(geneva.desk, {"name": "Zebulon Quark"})
    people.merge_callers(geneva.desk, third, people.save_caller(geneva.desk, {"name": "Anna Blatter"}))
    assert not erasing.is_erased(geneva.desk, third), "whoever was joined with somebody else stays"


def test_only_who_erases_joins_a_record_with_an_erased_person(sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    his = person.known(geneva.desk, tmp_path)
    erasing.erase(geneva.desk, his.id)
    other = _second_record(geneva.desk, his)
    agent = geneva.desk.agent
    geneva.desk.agent = agent._replace(verbs=agent.verbs - {"erase"})
    try:
        with pytest.raises(NotPermitted):
            people.merge_callers(geneva.desk, other, his.id)
    finally:
        geneva.desk.agent = agent
    assert geneva.desk.reader.execute("SELECT merged_into_id, erased_at FROM caller WHERE id = ?",
                                      (other.bytes,)).fetchone() == (None, None)


def test_s26_a_record_joined_offline_with_somebody_erased_meanwhile_goes_everywhere(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne, zurich = sites("geneva", "lausanne", "zurich")
    his = person.known(geneva.desk, tmp_path)
    other = _second_record(geneva.desk, his)
    settled(geneva, lausanne, zurich)
    admin.save(geneva.desk, "agent", {"roles": ("agent", "lead")}, lausanne.desk.agent.id)
    settled(geneva, lausanne, zurich)
    people.merge_callers(lausanne.desk, other, his.id)
    erasing.erase(geneva.desk, his.id)
    geneva.exchange()
    done = lausanne.exchange()
    assert (done.refused, done.conflicts) == (0, 0)
    settled(geneva, lausanne, zurich)
    assert person.found(tmp_path, his) == {}
    assert len(server.exchange.erasures()) == 2
    equal(server, geneva, lausanne, zurich)
