"""A desk's file that was copied, or put back from last week: two identities, nothing lost and nothing doubled."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from supportdesk.desk import tickets
from supportdesk.server import reading
from supportdesk.store.views.numbers import find_number
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.verbs import VERBS
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.dying import exchange_and_die_at
from tests.sync.work import call, copied, device, equal, forget_hold, kept, put_back, reach, settled, words


def _numbers(site: stand.Site) -> list[str]:
    with closing(sqlite3.connect(site.path)) as conn:
        return [number for (number,) in conn.execute("SELECT number FROM ticket")]


def test_s18_a_file_copied_to_a_second_machine_becomes_two_identities_and_nothing_is_lost_or_doubled(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    shared = call(geneva, "before the copy")
    geneva.exchange()
    tickets.note(geneva.desk, shared, "waiting when it was copied")
    copy = stand.Site(copied(geneva.path, tmp_path / "copy.db"), "ana", server, geneva.clock)
    for number in range(3):
        call(geneva, f"at the original {number}")
        call(copy, f"at the copy {number}")
        tickets.note(copy.desk, shared, f"from the copy {number}")
    geneva.exchange()
    done = copy.exchange()
    assert done.copied
    assert not geneva.exchange().copied
    for site in (geneva, copy, geneva, copy):
        call(site, "later")
        site.exchange()
        assert not site.exchange().copied
    geneva.exchange()
    copy.exchange()
    equal(server, geneva, copy)
    assert words(copy) == sorted([
        "before the copy", "waiting when it was copied", *(f"at the original {n}" for n in range(3)),
        *(f"at the copy {n}" for n in range(3)), *(f"from the copy {n}" for n in range(3)), *["later"] * 4])
    assert len({site.desk.reader.execute("SELECT id FROM device").fetchone()[0] for site in (geneva, copy)}) == 2
    assert len(set(_numbers(geneva))) == len(_numbers(geneva)), "no two tickets share a number"
    told = [number for (number,) in copy.desk.reader.execute("SELECT json_extract(offered, '$') FROM conflict")]
    assert len(told) == 3, "what both had given out before they knew of each other"
    for site in (geneva, copy):
        assert all(len(find_number(site.desk.reader, number).matches) == 2 for number in told)
        status = site.client.status()
        assert status is not None
        assert (status.waiting, status.refused) == (0, 0)
    copy.close()


def test_s18_a_copy_that_corrects_what_both_hold_disagrees_with_nobody(server: stand.Server, sites: Opened,
                                                                       tmp_path: Path) -> None:
    """It was written before the file was copied and had not been sent: who wrote the second word had seen the first."""
    (geneva,) = sites("geneva")
    case, other = call(geneva), call(geneva)
    geneva.exchange()
    for id in (case, other):
        tickets.edit(geneva.desk, id, {"title": "first word"})
    copy = stand.Site(copied(geneva.path, tmp_path / "copy.db"), "ana", server, geneva.clock)
    geneva.exchange()
    tickets.edit(geneva.desk, other, {"title": "of the original"})
    geneva.exchange()
    for id in (case, other):
        tickets.edit(copy.desk, id, {"title": "of the copy"})
    done = copy.exchange()
    assert (done.copied, done.conflicts) == (True, 1)
    settled(geneva, copy)
    equal(server, geneva, copy)
    titles = [server.documents()["ticket"][str(id)][1]["title"] for id in (case, other)]
    assert titles == ["of the copy", "of the original"]
    copy.close()


def test_s17_a_console_restored_from_last_weeks_file_pulls_forward_and_its_new_work_arrives_once(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    call(geneva, "before the copy")
    geneva.exchange()
    last_week = copied(geneva.path, tmp_path / "last-week.db")
    for number in range(3):
        call(geneva, f"this week {number}")
    geneva.exchange()
    geneva.close()
    old = stand.Site(last_week, "ana", server, geneva.clock)
    old.exchange()  # nothing of its own yet: it pulls forward
    assert "this week 2" in words(old)
    new = [call(old, f"since {number}") for number in range(2)]
    assert old.exchange().pushed
    lausanne.exchange()
    old.exchange()
    equal(server, old, lausanne)
    assert words(lausanne).count("since 1") == 1
    numbers = _numbers(lausanne)
    assert len(set(numbers)) == len(numbers) == 6
    for id in new:
        (number,) = old.desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (id.bytes,)).fetchone()
        assert [match.id for match in find_number(lausanne.desk.reader, number).matches] == [id]
    old.close()


def test_s18_a_fork_whose_answer_is_lost_is_asked_for_again(server: stand.Server, sites: Opened,
                                                           tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    copy = stand.Site(copied(geneva.path, tmp_path / "copy.db"), "ana", server, geneva.clock)
    call(geneva, "at the original")
    call(copy, "at the copy")
    geneva.exchange()
    number = 0
    while True:
        number += 1
        copy.line.count = 0
        copy.line.fails = lambda count, when, at=number: count == at and when == "answer"  # type: ignore[misc]
        try:
            copy.exchange()
        except ExchangeFailed:
            continue
        break
    copy.line.fails = lambda _count, _when: False
    copy.exchange()
    geneva.exchange()
    equal(server, geneva, copy)
    assert words(geneva) == ["at the copy", "at the original"]
    copy.close()


def test_s18_a_copy_killed_at_any_statement_of_becoming_another_loses_and_doubles_nothing(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    path = copied(geneva.path, tmp_path / "copy.db")
    copy = stand.Site(path, "ana", server, geneva.clock)
    call(geneva, "at the original")
    tickets.note(copy.desk, call(copy, "at the copy"), "a note at the copy")
    copy.close()
    geneva.exchange()
    at = 3
    with stand.listening(server.exchange) as url:
        reach(url, copy)
        while not exchange_and_die_at(path, at):
            forget_hold(path)
            at += 9
    assert at > 30
    copy = stand.Site(path, "ana", server, geneva.clock)
    copy.exchange()
    geneva.exchange()
    equal(server, geneva, copy)
    assert words(geneva) == ["a note at the copy", "at the copy", "at the original"]
    copy.close()


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_s18_a_copy_whose_server_was_restored_becomes_another_and_brings_back_what_is_missing(
        server: stand.Server, sites: Opened, tmp_path: Path, lost: str) -> None:
    """Both know the order that was lost; the one that comes second has to be somebody else before it can say so. It
    goes on wherever its line is cut."""
    (geneva,) = sites("geneva")
    call(geneva, "before the copy")
    geneva.exchange()
    yesterday = kept(server, tmp_path)
    call(geneva, "lost with the disk")
    geneva.exchange()
    copy = stand.Site(copied(geneva.path, tmp_path / "copy.db"), "ana", server, geneva.clock)
    call(copy, "at the copy")
    call(geneva, "at the original")
    put_back(server, yesterday, geneva, copy)
    assert not geneva.exchange().copied
    number = 0
    while True:
        number += 1
        copy.line.count = 0
        copy.line.fails = lambda count, when, at=number: count == at and when == lost  # type: ignore[misc]
        with suppress(ExchangeFailed):
            copy.exchange()
            break
        assert number < 20
    assert number > 3
    copy.line.fails = lambda _count, _when: False
    for site in (geneva, copy):
        site.exchange()
    equal(server, geneva, copy)
    assert words(geneva) == ["at the copy", "at the original", "before the copy", "lost with the disk"]
    copy.close()


def _history(site: stand.Site) -> set[bytes]:
    with closing(sqlite3.connect(site.path)) as conn:
        return {id for (id,) in conn.execute("SELECT id FROM entry WHERE state = 'confirmed'")}


def test_s18_a_copy_that_came_to_the_restored_server_first_costs_no_history(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    """Last week's file takes the desk's name; the desk, somebody else by then, still brings back what it had sent."""
    (geneva,) = sites("geneva")
    geneva.exchange()
    yesterday = kept(server, tmp_path)
    call(geneva, "before the copy")
    geneva.exchange()
    copy = stand.Site(copied(geneva.path, tmp_path / "copy.db"), "ana", server, geneva.clock)
    shared = call(geneva, "after the copy")
    tickets.note(geneva.desk, shared, "sent and lost with the disk")
    geneva.exchange()
    call(geneva, "not sent yet")
    acknowledged = {id for (id,) in geneva.desk.reader.execute("SELECT id FROM entry")}
    put_back(server, yesterday, geneva, copy)
    assert not copy.exchange().copied
    assert geneva.exchange().copied
    for site in (copy, geneva):
        site.exchange()
    equal(server, geneva, copy)
    assert words(copy) == ["after the copy", "before the copy", "not sent yet", "sent and lost with the disk"]
    for site in (geneva, copy):
        assert acknowledged <= _history(site)
    copy.close()


@pytest.mark.parametrize("exchanged", [False, True], ids=["one after the other", "each at once"])
def test_s18_two_files_of_a_desk_that_are_let_in_anew_do_not_shut_each_other_out(
        server: stand.Server, sites: Opened, tmp_path: Path, exchanged: bool) -> None:
    """The server was put back to before it had met the desk. Each file has a code of its own; the second one becomes
    another desk, and one code each is enough."""
    geneva, lausanne = sites("geneva", "lausanne", enrolled=False)
    stand.enrol(server, geneva)
    geneva.exchange()
    yesterday = kept(server, tmp_path)
    stand.enrol(server, lausanne)
    lausanne.exchange()
    call(lausanne, "sent and lost with the disk")
    lausanne.exchange()
    tickets.note(lausanne.desk, call(lausanne, "waiting"), "when it was copied")
    copy = stand.Site(copied(lausanne.path, tmp_path / "copy.db"), "ben", server, lausanne.clock)
    put_back(server, yesterday, geneva, lausanne, copy)
    acknowledged = {id for (id,) in lausanne.desk.reader.execute("SELECT id FROM entry")}
    for site in (lausanne, copy):
        with pytest.raises(ExchangeFailed) as failed:
            site.exchange()
        assert failed.value.code == "secret"
        code = server.exchange.make_code(agents=[site.login])
        assert site.client.enroll(stand.URL, code).copied is (site is copy)
        if exchanged:
            call(site, f"by {site.path.stem}")
            site.exchange()
    for site in (lausanne, copy, lausanne, copy, geneva):
        assert not site.exchange().copied
    equal(server, geneva, lausanne, copy)
    assert len({device(site) for site in (lausanne, copy)}) == 2
    for site in (geneva, lausanne, copy):
        assert acknowledged <= _history(site)
        status = site.client.status()
        assert status is not None
        assert (status.waiting, status.refused) == (0, 0)
    assert words(geneva).count("when it was copied") == 1
    copy.close()


def test_a_desk_that_left_its_server_comes_back_as_the_same(sites: Opened, server: stand.Server) -> None:
    (geneva,) = sites("geneva")
    call(geneva, "before")
    geneva.exchange()
    before = (device(geneva), _numbers(geneva)[0].split("-")[0])
    geneva.client.leave()
    call(geneva, "alone")
    stand.enrol(server, geneva)
    geneva.exchange()
    assert len(server.exchange.devices()) == 1
    assert (device(geneva), _numbers(geneva)[-1].split("-")[0]) == before
    equal(server, geneva)


def test_s21_what_a_copy_and_its_original_held_goes_out_though_the_original_was_shut_out(
        server: stand.Server, sites: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is older than both and does not know a verb of theirs, until its update."""
    geneva, lausanne = sites("geneva", "lausanne")
    case = call(lausanne)
    settled(geneva, lausanne)
    monkeypatch.setattr(reading, "VERBS", {name: verb for name, verb in VERBS.items() if name != "prioritise"})
    tickets.prioritise(lausanne.desk, case, impact=1, urgency=1, reason="the whole site")
    lausanne.desk.journal.conn.execute("UPDATE entry SET schema = ? WHERE verb = 'prioritise'", (SCHEMA + 1,))
    copy = stand.Site(copied(lausanne.path, tmp_path / "copy.db"), "ben", server, lausanne.clock)
    for site in (lausanne, copy):
        call(site, f"at {site.path.stem}")
        assert site.exchange().held == 1
    server.exchange.revoke(device(lausanne))
    monkeypatch.undo()
    copy.start_anew()
    assert copy.exchange().held == 0
    settled(geneva, copy)
    equal(server, geneva, copy)
    assert server.documents()["ticket"][str(case)][1]["impact"] == 1
    copy.close()
