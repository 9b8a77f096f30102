"""A desk's file that was copied, or put back from last week: two identities, nothing lost and nothing doubled."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import calls, tickets
from supportdesk.desk.calls import Call
from supportdesk.store.views.numbers import find_number
from supportdesk.sync.transport import ExchangeFailed
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.dying import exchange_and_die_at


def _call(site: stand.Site, text: str) -> UUID:
    return calls.take_call(site.desk, Call(
        ticket={"description": text, "impact": 3, "urgency": 2}, new_caller={"name": "Monique Perret"})).id


def _copy_of(site: stand.Site, target: Path) -> Path:
    with closing(sqlite3.connect(site.path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    with closing(sqlite3.connect(target)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
    return target


def _words(site: stand.Site) -> list[str]:
    with closing(sqlite3.connect(site.path)) as conn:
        return sorted(text for (text,) in conn.execute(
            "SELECT description FROM ticket UNION ALL SELECT text FROM note") if text)


def _equal(server: stand.Server, *sites: stand.Site) -> None:
    documents = server.documents()
    for site in sites:
        assert stand.as_documents(site.path) == documents
        assert stand.shared(site.path) == stand.shared(sites[0].path)


def _numbers(site: stand.Site) -> list[str]:
    with closing(sqlite3.connect(site.path)) as conn:
        return [number for (number,) in conn.execute("SELECT number FROM ticket")]


def test_s18_a_file_copied_to_a_second_machine_becomes_two_identities_and_nothing_is_lost_or_doubled(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    shared = _call(geneva, "before the copy")
    geneva.exchange()
    tickets.note(geneva.desk, shared, "waiting when it was copied")
    copy = stand.Site(_copy_of(geneva, tmp_path / "copy.db"), "ana", server, geneva.clock)
    for number in range(3):
        _call(geneva, f"at the original {number}")
        _call(copy, f"at the copy {number}")
        tickets.note(copy.desk, shared, f"from the copy {number}")
    geneva.exchange()
    done = copy.exchange()
    assert done.copied
    assert not geneva.exchange().copied
    for site in (geneva, copy, geneva, copy):
        _call(site, "later")
        site.exchange()
        assert not site.exchange().copied
    geneva.exchange()
    copy.exchange()
    _equal(server, geneva, copy)
    assert _words(copy) == sorted([
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


def test_s17_a_console_restored_from_last_weeks_file_pulls_forward_and_its_new_work_arrives_once(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    _call(geneva, "before the copy")
    geneva.exchange()
    last_week = _copy_of(geneva, tmp_path / "last-week.db")
    for number in range(3):
        _call(geneva, f"this week {number}")
    geneva.exchange()
    geneva.close()
    old = stand.Site(last_week, "ana", server, geneva.clock)
    old.exchange()  # nothing of its own yet: it pulls forward
    assert "this week 2" in _words(old)
    new = [_call(old, f"since {number}") for number in range(2)]
    assert old.exchange().pushed
    lausanne.exchange()
    old.exchange()
    _equal(server, old, lausanne)
    assert _words(lausanne).count("since 1") == 1
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
    copy = stand.Site(_copy_of(geneva, tmp_path / "copy.db"), "ana", server, geneva.clock)
    _call(geneva, "at the original")
    _call(copy, "at the copy")
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
    _equal(server, geneva, copy)
    assert _words(geneva) == ["at the copy", "at the original"]
    copy.close()


def test_s18_a_copy_killed_at_any_statement_of_becoming_another_loses_and_doubles_nothing(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    path = _copy_of(geneva, tmp_path / "copy.db")
    copy = stand.Site(path, "ana", server, geneva.clock)
    _call(geneva, "at the original")
    tickets.note(copy.desk, _call(copy, "at the copy"), "a note at the copy")
    copy.close()
    geneva.exchange()
    at = 3
    with stand.listening(server.exchange) as url:
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute("UPDATE sync_state SET url = ?", (url,))
        while not exchange_and_die_at(path, at):
            with closing(sqlite3.connect(path)) as conn, conn:
                conn.execute("UPDATE sync_state SET held_until = 0")
            at += 9
    assert at > 30
    copy = stand.Site(path, "ana", server, geneva.clock)
    copy.exchange()
    geneva.exchange()
    _equal(server, geneva, copy)
    assert _words(geneva) == ["a note at the copy", "at the copy", "at the original"]
    copy.close()


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_s18_a_copy_whose_server_was_restored_becomes_another_and_brings_back_what_is_missing(
        server: stand.Server, sites: Opened, tmp_path: Path, lost: str) -> None:
    """Both know the order that was lost; the one that comes second has to be somebody else before it can say so. It
    goes on wherever its line is cut."""
    (geneva,) = sites("geneva")
    _call(geneva, "before the copy")
    geneva.exchange()
    yesterday = tmp_path / "yesterday.db"
    with closing(sqlite3.connect(server.folder / "exchange.db")) as source, closing(sqlite3.connect(yesterday)) as kept:
        source.backup(kept)
    _call(geneva, "lost with the disk")
    geneva.exchange()
    copy = stand.Site(_copy_of(geneva, tmp_path / "copy.db"), "ana", server, geneva.clock)
    _call(copy, "at the copy")
    _call(geneva, "at the original")
    server.put_back(yesterday)
    for site in (geneva, copy):
        site.line.inner = server.mounted
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
    _equal(server, geneva, copy)
    assert _words(geneva) == ["at the copy", "at the original", "before the copy", "lost with the disk"]
    copy.close()
